/** A short-lived cookie that binds a sign-in with another provider, or by mail, to the browser that began it. */
import type { AnyReply, AnyRequest } from '../types.ts'
import { cookieScope } from './cookie-scope.ts'

export type BrowserCookie = {
  read(request: Pick<AnyRequest, 'headers'>): string | undefined
  give(reply: AnyReply, value: string): void
}

const seconds = 600

/**
 * The value of the cookie; undefined if the request has several values. Unless the name has the prefix `__Host-`, a
 * server of a sibling domain can set a cookie with this name, and so sign the browser in as another user (RFC 6265
 * §8.6).
 */
export function readCookie(header: string | undefined, name: string): string | undefined {
  if (header === undefined) return undefined
  let found: string | undefined
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=')
    if (equals === -1 || pair.slice(0, equals).trim() !== name) continue
    const value = pair.slice(equals + 1).trim()
    if (found !== undefined && found !== value) return undefined
    found = value
  }
  return found
}

export function browserCookie(publicUrl: string, purpose: 'provider' | 'email'): BrowserCookie {
  const { prefix, attributes } = cookieScope(publicUrl)
  const name = `${prefix}roster_${purpose}`
  return {
    read: ({ headers }) => readCookie(headers.cookie, name),
    give: (reply, value) =>
      void reply.header('set-cookie', `${name}=${value}; ${attributes}; Max-Age=${seconds}`),
  }
}
