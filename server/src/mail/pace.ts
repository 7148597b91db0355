/**
 * The pace of sending: many mails concurrently while the server accepts them, otherwise single attempts with growing
 * delays.
 */
import { jitter, monotonicMs } from '../clock.ts'

const firstPauseMs = 1_000
const longestPauseMs = 15_000

export type Pace = ReturnType<typeof createPace>

export function createPace(widest: number) {
  let width = widest
  let failures = 0
  let pausedUntilMs = 0
  return {
    /** The number of deliveries that may run concurrently. */
    width: () => width,
    pauseMs: () => Math.max(0, pausedUntilMs - monotonicMs()),
    /** Called when the server has answered. @returns whether it was failing before */
    reached(): boolean {
      const recovered = failures > 0
      failures = 0
      width = Math.min(widest, width + 1)
      return recovered
    },
    /** Called when it has not answered or accepts no mail now. @returns whether it was working before */
    missed(): boolean {
      const isNews = failures === 0
      // Concurrent deliveries that fail together count as one failure.
      const wasPaused = pausedUntilMs > monotonicMs()
      const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** failures) * (0.75 + jitter() / 2)
      if (!wasPaused) {
        failures += 1
        pausedUntilMs = monotonicMs() + pauseMs
      }
      width = 1
      return isNews
    },
  }
}
