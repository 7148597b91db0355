/** The metrics of the whole service. */
import { backupJobName } from '../backup/schedule.ts'
import type { Config } from '../config.ts'
import type { Database } from '../database/database.ts'
import { freeBytes } from '../database/sqlite/files.ts'
import type { Watch } from '../database/watch.ts'
import { type Housekeeping, jobAges } from '../features/housekeeping/service.ts'
import type { Features } from '../features.ts'
import { createMetrics, gaugesOf } from '../metrics.ts'

type Parts = {
  config: Config
  database: Database
  watch: Watch
  features: Features
  backups: Housekeeping
}

/** undefined when no port is set for metrics. */
export function createServiceMetrics({ config, database, watch, features, backups }: Parts) {
  if (config.metricsPort === null) return undefined
  const { queue, budget, outbox, housekeeping } = features
  const known = new Set([...housekeeping.names, ...backups.names])
  const path = config.databaseUrl.slice('sqlite:'.length)
  const gauges = gaugesOf({
    ...{ database, queue, budget, outbox, watch },
    // A job of an earlier version stays in the table, but never runs.
    jobAges: async () => new Map([...(await jobAges(database))].filter(([name]) => known.has(name))),
    backupJob: config.backupTo === null ? null : backupJobName,
    freeBytes: config.postgres ? null : () => freeBytes(path),
  })
  return createMetrics(gauges)
}
