/**
 * Writes at the end of a commit. FTS5 flushes its buffer at each savepoint, and each transaction that shares a commit
 * begins with a savepoint. Therefore the search index is written only after the last of these transactions.
 */
import type { Tx } from '../dialect.ts'

type Write = { rows: number; run(): Promise<unknown> }

export type LateWrites = {
  /** Runs a transaction; if it fails, its late writes are dropped. */
  keepIfDone<T>(work: () => Promise<T>): Promise<T>
  /** Makes the writes, in the order in which they were added. @returns the number of rows */
  makeAll(): Promise<number>
  /** Drops all of them, because their commit failed. */
  drop(): void
}

const queues = new WeakMap<Tx, Write[]>()

/** The late writes of the connection of `tx`. */
export function lateWritesOf(tx: Tx): LateWrites {
  const queue: Write[] = []
  queues.set(tx, queue)
  return {
    async keepIfDone(work) {
      const before = queue.length
      try {
        return await work()
      } catch (error) {
        queue.length = before
        throw error
      }
    },
    async makeAll() {
      const writes = queue.splice(0)
      for (const { run } of writes) await run()
      return writes.reduce((sum, { rows }) => sum + rows, 0)
    },
    drop() {
      queue.length = 0
    },
  }
}

/** Makes this write of `rows` rows at the end of the commit. The transaction must not read the written rows. */
export function writeLate(tx: Tx, rows: number, run: () => Promise<unknown>): void {
  const queue = queues.get(tx)
  if (!queue) throw new Error('writeLate is called outside of a transaction')
  queue.push({ rows, run })
}
