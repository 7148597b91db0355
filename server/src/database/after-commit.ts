/** Work that waits for the commit of a transaction, such as to forget what its change has made out of date. */
import type { Tx } from './dialect.ts'

type Work = () => void

export type AfterCommit = ReturnType<typeof createAfterCommit>

export function createAfterCommit() {
  const waiting = new WeakMap<Tx, Work[]>()

  return {
    /** @throws outside of a transaction of this database */
    add(tx: Tx, work: Work): void {
      const works = waiting.get(tx)
      if (!works) throw new Error('afterCommit is called outside of a transaction')
      works.push(work)
    },

    /**
     * The work of a transaction that collects what it adds. A new attempt begins with none, and after a failure nothing
     * is left to run.
     */
    collect<T>(work: (tx: Tx) => Promise<T>): { collected(tx: Tx): Promise<T>; runAll(): void } {
      let works: Work[] = []
      return {
        async collected(tx) {
          works = []
          waiting.set(tx, works)
          try {
            return await work(tx)
          } finally {
            waiting.delete(tx)
          }
        },
        runAll() {
          for (const run of works) run()
        },
      }
    },
  }
}
