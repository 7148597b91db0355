/** How fast to send: all at once while the server takes mails, one probe after an ever longer pause while it does not. */
import { jitter, monotonicMs } from '../clock.ts'

const firstPauseMs = 1_000
const longestPauseMs = 15_000

export function createPace(widest: number) {
  let width = widest
  let failures = 0
  let pausedUntilMs = 0
  return {
    /** How many deliveries may run side by side. */
    width: () => width,
    pauseMs: () => Math.max(0, pausedUntilMs - monotonicMs()),
    /** The server answered. @returns whether it had not before */
    reached(): boolean {
      const recovered = failures > 0
      failures = 0
      width = Math.min(widest, width + 1)
      return recovered
    },
    /** It did not, or takes nothing now. @returns whether that is news */
    missed(): boolean {
      const isNews = failures === 0
      // Deliveries that ran side by side fail together; they count as one failure.
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
