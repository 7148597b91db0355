/** The cookie of a trusted browser, which needs no second factor. It has a separate secret for each user of the browser. */
import type { AnyReply, AnyRequest } from '../types.ts'
import { readCookie } from './browser-cookie.ts'
import { cookieScope } from './cookie-scope.ts'

export type TrustedCookie = {
  read(request: Pick<AnyRequest, 'headers'>): string | undefined
  /** Adds a secret to those in the cookie of the browser. */
  add(request: Pick<AnyRequest, 'headers'>, reply: AnyReply, secret: string): void
}

const most = 5

export function trustedCookie(publicUrl: string, days: number): TrustedCookie {
  const { prefix, attributes: scope } = cookieScope(publicUrl)
  const name = `${prefix}roster_trusted`
  const attributes = `${scope}; Max-Age=${days * 24 * 3600}`
  const read: TrustedCookie['read'] = ({ headers }) => readCookie(headers.cookie, name)
  return {
    read,
    add(request, reply, secret) {
      const present = (read(request) ?? '').split('.').filter((each) => /^[A-Za-z0-9_-]{43}$/.test(each))
      const value = [...present, secret].slice(-most).join('.')
      const others = reply.getHeader('set-cookie') ?? []
      reply.header('set-cookie', [...[others].flat().map(String), `${name}=${value}; ${attributes}`])
    },
  }
}
