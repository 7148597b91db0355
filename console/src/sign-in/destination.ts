import { page } from '../page.ts'
import { send } from './send.ts'

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

/**
 * The name of the application that the user came from; null without one. The service reads it from the request that this
 * browser has started there, so that a link cannot make it up.
 */
export async function requestingApplication(): Promise<string | null> {
  const step = query.get('return_to')
  if (!step?.startsWith(`${page.base}/oauth2/interaction/`) || !isOwnPath(step)) return null
  const slow = new Promise<null>((resolve) => setTimeout(resolve, longestWaitMs, null))
  const found = send('GET', `${step.slice(page.base.length)}/application`)
  return Promise.race([slow, found.then(({ ok, body }) => (ok ? String(body.name) : null))])
}

/** After this time the page is shown without the name. */
const longestWaitMs = 1000

/** A path, not a URL of another site, such as `//evil.example` and `/\evil.example`. */
function isOwnPath(path: string): boolean {
  if (!path.startsWith('/')) return false
  const url = new URL(path, location.origin)
  return url.origin === location.origin && `${url.pathname}/`.startsWith(`${page.base}/`)
}
