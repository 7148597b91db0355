/** The cookie of browser sessions: an opaque secret that scripts cannot read. */
import type { AnyReply } from '../types.ts'

export type SessionCookie = {
  name: string
  /** @param seconds how long the browser keeps it; null: until the browser ends */
  give(reply: AnyReply, value: string, seconds: number | null): void
  clear(reply: AnyReply): void
}

/** Over https the prefix `__Host-` stops other hosts of the domain and pages without TLS from setting the cookie. */
export function sessionCookieName(publicUrl: string): string {
  return publicUrl.startsWith('https:') ? '__Host-roster' : 'roster'
}

export function sessionCookie(publicUrl: string): SessionCookie {
  const name = sessionCookieName(publicUrl)
  // Lax, because a link or a redirect from an application has to carry it.
  const attributes = `Path=/; HttpOnly; SameSite=Lax${publicUrl.startsWith('https:') ? '; Secure' : ''}`
  const send = (reply: AnyReply, value: string, maxAge: string) =>
    void reply.header('set-cookie', `${name}=${value}; ${attributes}${maxAge}`)
  return {
    name,
    give: (reply, value, seconds) => send(reply, value, seconds === null ? '' : `; Max-Age=${seconds}`),
    clear: (reply) => send(reply, '', '; Max-Age=0'),
  }
}
