/** Origins that an account knows: networks, and browsers that it trusts. */
import { nowMs } from '../../clock.ts'
import { knownNetwork } from './limits.ts'
import type { AttemptRow } from './store.ts'

/** The wrong passwords in a row that the row counts; undefined when there is none, or its time is over. */
function failuresOf(row: AttemptRow | undefined): number | undefined {
  return row !== undefined && Date.parse(row.window_ends_at) > nowMs() ? row.count : undefined
}

/** Whether the row of a network says that the account signed in from there recently. */
export function isEntered(row: AttemptRow | undefined): boolean {
  return (failuresOf(row) ?? knownNetwork.failures) < knownNetwork.failures
}

/** Whether the row of a trusted browser says that it had too many wrong passwords. */
export function isSpent(row: AttemptRow | undefined): boolean {
  return (failuresOf(row) ?? 0) >= knownNetwork.failures
}
