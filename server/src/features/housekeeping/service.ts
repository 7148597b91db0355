/** Runs periodic jobs, each on one replica at a time, in small batches with pauses, so that requests do not wait. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createWorker } from '../../background/worker.ts'
import { fromNow, instant, jitter, newId, now, nowMs } from '../../clock.ts'
import type { Database } from '../../database/database.ts'
import { createJobStore } from './store.ts'

export type Job = {
  name: string
  everySeconds: number
  /**
   * Does part number `part` of the work, from 0. A long part ends early when `stopping` is aborted.
   * @returns the amount of work; 0 means that the job is done
   */
  run(part: number, stopping: AbortSignal): Promise<number>
  /** Called after the last part, if there was work. */
  done?(total: number): Promise<void>
  /** The delay after a failure; a minute by default. */
  retrySeconds?: number
  /** Logs a failure, instead of the default log line. */
  failed?(error: unknown): void
}

type Needs = {
  database: Database
  jobs: readonly Job[]
  log: { info(fields: object, message: string): void; warn(fields: object, message: string): void }
}

/** The seconds since the last run of each job; jobs that have never run are left out. */
export async function jobAges(database: Database): Promise<Map<string, number>> {
  const rows = await createJobStore(database).list()
  const done = rows.filter(({ finished_at }) => finished_at !== null)
  return new Map(done.map(({ name, finished_at }) => [name, (nowMs() - Date.parse(finished_at!)) / 1000]))
}

export type Housekeeping = ReturnType<typeof createHousekeeping>

const lookMs = 60_000
const leaseSeconds = 300
/** The delay after a failure. */
const retrySeconds = 60
const pauseMs = 50

export function createHousekeeping({ database, jobs, log }: Needs) {
  const store = createJobStore(database)
  const holder = newId()
  const stopping = new AbortController()

  const isDue = async (): Promise<Job[]> => {
    const rows = new Map((await store.list()).map((row) => [row.name, row]))
    return jobs.filter(({ name, everySeconds }) => {
      const row = rows.get(name)
      const isFree = !row || row.leased_until === null || row.leased_until < now()
      return isFree && (!row || row.finished_at === null || row.finished_at <= fromNow(-everySeconds))
    })
  }

  const claim = (job: Job): Promise<boolean> =>
    database.transaction((tx) =>
      store.claim(tx, job.name, holder, {
        at: now(),
        until: fromNow(leaseSeconds),
        finishedBefore: fromNow(-job.everySeconds),
      }),
    )
  const keep = (job: Job): Promise<boolean> =>
    database.transaction((tx) => store.update(tx, job.name, holder, { leased_until: fromNow(leaseSeconds) }))

  const work = async (job: Job): Promise<void> => {
    let total = 0
    let renewAtMs = nowMs() + (leaseSeconds * 1000) / 2
    for (let part = 0; ; part += 1) {
      const count = await job.run(part, stopping.signal)
      total += count
      if (count === 0) break
      if (stopping.signal.aborted) return void (await release(job, now()))
      if (nowMs() > renewAtMs) {
        if (!(await keep(job))) return
        renewAtMs = nowMs() + (leaseSeconds * 1000) / 2
      }
      await sleep(pauseMs)
    }
    if (total > 0) {
      await job.done?.(total)
      log.info({ event: 'housekeeping.done', job: job.name, count: total }, `housekeeping: ${job.name}`)
    }
    const finished = { finished_at: now(), leased_by: null, leased_until: null }
    await database.transaction((tx) => store.update(tx, job.name, holder, finished))
  }

  const release = (job: Job, leasedUntil: string) =>
    database.transaction((tx) => store.update(tx, job.name, holder, { leased_until: leasedUntil }))

  const failedJob = (name: string) => (error: unknown) =>
    log.warn({ event: 'housekeeping.failed', job: name, err: error }, `housekeeping failed: ${name}`)

  /** Runs all due jobs, one after the other. */
  const runDue = async (): Promise<void> => {
    for (const job of await isDue()) {
      if (stopping.signal.aborted || !(await claim(job))) continue
      try {
        await work(job)
      } catch (error) {
        if (stopping.signal.aborted) return void (await release(job, now()))
        const failed = job.failed ?? failedJob(job.name)
        failed(error)
        await release(job, instant(nowMs() + (job.retrySeconds ?? retrySeconds) * 1000))
      }
    }
  }

  const pollMs = () => lookMs * (0.75 + jitter() / 2)
  const worker = createWorker({
    work: runDue,
    pollMs,
    failed: (error) => log.warn({ event: 'housekeeping.failed', err: error }, 'housekeeping failed'),
  })

  return {
    names: jobs.map(({ name }) => name),

    /** Checks for due jobs every minute. */
    start: () => worker.start(pollMs()),

    /** Checks now; for tests and the command line. */
    runDue: worker.run,

    /** Waits for the running batch; other replicas continue the jobs. */
    async stop(): Promise<void> {
      stopping.abort()
      await worker.stop()
    },
  }
}
