/**
 * Keeps the number of segments of the search index low. Each commit adds a segment, and each search reads all of them.
 * FTS5 would merge them in some commits, which are then slow. Here they are merged between commits, in small steps.
 */
import { setImmediate as turn } from 'node:timers/promises'
import type { RunStatement } from './statements.ts'
import type { RunTransaction } from './writer.ts'

/** The number of pages after which a step lets other work run; the number is also in the statement below. */
const pagesAtOnce = 32
/** FTS5 accepts the number of pages only as an integer literal, not as a parameter. */
const merge = `insert into user_search (user_search, rank) values ('merge', 32)`
const mostPages = 1024
const pauseMs = 5

export type SearchMerges = {
  /** Called with the number of users that a commit wrote to the index. */
  wake(users: number): void
  /** Begins no further step, and waits for the current one. */
  stop(): Promise<void>
}

export function searchMerges(run: RunStatement, transaction: RunTransaction): SearchMerges {
  let written = 0
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let isStopped = false

  const changes = () => run<{ n: number }>('select total_changes() as n', []).rows[0]!.n

  /**
   * Merges at least one page for each user written, which is enough for imports.
   * @returns whether more merges may be needed
   */
  const step = (): Promise<boolean> =>
    transaction(async () => {
      const pages = Math.min(mostPages, Math.max(pagesAtOnce, written))
      written = 0
      for (let done = 0; done < pages; done += pagesAtOnce) {
        const before = changes()
        run(merge, [])
        // The statement itself counts as one change.
        if (changes() - before < 2) return false
        await turn()
      }
      return true
    }, false)

  const begin = (): void => {
    timer = undefined
    running = step()
      .then(
        (isMore) => isMore || written > 0,
        // An error of the lock, the queue or the disk. The next commit wakes it again and reports the error.
        () => false,
      )
      .then((isMore) => {
        running = undefined
        if (isMore) wake(0)
      })
  }

  const wake = (users: number): void => {
    written += users
    if (!isStopped && !running) timer ??= setTimeout(begin, pauseMs).unref()
  }

  return {
    wake,
    async stop() {
      isStopped = true
      clearTimeout(timer)
      await running
    },
  }
}
