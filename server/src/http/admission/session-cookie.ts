/** The cookie of browser sessions: an opaque secret that scripts cannot read. */
import type { AnyReply } from '../types.ts'
import { readCookie } from './browser-cookie.ts'
import { cookieScope } from './cookie-scope.ts'

export type SessionCookie = {
  name: string
  /** @param seconds how long the browser keeps it; null: until the browser closes */
  give(reply: AnyReply, value: string, seconds: number | null): void
  clear(reply: AnyReply): void
}

/** The cookie of an administrator who acts as a user. It is valid only together with the session cookie of the administrator. */
export type ActingCookie = {
  name: string
  give(reply: AnyReply, value: string): void
  clear(reply: AnyReply): void
}

export function sessionCookieName(publicUrl: string): string {
  return `${cookieScope(publicUrl).prefix}roster`
}

/** Setting or removing it also removes the cookie of `actingCookie`, which is invalid after a sign-in or a sign-out. */
export function sessionCookie(publicUrl: string): SessionCookie {
  const name = sessionCookieName(publicUrl)
  const acting = actingCookie(publicUrl)
  const send = sender(publicUrl, name)
  const withoutActing = (reply: AnyReply) => {
    if (readCookie(reply.raw.req.headers.cookie, acting.name) !== undefined) acting.clear(reply)
  }
  return {
    name,
    give(reply, value, seconds) {
      send(reply, value, seconds === null ? '' : `; Max-Age=${seconds}`)
      withoutActing(reply)
    },
    clear(reply) {
      send(reply, '', '; Max-Age=0')
      withoutActing(reply)
    },
  }
}

export function actingCookie(publicUrl: string): ActingCookie {
  const name = `${sessionCookieName(publicUrl)}_acting`
  const send = sender(publicUrl, name)
  return {
    name,
    // Without a time limit: while the browser sends it, the pages of the user never show the administrator's own account.
    give: (reply, value) => send(reply, value, ''),
    clear: (reply) => send(reply, '', '; Max-Age=0'),
  }
}

function sender(publicUrl: string, name: string) {
  const { attributes } = cookieScope(publicUrl)
  return (reply: AnyReply, value: string, maxAge: string) =>
    void reply.header('set-cookie', `${name}=${value}; ${attributes}${maxAge}`)
}
