/**
 * Writes the events of failed sign-ins after the answer, several together. Until the answer, an unknown name causes the
 * same work as a known one, so the time does not reveal that it has no event.
 */
import { outsideAttempt } from '../../attempt.ts'
import { jitter } from '../../clock.ts'
import type { Database, Tx } from '../../database/database.ts'

type Work = (tx: Tx) => Promise<void>

export type Failures = ReturnType<typeof createFailures>

/** The maximum of events that wait while the database is unavailable. */
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
    /** Resolves when all waiting events have been written, or cannot be written now. */
    settled: (): Promise<void> => (pending.length > 0 ? flush() : writing),
  }
}
