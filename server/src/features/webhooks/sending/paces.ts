/** The number of concurrent deliveries of a webhook: many while its receiver accepts them, one while it fails. */
import { jitter, monotonicMs } from '../../../clock.ts'

/** The initial number. It increases by one with each accepted message, up to the maximum. */
const narrow = 8
/** A round waits 20 ms and commits several times, so a maximum of 8 would leave no reserve at 200 changes a second. */
const widest = 32
const allTogether = 64
const firstPauseMs = 1_000
const longestPauseMs = 60_000

type Pace = { running: number; width: number; failures: number; pausedUntilMs: number }

export function createPaces() {
  const paces = new Map<string, Pace>()
  let all = 0
  const paceOf = (id: string): Pace => {
    const pace = paces.get(id) ?? { running: 0, width: narrow, failures: 0, pausedUntilMs: 0 }
    paces.set(id, pace)
    return pace
  }
  return {
    /** The number of deliveries that may start now. */
    free(id: string): number {
      const pace = paceOf(id)
      if (pace.pausedUntilMs > monotonicMs()) return 0
      return Math.max(0, Math.min(pace.width - pace.running, allTogether - all))
    },

    /** @returns a function to call at the end, with whether the receiver accepted the message */
    begin(id: string): (isTaken: boolean) => void {
      const pace = paceOf(id)
      pace.running += 1
      all += 1
      return (isTaken) => {
        pace.running -= 1
        all -= 1
        if (isTaken) {
          pace.failures = 0
          pace.width = Math.min(widest, pace.width + 1)
        } else {
          // Concurrent deliveries that fail together count as one failure.
          if (pace.pausedUntilMs <= monotonicMs()) {
            const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** pace.failures)
            pace.failures += 1
            pace.pausedUntilMs = monotonicMs() + pauseMs * (0.75 + jitter() / 2)
          }
          pace.width = 1
        }
      }
    },
  }
}
