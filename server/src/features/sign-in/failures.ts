/**
 * The events of failed sign-ins are written a moment after the answer, several at once. Until the answer an unknown name
 * causes the same work as all others; its missing event does not show in the time.
 */
import { outsideAttempt } from '../../attempt.ts'
import { jitter } from '../../clock.ts'
import type { Database, Tx } from '../../database/database.ts'

type Work = (tx: Tx) => Promise<void>

export type Failures = ReturnType<typeof createFailures>

/** Kept while the database does not take them. */
const atMost = 10_000
const again = 2_000

export function createFailures(database: Database, log: { warn(fields: object, message: string): void }) {
  let pending: Work[] = []
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()

  const write = async (): Promise<void> => {
    const works = pending
    pending = []
    if (works.length === 0) return
    try {
      await database.transaction(async (tx) => {
        for (const work of works) await work(tx)
      })
    } catch (error) {
      pending = [...works, ...pending].slice(-atMost)
      log.warn(
        { event: 'sign_in.failures_not_written', err: error },
        'events of failed sign-ins cannot be written yet',
      )
      look(again)
    }
  }

  const flush = (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    writing = outsideAttempt(() => writing.then(write))
    return writing
  }

  const look = (ms: number): void => {
    timer ??= setTimeout(() => void flush(), ms).unref()
  }

  return {
    note(work: Work): void {
      pending.push(work)
      look(50 + jitter() * 200)
    },
    /** Resolves when all that was noted has been written, or cannot be now. */
    settled: (): Promise<void> => (pending.length > 0 ? flush() : writing),
  }
}
