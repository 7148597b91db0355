/** Reports a clock of the database that differs from ours, and a database that has returned to an earlier state. */
import { AppError } from '../errors.ts'
import type { Database } from './database.ts'

export const skewLimits = { warnMs: 10_000, refuseMs: 60_000 }

export function createDriftAlarms(
  database: Pick<Database, 'clockSkewMs' | 'timeline'>,
  log: Record<'warn' | 'error', (fields: Record<string, unknown>, message: string) => void>,
) {
  let isSkewed = false
  let isFormer = false

  const compareClocks = () => {
    const skewMs = database.clockSkewMs()
    const wasSkewed = isSkewed
    isSkewed = Math.abs(skewMs ?? 0) > skewLimits.warnMs
    if (isSkewed && !wasSkewed)
      log.warn(
        { event: 'clock.skew', seconds: Math.round(skewMs! / 1000) },
        'the clock of this machine differs from that of the database; synchronise both (NTP)',
      )
  }

  const compareTimelines = () => {
    const { current, highest } = database.timeline() ?? { current: 0, highest: 0 }
    if (current < highest && !isFormer)
      log.error(
        { event: 'db.timeline_back', timeline: current, before: highest },
        'the database is on an earlier timeline than before: acknowledged writes may be missing',
      )
    isFormer = current < highest
  }

  return {
    compareClocks,

    compare(): void {
      compareClocks()
      compareTimelines()
    },

    /** @throws dependency_unavailable when the clocks differ too much for requests */
    refuseSkew(): void {
      const skewMs = database.clockSkewMs() ?? 0
      if (Math.abs(skewMs) > skewLimits.refuseMs)
        throw new AppError('dependency_unavailable', {
          detail: `The clock of this machine differs from that of the database by ${Math.round(Math.abs(skewMs) / 1000)} seconds.`,
        })
    },
  }
}
