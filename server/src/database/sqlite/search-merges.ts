/**
 * Keeps the number of segments of the search index low. Each commit adds a segment, and each search reads all of them.
 * FTS5 would merge them in some commits, which are then slow. Here they are merged between commits, in small steps.
 */
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import type { RunStatement } from './statements.ts'
import type { RunTransaction } from './writer.ts'

/** The number of pages after which a step lets other work run; the number is also in the statement below. */
const pagesAtOnce = 32
/** FTS5 accepts the number of pages only as an integer literal, not as a parameter. */
const merge = `insert into user_search (user_search, rank) values ('merge', 32)`
/** The same number of pages. The minus sign begins one merge of all segments, which later steps continue. */
const beginMergeOfAll = `insert into user_search (user_search, rank) values ('merge', -32)`
const mostPages = 1024
const pauseMs = 5
/** A merge of all segments is worth its time if at least this share of all users was written. */
const largeShare = 1 / 4

export type SearchMerges = {
  /** Called with the number of users that a commit wrote to the index. */
  wake(users: number): void
  /**
   * Merges all segments into one and waits for the end, if this process has written a quarter of all users since the last
   * such merge. FTS5 counts segments and ignores their sizes, so without this a few commits after an import can begin to
   * merge segments of thousands of pages. If the process is killed, the steps after later commits continue the merge.
   * @throws dependency_unavailable while another process has the lock
   */
  mergeAll(): Promise<void>
  /** Begins no further step, and waits for the current one. */
  stop(): Promise<void>
}

export function searchMerges(run: RunStatement, transaction: RunTransaction): SearchMerges {
  let written = 0
  let sinceAll = 0
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let isStopped = false

  const numberOf = (statement: string) => run<{ n: number | null }>(statement, []).rows[0]?.n ?? 0
  const changes = () => numberOf('select total_changes() as n')

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
        // An error of the lock, the queue or the disk. The next commit starts the merges again, and reports the error.
        () => false,
      )
      .then((isMore) => {
        running = undefined
        if (isMore) wake(0)
      })
  }

  const wake = (users: number): void => {
    written += users
    sinceAll += users
    if (!isStopped && !running) timer ??= setTimeout(begin, pauseMs).unref()
  }

  return {
    wake,
    async mergeAll() {
      if (sinceAll < numberOf('select max(id) as n from user_search_docsize') * largeShare) return
      sinceAll = 0
      await transaction(async () => run(beginMergeOfAll, []), false)
      while (!isStopped && (await step())) await sleep(pauseMs)
    },
    async stop() {
      isStopped = true
      clearTimeout(timer)
      await running
    },
  }
}
