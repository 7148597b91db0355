/**
 * The only writing connection. Transactions queue in JavaScript, so a wait for a lock never blocks the event loop.
 * Transactions that wait while one runs share its commit, and so one wait for the disk.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { jitter, monotonicMs } from '../../clock.ts'
import { AppError, thrown } from '../../errors.ts'
import { unavailable } from '../dialect.ts'
import type { LateWrites } from './late-writes.ts'

const queueLimit = 200
/** The timeout for the write lock of another process, from the time at which the transaction queued. */
const lockWaitMs = 2000
/** The maximum of transactions in one commit; after the time below, no further one is added. */
const sharedBy = 32
const sharedMs = 10

/**
 * Runs transactions, one at a time. A `durable` commit waits for the disk, which is the default of the connection. Other
 * commits reach the disk with the next durable one.
 */
export type RunTransaction = <T>(work: () => Promise<T>, durable: boolean) => Promise<T>

export type Writer = {
  run: RunTransaction
  load(): { busy: number; waiting: number }
  /** Refuses new transactions, and resolves when those that wait or run have ended. */
  end(): Promise<void>
}

type Job = {
  work: () => Promise<unknown>
  durable: boolean
  giveUpAtMs: number
  resolve(result: unknown): void
  reject(error: unknown): void
}
/** The result for a job after the commit. It may also be a failure of an earlier write in the same transaction. */
type Done = { job: Job; settle(): void }

/**
 * `endReads` ends our own read transactions directly before a commit, in which SQLite moves the WAL into the file. Pages
 * that a reader uses stay in the WAL, which would otherwise grow without limit under steady load. No statement reads in
 * between. `wroteLate` is called with the number of rows of the late writes of a commit.
 */
export function transactionsOf(
  db: DatabaseSync,
  endReads: () => void,
  late: LateWrites,
  wroteLate: (rows: number) => void,
): Writer {
  const immediate = db.prepare('begin immediate')
  const commit = db.prepare('commit')
  const rollback = db.prepare('rollback')
  const savepoint = db.prepare('savepoint joined')
  const rollbackTo = db.prepare('rollback to joined')
  const release = db.prepare('release joined')
  const queue: Job[] = []
  let busy = false
  let running: Promise<void> | undefined
  let isEnded = false
  let waitsForDisk = true

  const begin = async ({ durable, giveUpAtMs }: Job): Promise<void> => {
    if (durable !== waitsForDisk) db.exec(`pragma synchronous = ${durable ? 'full' : 'normal'}`)
    waitsForDisk = durable
    await beginImmediate(immediate, giveUpAtMs)
  }

  /** Runs the job. If it fails, only its own writes are rolled back. @returns whether its transaction continues */
  const run = async (job: Job, done: Done[]): Promise<boolean> => {
    const first = done.length === 0
    try {
      if (!first) savepoint.run()
      const result = await late.keepIfDone(job.work)
      if (!first) release.run()
      done.push({ job, settle: () => job.resolve(result) })
      return true
    } catch (error) {
      if (first || !db.isTransaction) job.reject(error)
      if (!db.isTransaction) throw error // SQLite has rolled back the whole transaction, for example on a full disk.
      if (first) {
        rollback.run()
        return false
      }
      rollbackTo.run()
      release.run()
      done.push({ job, settle: () => job.reject(error) })
      return true
    }
  }

  /** Runs the next job, and those that queue while it runs, in one transaction. */
  const runShared = async (): Promise<void> => {
    const head = queue[0]!
    const done: Done[] = []
    try {
      await begin(head)
    } catch (error) {
      queue.shift()
      return head.reject(error)
    }
    const endsMs = monotonicMs() + sharedMs
    try {
      let next = queue.shift()
      while (next) {
        if (!(await run(next, done))) return
        // Requests that arrived during the transactions may queue before the commit.
        if (queue.length === 0) await turn()
        const more = done.length < sharedBy && monotonicMs() < endsMs && (head.durable || !queue[0]?.durable)
        next = more ? queue.shift() : undefined
      }
      const rows = await late.makeAll()
      endReads()
      commit.run()
      if (rows > 0) wroteLate(rows)
    } catch (error) {
      late.drop()
      if (db.isTransaction) rollback.run()
      for (const { job } of done) job.reject(unavailable(error))
      return
    }
    for (const { settle } of done) settle()
  }

  const runAll = async () => {
    busy = true
    while (queue.length > 0) {
      await runShared()
      // Releases the lock for a short time, so that other processes can get it.
      if (queue.length > 0) await turn()
    }
    busy = false
  }

  return {
    run: (work, durable) =>
      new Promise((resolve, reject) => {
        if (queue.length >= queueLimit)
          return reject(new AppError('overloaded', { detail: 'Too many writes are waiting.' }))
        if (isEnded) return reject(unavailable(new Error('the database is closed')))
        const giveUpAtMs = monotonicMs() + lockWaitMs
        queue.push({ work, durable, giveUpAtMs, resolve, reject })
        if (!busy) running = runAll()
      }),
    load: () => ({ busy: Number(busy), waiting: queue.length }),
    async end() {
      isEnded = true
      await running
    },
  }
}

/**
 * Takes the write lock at the beginning, because a deferred transaction could fail at its first write. It waits without
 * blocking.
 */
async function beginImmediate(begin: StatementSync, giveUpAtMs: number): Promise<void> {
  for (;;) {
    try {
      begin.run()
      return
    } catch (error) {
      if (!isBusy(error) || monotonicMs() > giveUpAtMs) throw unavailable(error)
    }
    await sleep(2 + jitter() * 20)
  }
}

function isBusy(error: unknown): boolean {
  const code = thrown(error).errcode ?? 0
  return (code & 0xff) === 5
}
