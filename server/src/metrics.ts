/** Metrics for Prometheus, on a separate port. The library is loaded only if they are on. */
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { Database } from './database/database.ts'

export type Gauge = { name: string; help: string } & (
  | { read(): number | Promise<number> }
  /** A value for each of several label values. */
  | { label: string; readAll(): Promise<Map<string, number>> }
)

export type Metrics = {
  /** Counts a request; `route` is the pattern. */
  observe(method: string, route: string | null, status: number, seconds: number): void
  listen(host: string, port: number): Promise<void>
  close(): Promise<void>
}

const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Gauges of the library with names of counters, about which Prometheus warns; each also exists without `_total`. */
const misnamed = ['handles', 'requests', 'resources']

/** `gauges` are read at each request. */
export function createMetrics(gauges: readonly Gauge[]): Metrics {
  const prom: typeof import('prom-client') = createRequire(import.meta.url)('prom-client')
  const register = new prom.Registry()
  prom.collectDefaultMetrics({ register, prefix: 'roster_' })
  for (const name of misnamed) register.removeSingleMetric(`roster_nodejs_active_${name}_total`)
  const requests = new prom.Histogram({
    name: 'roster_http_request_duration_seconds',
    help: 'Time to answer, by method, route pattern and status',
    labelNames: ['method', 'route', 'status'],
    buckets,
    registers: [register],
  })
  for (const gauge of gauges) {
    const { name, help } = gauge
    new prom.Gauge({
      ...{ name, help, registers: [register] },
      ...('label' in gauge && { labelNames: [gauge.label] }),
      // A value that cannot be read, for example while the database is unavailable, is NaN; the others are still
      // returned.
      async collect() {
        if ('read' in gauge) return this.set(await readOr(gauge.read, Number.NaN))
        this.reset()
        for (const [each, value] of await readOr(gauge.readAll, new Map<string, number>()))
          this.set({ [gauge.label]: each }, value)
      },
    })
  }
  let server: Server | undefined
  return {
    observe(method, route, status, seconds) {
      requests.observe({ method, route: route ?? 'none', status: String(status) }, seconds)
    },
    listen(host, port) {
      server = createServer(async (request, response) => {
        if (request.method !== 'GET' || request.url !== '/metrics') {
          response.writeHead(404).end()
          return
        }
        try {
          const text = await register.metrics()
          response.writeHead(200, { 'content-type': register.contentType }).end(text)
        } catch {
          response.writeHead(503).end()
        }
      })
      return new Promise((resolve, reject) => {
        server!.once('error', reject).listen(port, host, resolve)
      })
    },
    async close() {
      server?.closeAllConnections()
      await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)))
    },
  }
}

async function readOr<T>(read: () => T | Promise<T>, otherwise: T): Promise<T> {
  try {
    return await read()
  } catch {
    return otherwise
  }
}

type Measured = {
  database: Database
  queue: { depth(): { running: number; waiting: number } }
  budget: { spent(): { work: number; mostKiB: number } }
  outbox: { status(): Promise<{ queued: number; oldest_seconds: number; failed: number }> }
  watch: { isLost(): boolean }
  /** The seconds since the last run of each job. */
  jobAges(): Promise<Map<string, number>>
  /** The job of scheduled backups; null when there is no schedule. */
  backupJob: string | null
  /** The free space on the disk of the database; null when it is not on this machine. */
  freeBytes: (() => number) | null
}

/** The gauges. */
export function gaugesOf(measured: Measured): readonly Gauge[] {
  const { database, queue, budget, outbox, watch, jobAges, backupJob, freeBytes } = measured
  const ofMail = async (name: 'queued' | 'oldest_seconds' | 'failed') => (await outbox.status())[name]
  return [
    { name: 'roster_hashes_running', help: 'Password hashes in flight', read: () => queue.depth().running },
    { name: 'roster_hashes_waiting', help: 'Password hashes that wait', read: () => queue.depth().waiting },
    {
      name: 'roster_hashes_work_seconds',
      help: 'Estimated work of all password hashes so far',
      read: () => budget.spent().work / 1e6,
    },
    {
      name: 'roster_hashes_imported_most_bytes',
      help: 'Maximum memory of concurrent verifications of imported password hashes',
      read: () => budget.spent().mostKiB * 1024,
    },
    { name: 'roster_mail_queued', help: 'Mails that wait to be sent', read: () => ofMail('queued') },
    {
      name: 'roster_mail_oldest_seconds',
      help: 'Age of the oldest mail that waits',
      read: () => ofMail('oldest_seconds'),
    },
    {
      name: 'roster_mail_failed',
      help: 'Mails that failed in the last week',
      read: () => ofMail('failed'),
    },
    {
      name: 'roster_database_works',
      help: '1 while the database does what requests ask of it, else 0',
      read: () => Number(!watch.isLost()),
    },
    {
      name: 'roster_database_busy',
      help: 'Connections to PostgreSQL in use; on SQLite 1 while a transaction runs',
      read: () => database.load().busy,
    },
    {
      name: 'roster_database_waiting',
      help: 'Requests that wait for a connection to PostgreSQL, or for the writer of SQLite',
      read: () => database.load().waiting,
    },
    {
      name: 'roster_database_standby_behind_bytes',
      help: 'Bytes of the log that the standby of DATABASE_READ_URL is behind; infinite while it does not follow',
      read: () => database.standbyBehindBytes(),
    },
    {
      name: 'roster_job_age_seconds',
      help: 'Seconds since each task of the background was last done',
      label: 'task',
      readAll: jobAges,
    },
    ...(freeBytes === null
      ? []
      : [{ name: 'roster_disk_free_bytes', help: 'Free room on the disk of the database', read: freeBytes }]),
    ...(backupJob === null ? [] : [backupAge(backupJob, jobAges)]),
    {
      name: 'roster_clock_skew_seconds',
      help: 'How far the clock of this machine is ahead of that of the database',
      read: () => (database.clockSkewMs() ?? 0) / 1000,
    },
    {
      name: 'roster_database_timeline',
      help: 'The timeline of PostgreSQL, which grows with each failover; NaN before the first look and on SQLite',
      read: () => database.timeline()?.current ?? Number.NaN,
    },
    {
      name: 'roster_database_outlives_server',
      help: '1 when nothing acknowledged is lost with the database server, 0 when it may be',
      read: async () => Number((await database.dialect.durability(database.read)).outlivesServer),
    },
  ]
}

function backupAge(job: string, ages: Measured['jobAges']): Gauge {
  return {
    name: 'roster_backup_age_seconds',
    help: 'Seconds since the last scheduled backup; infinite when there is none yet',
    read: async () => (await ages()).get(job) ?? Number.POSITIVE_INFINITY,
  }
}
