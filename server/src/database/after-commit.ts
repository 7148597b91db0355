/** Work after the commit of a transaction, such as clearing caches that its change has made out of date. */
import type { Tx } from './dialect.ts'

type Work = () => void
/** The work that one transaction has added. */
type Waiting = { works: Work[]; gathered: Map<object, Set<string>> }

export function createAfterCommit() {
  const waiting = new WeakMap<Tx, Waiting>()

  const of = (tx: Tx): Waiting => {
    const found = waiting.get(tx)
    if (!found) throw new Error('afterCommit is called outside of a transaction')
    return found
  }

  return {
    /** @throws outside of a transaction of this database */
    add(tx: Tx, work: Work): void {
      of(tx).works.push(work)
    },

    /** Collects texts of a transaction for one `work`, which runs once with all of them. @throws like `add` */
    gather(tx: Tx, texts: Iterable<string>, work: (texts: ReadonlySet<string>) => void): void {
      const { works, gathered } = of(tx)
      const known = gathered.get(work)
      if (known) for (const text of texts) known.add(text)
      else {
        const first = new Set(texts)
        gathered.set(work, first)
        works.push(() => work(first))
      }
    },

    /** Runs a transaction and collects its work. A repeated attempt begins without work, and after a failure none runs. */
    collect<T>(work: (tx: Tx) => Promise<T>): { collected(tx: Tx): Promise<T>; runAll(): void } {
      let works: Work[] = []
      return {
        async collected(tx) {
          works = []
          waiting.set(tx, { works, gathered: new Map() })
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
