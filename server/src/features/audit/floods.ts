/**
 * Limits events that occur in large numbers. The first ones of a type get their own rows; the others are counted in
 * memory and written as one row with the count.
 */

import type { AuditLog, EventType, NewAuditEvent } from '../../audit-events.ts'
import { createWorker } from '../../background/worker.ts'
import { createWindows } from '../../caches/window-counter.ts'
import { systemCaller } from '../../caller.ts'
import { monotonicMs } from '../../clock.ts'
import type { Database } from '../../database/database.ts'

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

export type FloodCounts = ReturnType<typeof createFloodCounts>
export type Floods = ReturnType<typeof createFloods>

/** The counts in memory. */
export function createFloodCounts() {
  const subjects = createWindows(maxSubjects)
  const hours = createWindows(maxSubjects)
  const counts = new Map<string, Count>()

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

    /** Counts events. Counts that are not yet written are lost when the process ends. */
    count(event: FloodEvent, count = 1, sinceMs = monotonicMs()): void {
      const key = `${event.type} ${event.reason ?? ''}`
      const known = counts.get(key)
      counts.set(key, {
        ...event,
        count: (known?.count ?? 0) + count,
        sinceMs: Math.min(known?.sinceMs ?? sinceMs, sinceMs),
      })
    },

    /** Removes the counts that are to be written, or all of them. */
    take(which: 'due' | 'all'): Count[] {
      const taken = [...counts].filter(([, count]) => which === 'all' || isDue(count))
      for (const [key] of taken) counts.delete(key)
      return taken.map(([, count]) => count)
    },
  }
}

/** The counts, and the work that writes them: the row with a count follows within a minute. */
export function createFloods(
  database: Pick<Database, 'transaction'>,
  audit: AuditLog,
  log: { warn(fields: object, message: string): void },
  counts: FloodCounts = createFloodCounts(),
) {
  const write = async (which: 'due' | 'all'): Promise<void> => {
    const taken = counts.take(which)
    if (taken.length === 0) return
    try {
      await database.transaction((tx) => audit.record(tx, systemCaller, ...taken.map(eventOf)))
    } catch (error) {
      for (const { count, sinceMs, ...event } of taken) counts.count(event, count, sinceMs)
      throw error
    }
  }
  const failed = (error: unknown) =>
    log.warn({ event: 'audit.counts_not_written', err: error }, 'counted events cannot be written yet')
  const worker = createWorker({ work: () => write('due'), pollMs: () => tickMs, failed })

  return {
    hasRow: counts.hasRow,
    count: counts.count,

    start: () => worker.start(tickMs),

    /** Writes all counts now. */
    flush: (): Promise<void> => write('all').catch(failed),

    async stop(): Promise<void> {
      await worker.stop()
      await this.flush()
    },
  }
}

function isDue({ type, sinceMs }: Count): boolean {
  return monotonicMs() - sinceMs >= (everySeconds[type] ?? everySecondsOfOthers) * 1000
}

function eventOf({ count, sinceMs, ...event }: Count): NewAuditEvent {
  return {
    ...event,
    target: { kind: 'system', id: null },
    changes: { count, seconds: Math.ceil((monotonicMs() - sinceMs) / 1000) },
  }
}
