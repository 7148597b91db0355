/** The last use of credentials. It is written in the background: the request neither waits for it nor fails with it. */
import { monotonicMs, nowMs } from '../clock.ts'

/** The cached state of a credential; 0 when it was never used. */
export type Use = { usedMs: number }

/** The minimum interval between two writes for a credential. */
export const useNotedEachMs = 60_000
/** The pause after a failed write. */
const restMs = 2_000

/** @param warn called once for an outage */
export function createUseNotes(warn: (error: unknown) => void) {
  const writing = new Set<string>()
  let restUntilMs = 0
  let isFailing = false
  return {
    note(id: string, known: Use, write: () => Promise<unknown>): void {
      const at = nowMs()
      if (at - known.usedMs < useNotedEachMs || writing.has(id) || monotonicMs() < restUntilMs) return
      writing.add(id)
      write()
        .then(
          () => {
            known.usedMs = at
            isFailing = false
          },
          (error) => {
            restUntilMs = monotonicMs() + restMs
            if (!isFailing) warn(error)
            isFailing = true
          },
        )
        .finally(() => writing.delete(id))
    },
  }
}
