/** The only connection that writes: transactions queue in JavaScript and never hold the event loop waiting for a lock. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { jitter, monotonicMs } from '../clock.ts'
import { AppError } from '../errors.ts'
import { unavailable } from './dialect.ts'

const queueLimit = 200
/** How long another process may hold the write lock before we give up, counted from when the writer queued. */
const lockWaitMs = 2000

/**
 * Runs transactions, one at a time. `durable` commits to the disk, which is how the connection is set; otherwise that
 * is left to the next one that does.
 */
export type RunTransaction = <T>(work: () => Promise<T>, durable: boolean) => Promise<T>

export function transactionsOf(db: DatabaseSync, onCommit: () => void): RunTransaction {
  const [begin, commit, rollback] = [
    db.prepare('begin immediate'),
    db.prepare('commit'),
    db.prepare('rollback'),
  ] as const
  const queue: (() => void)[] = []
  let busy = false

  const acquire = async () => {
    if (busy) {
      if (queue.length >= queueLimit)
        throw new AppError('overloaded', { detail: 'Too many writes are waiting.' })
      await new Promise<void>((resolve) => queue.push(resolve))
    }
    busy = true
  }
  const release = () => {
    const next = queue.shift()
    if (next) next()
    else busy = false
  }
  const runOne = async <T>(work: () => Promise<T>, giveUpAtMs: number): Promise<T> => {
    await beginImmediate(begin, giveUpAtMs)
    try {
      const result = await work()
      commit.run()
      onCommit()
      return result
    } catch (error) {
      if (db.isTransaction) rollback.run()
      throw error
    }
  }

  return async (work, durable) => {
    const giveUpAtMs = monotonicMs() + lockWaitMs
    await acquire()
    try {
      if (durable) return await runOne(work, giveUpAtMs)
      db.exec('pragma synchronous = normal')
      try {
        return await runOne(work, giveUpAtMs)
      } finally {
        db.exec('pragma synchronous = full')
      }
    } finally {
      release()
    }
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
  const code = (error as { errcode?: number }).errcode ?? 0
  return (code & 0xff) === 5
}
