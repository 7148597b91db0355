/** The scope of our cookies. */
import { publicPath } from '../../settings/public-path.ts'

export type CookieScope = {
  /**
   * The prefix of the name. Over https it prevents pages without TLS from setting the cookie; `__Host-` also prevents
   * other hosts from setting it.
   */
  prefix: string
  attributes: string
}

/**
 * With a path in the public URL, other applications of the host do not get the cookie. Browsers allow `__Host-` only
 * without a path.
 */
export function cookieScope(publicUrl: string): CookieScope {
  const path = publicPath(publicUrl)
  const isSecure = publicUrl.startsWith('https:')
  return {
    prefix: isSecure ? (path === '' ? '__Host-' : '__Secure-') : '',
    // Lax, because requests from a link, or a redirect of an application or a provider, need the cookie.
    attributes: `Path=${path || '/'}; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`,
  }
}
