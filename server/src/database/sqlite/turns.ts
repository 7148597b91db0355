/** Statements run on the main thread, so a long transaction lets other requests run between its statements. */
import { setImmediate as turn } from 'node:timers/promises'
import { monotonicMs } from '../../clock.ts'

/** How long the statements of a transaction may block the event loop. */
const longestTurnMs = 5

export function createTurns() {
  let sinceMs = 0
  const pass = async () => {
    await turn()
    sinceMs = monotonicMs()
  }
  return {
    /** Call it when a transaction begins. */
    begin(): void {
      sinceMs = monotonicMs()
    },
    /** Call it before each statement. @returns a promise only if other work must run first */
    beforeStatement: (): Promise<void> | undefined =>
      monotonicMs() - sinceMs < longestTurnMs ? undefined : pass(),
  }
}
