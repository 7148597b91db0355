/** The request that filled the screen, for use in programs. */

import { page } from '../page.ts'

const limit = 30
let reads: { screen: string; path: string }[] = []

/**
 * Stores a successful `GET`. Requests for some fields only, and about the session, belong to the frame of the screen and
 * are ignored.
 */
export function noteRead(path: string): void {
  if (/[?&]fields=|^\/auth\//.test(path)) return
  reads = [{ screen: location.pathname, path }, ...reads].slice(0, limit)
}

/**
 * The last request of this screen, without the position in a list; null if there was none. A screen also requests data
 * for its forms, so the request with the path of the screen has priority.
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
