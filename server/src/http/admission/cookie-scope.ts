/** Which requests of a browser carry a cookie of ours. */
import { publicPath } from '../../public-path.ts'

export type CookieScope = {
  /** The first part of the name: over https it stops pages without TLS from setting the cookie, `__Host-` also other hosts. */
  prefix: string
  attributes: string
}

/** With a path in the public URL, the other applications of the host do not get the cookie; browsers allow `__Host-` only without. */
export function cookieScope(publicUrl: string): CookieScope {
  const path = publicPath(publicUrl)
  const isSecure = publicUrl.startsWith('https:')
  return {
    prefix: isSecure ? (path === '' ? '__Host-' : '__Secure-') : '',
    // Lax, because a link, or a redirect from an application or a provider, has to carry it.
    attributes: `Path=${path || '/'}; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`,
  }
}
