/**
 * Writes that come last in a commit. FTS5 writes out what it holds at each savepoint, and each transaction that shares a
 * commit begins with one: the writes to the search index of all of them are therefore made after the last.
 */
import type { Tx } from '../dialect.ts'

type Write = { rows: number; run(): Promise<unknown> }

export type LateWrites = {
  /** Runs a transaction; when it fails, what it added is dropped. */
  keepIfDone<T>(work: () => Promise<T>): Promise<T>
  /** Makes the writes, in the order in which they were added. @returns how many rows were written */
  makeAll(): Promise<number>
  /** Drops all of them, because their commit failed. */
  drop(): void
}

const queues = new WeakMap<Tx, Write[]>()

/** The late writes of the connection that `tx` stands for. */
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

/** Makes this write of `rows` rows at the end of the commit. Nothing in its transaction may read what it writes. */
export function writeLate(tx: Tx, rows: number, run: () => Promise<unknown>): void {
  const queue = queues.get(tx)
  if (!queue) throw new Error('writeLate is called outside of a transaction')
  queue.push({ rows, run })
}
