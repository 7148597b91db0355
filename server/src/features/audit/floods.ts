/**
 * Limits events that occur in large numbers. The first ones of a type get their own rows; the others are counted in
 * memory and written as one row with the count.
 */

import type { EventType } from '../../audit-events.ts'
import { createWorker } from '../../background/worker.ts'
import { createWindows } from '../../caches/window-counter.ts'
import { systemCaller } from '../../caller.ts'
import { monotonicMs } from '../../clock.ts'
import type { Database } from '../../database/database.ts'
import type { Audit } from './service.ts'

export type FloodEvent = { type: EventType; outcome: 'success' | 'failure' | 'denied'; reason?: string }
type Count = FloodEvent & { count: number; sinceMs: number }

/** The maximum of rows for one subject (an account, a caller, an address) in a minute, and for all subjects in an hour. */
const perSubject = 10
const perHour: Partial<Record<EventType, number>> = { 'auth.login.failure': 300 }
const perHourOfOthers = 900
const maxSubjects = 10_000
/** How often counts are written. */
const everySeconds: Partial<Record<EventType, number>> = { 'overload.shed': 10 }
const everySecondsOfOthers = 60
const tickMs = 5_000

export type Floods = ReturnType<typeof createFloods>

export function createFloods(
  database: Database,
  audit: Audit,
  log: { warn(fields: object, message: string): void },
) {
  const subjects = createWindows(maxSubjects)
  const hours = createWindows(maxSubjects)
  const counts = new Map<string, Count>()

  const isDue = ({ type, sinceMs }: Count): boolean =>
    monotonicMs() - sinceMs >= (everySeconds[type] ?? everySecondsOfOthers) * 1000

  const write = async (due: readonly [string, Count][]): Promise<void> => {
    for (const [key] of due) counts.delete(key)
    try {
      await database.transaction((tx) =>
        audit.record(
          tx,
          systemCaller,
          ...due.map(([, { count, sinceMs, ...event }]) => ({
            ...event,
            target: { kind: 'system' as const, id: null },
            changes: { count, seconds: Math.ceil((monotonicMs() - sinceMs) / 1000) },
          })),
        ),
      )
    } catch (error) {
      for (const [, { count, sinceMs, ...event }] of due) add(event, count, sinceMs)
      throw error
    }
  }

  const add = (event: FloodEvent, count: number, sinceMs: number): void => {
    const key = `${event.type} ${event.reason ?? ''}`
    const known = counts.get(key)
    counts.set(key, {
      ...event,
      count: (known?.count ?? 0) + count,
      sinceMs: Math.min(known?.sinceMs ?? sinceMs, sinceMs),
    })
  }

  const failed = (error: unknown) =>
    log.warn({ event: 'audit.counts_not_written', err: error }, 'counted events cannot be written yet')
  const worker = createWorker({
    async work() {
      const due = [...counts].filter(([, count]) => isDue(count))
      if (due.length > 0) await write(due)
    },
    pollMs: () => tickMs,
    failed,
  })

  return {
    /** Whether an event about this subject gets its own row. Otherwise the caller must count it. */
    hasRow(type: EventType, subject: string): boolean {
      const own = subjects(`${type} ${subject}`, 60)
      const all = hours(type in perHour ? type : '', 3600)
      if (own.count >= perSubject || all.count >= (perHour[type] ?? perHourOfOthers)) return false
      own.count += 1
      all.count += 1
      return true
    },

    /**
     * Counts an event; the row with the count follows within a minute. Counts that are not yet written are lost if the
     * process crashes.
     */
    count(event: FloodEvent): void {
      add(event, 1, monotonicMs())
    },

    start: () => worker.start(tickMs),

    /** Writes all counts now. */
    async flush(): Promise<void> {
      if (counts.size > 0) await write([...counts]).catch(failed)
    },

    async stop(): Promise<void> {
      await worker.stop()
      await this.flush()
    },
  }
}
