/**
 * The only connection that writes: transactions queue in JavaScript and never hold the event loop waiting for a lock.
 * Those that wait while one runs share its commit, and with it one wait for the disk.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { jitter, monotonicMs } from '../../clock.ts'
import { AppError, thrown } from '../../errors.ts'
import { unavailable } from '../dialect.ts'
import type { LateWrites } from './late-writes.ts'

const queueLimit = 200
/** How long another process may hold the write lock before we give up, counted from when the writer queued. */
const lockWaitMs = 2000
/** A commit waits for at most this many transactions, and for no new one after the time below. */
const sharedBy = 32
const sharedMs = 10

/**
 * Runs transactions, one at a time. `durable` commits to the disk, which is how the connection is set; otherwise that
 * is left to the next one that does.
 */
export type RunTransaction = <T>(work: () => Promise<T>, durable: boolean) => Promise<T>

export type Writer = { run: RunTransaction; load(): { busy: number; waiting: number } }

type Job = {
  work: () => Promise<unknown>
  durable: boolean
  giveUpAtMs: number
  resolve(result: unknown): void
  reject(error: unknown): void
}
/** What a job is told after the commit: a failure too, for it may come of what the transaction has written before. */
type Done = { job: Job; settle(): void }

/**
 * `endReads` ends our own read transactions just before a commit, which is when SQLite moves the WAL into the file: pages
 * that a reader still uses stay in it, and under steady load it would grow without end. No statement reads in between.
 * `wroteLate` hears how many rows the late writes of a commit were.
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
  let waitsForDisk = true

  const begin = async ({ durable, giveUpAtMs }: Job): Promise<void> => {
    if (durable !== waitsForDisk) db.exec(`pragma synchronous = ${durable ? 'full' : 'normal'}`)
    waitsForDisk = durable
    await beginImmediate(immediate, giveUpAtMs)
  }

  /** Runs the job; what it wrote is gone when it fails, and only that. @returns whether its transaction goes on */
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
      if (!db.isTransaction) throw error // SQLite has rolled all of it back, such as on a full disk.
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
        // Requests that have arrived in the meantime may queue before the commit.
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
      // The lock is free for a moment, so that other processes get it too.
      if (queue.length > 0) await turn()
    }
    busy = false
  }

  return {
    run: (work, durable) =>
      new Promise((resolve, reject) => {
        if (queue.length >= queueLimit)
          return reject(new AppError('overloaded', { detail: 'Too many writes are waiting.' }))
        const giveUpAtMs = monotonicMs() + lockWaitMs
        queue.push({ work, durable, giveUpAtMs, resolve, reject })
        if (!busy) void runAll()
      }),
    load: () => ({ busy: Number(busy), waiting: queue.length }),
  }
}

/** Takes the write lock at once (a deferred transaction could fail at its first write), waiting without blocking. */
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
