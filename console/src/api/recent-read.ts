/** The request that filled the screen, for readers who want to send it by a program. */

import { page } from '../page.ts'

const limit = 30
let reads: { screen: string; path: string }[] = []

/** Notes a `GET` that succeeded. Requests for some fields only, and about the session, serve the frame of the screen. */
export function noteRead(path: string): void {
  if (/[?&]fields=|^\/auth\//.test(path)) return
  reads = [{ screen: location.pathname, path }, ...reads].slice(0, limit)
}

/**
 * The last one of this screen, without the place in a list; null when it asked for nothing. A screen also reads what its
 * forms offer: the request that has the path of the screen comes first.
 */
export function readOfScreen(): string | null {
  const ofScreen = reads.filter(({ screen }) => screen === location.pathname)
  const own = location.pathname.slice(`${page.base}/console`.length)
  const found = ofScreen.find(({ path }) => path.split('?')[0] === own) ?? ofScreen[0]
  if (!found) return null
  const [path = '', query] = found.path.split('?')
  const parameters = new URLSearchParams(query)
  parameters.delete('cursor')
  return parameters.size === 0 ? path : `${path}?${parameters}`
}
