/** When a mail that was not delivered is sent again. */
import { instant, jitter, nowMs } from '../clock.ts'
import type { OutboxRow } from './outbox-store.ts'

/** A deferred mail waits 5 s, 20 s, 80 s … an hour. */
const firstWaitSeconds = 5
const longestWaitSeconds = 3600

/**
 * The time of the next attempt: growing delays for a deferred mail; soon if the server accepts no mails, because then all
 * mails wait.
 */
export function putOff(row: OutboxRow, isOwn: boolean, reason: string): Partial<OutboxRow> {
  const attempts = isOwn ? row.attempts + 1 : row.attempts
  const seconds = isOwn
    ? Math.min(longestWaitSeconds, firstWaitSeconds * 4 ** row.attempts)
    : firstWaitSeconds
  const waitMs = seconds * 1000 * (0.75 + jitter() / 2)
  return { attempts, next_attempt_at: instant(nowMs() + waitMs), last_error: reason }
}
