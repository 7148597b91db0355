/**
 * Token introspection (RFC 7662) for tokens of applications, the service's own access tokens and API keys. Errors have
 * the form of RFC 6749.
 */
import { decodeJwt, type JWTPayload, jwtVerify } from 'jose'
import { type Caller, isOverdue } from '../../../caller.ts'
import { now, nowMs } from '../../../clock.ts'
import { sha256 } from '../../../encoding/sha256.ts'
import { isAppError } from '../../../errors.ts'
import { type Application, isConfidential, type ProvableApplication } from '../application.ts'
import { type Applications, provenSecret } from '../service.ts'
import { recordContext } from './adapter.ts'
import type { OauthRecordRow, OauthStore } from './oauth-store.ts'

type Origin = Pick<Caller, 'requestId' | 'address' | 'userAgent'>
type Asking = ProvableApplication
export type Introspected = { status: number; body: Record<string, unknown> }

export type IntrospectionNeeds = {
  issuer: string
  open(sealed: string, context: string): string
  store: OauthStore
  /** The current permissions of a token of this row for our own API. */
  ownScopeOf(row: OauthRecordRow): Promise<string | undefined>
  applications: Pick<Applications, 'findWithSecrets'>
  findKey(id: string, algorithm?: string): Promise<CryptoKey | undefined>
  /** The caller of an own access token or an API key. @throws invalid_token */
  bearer(token: string, origin: Origin): Caller | Promise<Caller>
  /** Whether the user is active and the grant, if there is one, is valid. `known`: an application that was already read. */
  isAlive(userId: string, grantHash: string | null, known?: Application): Promise<boolean>
}

const inactive: Introspected = { status: 200, body: { active: false } }
const opaqueKinds = ['AccessToken', 'RefreshToken', 'ClientCredentials'] as const
const maxToken = 6000

export type Introspection = ReturnType<typeof createIntrospection>

