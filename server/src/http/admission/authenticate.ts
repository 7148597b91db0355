/** Reads the credentials of a request, which the features verify. */
import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import type { Caller } from '../../caller.ts'
import { AppError } from '../../errors.ts'
import type { RequestOrigin } from '../visit.ts'
import { readCookie } from './browser-cookie.ts'
import type { RequestSource } from './request-source.ts'

export type CredentialChecks = {
  /** Verifies an access token or an API key; immediate if it is cached. @throws invalid_token */
  bearer(token: string, origin: RequestOrigin): Caller | Promise<Caller>
  /** @throws invalid_credentials */
  basic(username: string, password: string, origin: RequestOrigin): Promise<Caller>
  /** The session cookie of the browser pages. A cookie that is not valid gives an anonymous caller. */
  cookie?: {
    name: string
    /** The name of the cookie of an administrator who acts as a user, in addition to the administrator's own cookie. */
    actingName: string
    caller(value: string, origin: RequestOrigin, acting: string | undefined): Promise<Caller>
  }
}

export type Authenticator = (
  request: IncomingMessage,
  origin: RequestOrigin,
) => Caller | Promise<Caller> | null

const base64 = /^[A-Za-z0-9+/]+={0,2}$/

/**
 * Returns null when the request has no credentials. A request uses one method (RFC 6750 §2): `Authorization`, or else
 * the session cookie. Requests with two `Authorization` headers are refused earlier.
 */
export function authenticator(
  checks: CredentialChecks,
  source: RequestSource,
  options: { basicAuth: boolean },
): Authenticator {
  const cookie = checks.cookie
  return (request, origin) => {
    const authorization = request.headers.authorization
    if (authorization === undefined) {
      const session = cookie ? readCookie(request.headers.cookie, cookie.name) : undefined
      if (!cookie || !session || !source.mayUseCookie(request)) return null
      return cookie.caller(session, origin, readCookie(request.headers.cookie, cookie.actingName))
    }
    const [scheme, rest] = splitAuthorization(authorization)
    if (scheme === 'bearer') return checks.bearer(rest, origin)
    if (scheme === 'basic' && options.basicAuth) {
      source.checkBasic(request)
      const pair = decodeBasic(rest)
      if (pair === null) throw new AppError('invalid_credentials')
      return checks.basic(pair.username, pair.password, origin)
    }
    throw new AppError('unauthenticated', { detail: 'This authentication scheme is not supported.' })
  }
}

/** The scheme in lower case, and the credentials. */
function splitAuthorization(authorization: string): [string, string] {
  const space = authorization.indexOf(' ')
  if (space === -1) return [authorization.toLowerCase(), '']
  return [authorization.slice(0, space).toLowerCase(), authorization.slice(space).trim()]
}

/** Parses RFC 7617 credentials in UTF-8, split at the first colon; null if they are malformed. */
export function decodeBasic(encoded: string): { username: string; password: string } | null {
  if (!base64.test(encoded)) return null
  const bytes = Buffer.from(encoded, 'base64')
  if (bytes.toString('base64').replace(/=+$/, '') !== encoded.replace(/=+$/, '') || !isUtf8(bytes))
    return null
  const text = bytes.toString('utf8')
  const colon = text.indexOf(':')
  if (colon < 1) return null
  const username = text.slice(0, colon)
  if (/[\u0000-\u001f\u007f-\u009f]/.test(username)) return null
  return { username, password: text.slice(colon + 1) }
}
