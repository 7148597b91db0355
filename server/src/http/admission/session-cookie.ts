/** The cookie of browser sessions: an opaque secret that scripts cannot read. */
import type { AnyReply } from '../types.ts'
import { cookieScope } from './cookie-scope.ts'

export type SessionCookie = {
  name: string
  /** @param seconds how long the browser keeps it; null: until the browser closes */
  give(reply: AnyReply, value: string, seconds: number | null): void
  clear(reply: AnyReply): void
}

export function sessionCookieName(publicUrl: string): string {
  return `${cookieScope(publicUrl).prefix}roster`
}

export function sessionCookie(publicUrl: string): SessionCookie {
  const name = sessionCookieName(publicUrl)
  const { attributes } = cookieScope(publicUrl)
  const send = (reply: AnyReply, value: string, maxAge: string) =>
    void reply.header('set-cookie', `${name}=${value}; ${attributes}${maxAge}`)
  return {
    name,
    give: (reply, value, seconds) => send(reply, value, seconds === null ? '' : `; Max-Age=${seconds}`),
    clear: (reply) => send(reply, '', '; Max-Age=0'),
  }
}
