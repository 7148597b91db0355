import { page } from '../page.ts'

export const query = new URLSearchParams(location.search)

/** The target after the sign-in: the requested path of this service, else a page that the user may see. */
export function destination(session: {
  permissions?: readonly string[]
  return_to?: string
  second_factor?: { overdue: boolean }
}): string {
  if (session.second_factor?.overdue) return `${page.base}/account/security`
  if (typeof session.return_to === 'string') return session.return_to
  const wanted = query.get('return_to')
  if (wanted && isOwnPath(wanted)) return wanted
  return `${page.base}${(session.permissions ?? []).includes('users:read') ? '/console' : '/account'}`
}

/** A path, not a URL of another site, such as `//evil.example` and `/\evil.example`. */
function isOwnPath(path: string): boolean {
  if (!path.startsWith('/')) return false
  const url = new URL(path, location.origin)
  return url.origin === location.origin && `${url.pathname}/`.startsWith(`${page.base}/`)
}
