/** A short-lived cookie that binds a sign-in with another provider, or by mail, to the browser that began it. */
import type { AnyReply, AnyRequest } from '../types.ts'
import { cookieScope } from './cookie-scope.ts'

export type BrowserCookie = {
  read(request: Pick<AnyRequest, 'headers'>): string | undefined
  give(reply: AnyReply, value: string): void
}

const seconds = 600

export function readCookie(header: string | undefined, name: string): string | undefined {
  return header
    ?.split(';')
    .map((pair) => pair.trim())
    .find((pair) => pair.startsWith(`${name}=`))
    ?.slice(name.length + 1)
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