export function createIntrospection(needs: IntrospectionNeeds) {
  const { store } = needs

  /** The application that sends the request; undefined when its authentication fails. */
  const authenticate = async (header: string | undefined, form: URLSearchParams) => {
    const given = header === undefined ? ofForm(form) : ofHeader(header)
    const application = given && (await needs.applications.findWithSecrets(given.id))
    if (!application) return undefined
    const isProven = isConfidential(application.kind)
      ? provenSecret(application.secrets, given.secret ?? '') !== undefined
      : given.secret === undefined
    return isProven ? application : undefined
  }

  /** An opaque token: only the application that received it may introspect it. */
  const ofRow = async (asking: Asking, token: string): Promise<Introspected> => {
    const row = await store.findToken(opaqueKinds, sha256(token))
    if (!row || row.application_id !== asking.client_id) return inactive
    if (row.expires_at <= now() || row.consumed_at !== null) return inactive
    if (row.user_id !== null && !(await needs.isAlive(row.user_id, row.grant_id, asking))) return inactive
    const payload: JWTPayload = JSON.parse(needs.open(row.content, recordContext(row.kind, row.id)))
    const isOwn = row.kind === 'ClientCredentials' && payload.aud === needs.issuer
    const scope = isOwn ? await needs.ownScopeOf(row) : undefined
    if (isOwn && scope === undefined) return inactive
    return active(needs.issuer, payload, {
      client_id: asking.client_id,
      ...(scope !== undefined && { sub: asking.client_id, scope }),
      ...(row.user_id !== null && { sub: row.user_id }),
      ...(row.kind !== 'RefreshToken' && { token_type: 'Bearer' }),
    })
  }

  /** A signed token of an application: only the application and the API of its audience may introspect it. */
  const ofJwt = async (asking: Asking, token: string): Promise<Introspected> => {
    const claims = await verified(token)
    if (!claims) return inactive
    const isOwn = claims['client_id'] === asking.client_id
    const isForIt = asking.audience !== null && claims.aud === asking.audience && isConfidential(asking.kind)
    if (!isOwn && !isForIt) return inactive
    const client = String(claims['client_id'])
    if (!isOwn && !(await needs.applications.findWithSecrets(client))) return inactive
    const { gid, ...shown } = claims
    if (claims.sub !== client && !(await needs.isAlive(String(claims.sub), String(gid), asking)))
      return inactive
    return active(needs.issuer, shown, { ...shown, token_type: 'Bearer' })
  }
  const verified = async (token: string): Promise<JWTPayload | undefined> => {
    try {
      const { payload } = await jwtVerify(
        token,
        async ({ kid, alg }) => {
          const key = kid && (await needs.findKey(kid, alg))
          if (!key) throw new Error('unknown key')
          return key
        },
        { issuer: needs.issuer, typ: 'at+jwt', currentDate: new Date(nowMs()) },
      )
      return payload
    } catch {
      return undefined
    }
  }

  /** A credential that a server received from a user or a program: an own access token or an API key. */
  const ofOurs = async (token: string, origin: Origin): Promise<Introspected> => {
    try {
      const caller = await needs.bearer(token, origin)
      // Our API answers such a user with 403, and applications must not let the user in either.
      if (caller.passwordDue === true || isOverdue(caller, now())) return inactive
      const scope = [...caller.permissions].sort().join(' ')
      if (caller.kind === 'user') {
        const claims = decodeJwt(token)
        return active(needs.issuer, claims, { ...claims, scope, token_type: 'Bearer' })
      }
      return {
        status: 200,
        body: {
          active: true,
          iss: needs.issuer,
          sub: caller.userId ?? caller.apiKeyId,
          scope,
          token_type: 'api_key',
        },
      }
    } catch (error) {
      if (isAppError(error) && error.status < 500) return inactive
      throw error
    }
  }

  return async (header: string | undefined, text: string, origin: Origin): Promise<Introspected> => {
    const form = new URLSearchParams(text)
    const token = only(form, 'token')
    if (['token', 'client_id', 'client_secret'].some((name) => form.getAll(name).length > 1))
      return failure(400, 'invalid_request', 'a parameter is given twice')
    if (header !== undefined && form.has('client_secret'))
      return failure(400, 'invalid_request', 'the client proves itself in one way, not in two')
    const asking = await authenticate(header, form)
    if (!asking) return failure(401, 'invalid_client', 'client authentication failed')
    if (!token) return failure(400, 'invalid_request', "missing required parameter 'token'")
    if (token.length > maxToken) return inactive
    const isJwt = /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)
    if (!isJwt && !token.startsWith('rk_')) return ofRow(asking, token)
    if (isJwt && audienceIn(token) !== needs.issuer) return ofJwt(asking, token)
    return isConfidential(asking.kind) ? ofOurs(token, origin) : inactive
  }
}

function active(issuer: string, from: JWTPayload, body: Record<string, unknown>): Introspected {
  const { exp, iat, jti, aud, scope } = from as JWTPayload & { scope?: string }
  const known = { exp, iat, jti, aud, scope }
  const given = Object.entries(known).filter(([, value]) => value !== undefined)
  return { status: 200, body: { active: true, iss: issuer, ...Object.fromEntries(given), ...body } }
}

function failure(status: number, error: string, description: string): Introspected {
  return { status, body: { error, error_description: description } }
}

function audienceIn(token: string): unknown {
  try {
    return decodeJwt(token).aud
  } catch {
    return undefined
  }
}

type Given = { id: string; secret: string | undefined }

function ofForm(form: URLSearchParams): Given | undefined {
  const id = only(form, 'client_id')
  return id ? { id, secret: only(form, 'client_secret') } : undefined
}

/** RFC 6749 §2.3.1: both parts are form-encoded. */
function ofHeader(header: string): Given | undefined {
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header)?.[1]
  const [, id, secret] = /^([^:]*):([\s\S]*)$/.exec(Buffer.from(encoded ?? '', 'base64').toString()) ?? []
  if (id === undefined || secret === undefined) return undefined
  try {
    const decoded = (part: string) => decodeURIComponent(part.replaceAll('+', '%20'))
    return { id: decoded(id), secret: decoded(secret) }
  } catch {
    return undefined
  }
}

function only(form: URLSearchParams, name: string): string | undefined {
  return form.get(name) ?? undefined
}
