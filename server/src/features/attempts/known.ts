/** Origins that an account knows: networks, and browsers that it trusts. */
import { nowMs } from '../../clock.ts'
import { knownNetwork } from './limits.ts'
import type { AttemptRow } from './store.ts'

/** The number of wrong passwords in a row; undefined when there is no row or its window has ended. */
function failuresOf(row: AttemptRow | undefined): number | undefined {
  return row !== undefined && Date.parse(row.window_ends_at) > nowMs() ? row.count : undefined
}

/** Whether the row shows that the account signed in from this network recently. */
export function isEntered(row: AttemptRow | undefined): boolean {
  return (failuresOf(row) ?? knownNetwork.failures) < knownNetwork.failures
}

/** Whether the row shows that a trusted browser sent too many wrong passwords. */
export function isSpent(row: AttemptRow | undefined): boolean {
  return (failuresOf(row) ?? 0) >= knownNetwork.failures
}
