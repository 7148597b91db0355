/** Statements run on the main thread: a long transaction lets other requests have their turn between two of its own. */
import { setImmediate as turn } from 'node:timers/promises'
import { monotonicMs } from '../../clock.ts'

/** How long the statements of a transaction may keep the event loop. */
const longestTurnMs = 5

export function createTurns() {
  let sinceMs = 0
  const pass = async () => {
    await turn()
    sinceMs = monotonicMs()
  }
  return {
    /** A transaction begins. */
    begin(): void {
      sinceMs = monotonicMs()
    },
    /** Before each of its statements. @returns a promise only when others have their turn first */
    beforeStatement: (): Promise<void> | undefined =>
      monotonicMs() - sinceMs < longestTurnMs ? undefined : pass(),
  }
}
