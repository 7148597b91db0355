/** The interface of both engines: two readers, transactions, and translated errors. */
import type { CompiledQuery } from 'kysely'
import type { Dialect, Reader, Tx } from './dialect.ts'

export type { Dialect, Reader, Tx } from './dialect.ts'
export { duplicateIndex, isDangling, isLockTimeout } from './dialect.ts'

export type Database = {
  /** Point reads. On SQLite a read-only connection on the main thread. */
  read: Reader
  /** A statement of a hot path, built once, to avoid the cost of the query builder. */
  prepare<R>(query: CompiledQuery<R>): Prepared<R>
  /**
   * Lists, searches, counts, exports. On SQLite a read-only connection in a separate thread; on PostgreSQL a standby, if
   * one is set and has all earlier commits.
   */
  scan: Reader
  /**
   * Runs `work` in a transaction that commits when it resolves. Inside it only `tx` may be used. `work` may run again
   * after a deadlock, so it must change nothing except the database. With `volatile` it does not wait for the disk: a
   * commit survives a crash of the process, but the last ones may be lost in a power failure. Use it for short-lived
   * counters, never for acknowledged data. The work of an abandoned request is refused or rolled back, except for such
   * counters.
   * @throws an error with `duplicateIndex` for a unique violation; `dependency_unavailable` or `overloaded`
   */
  transaction<T>(work: (tx: Tx) => Promise<T>, options?: { volatile: boolean }): Promise<T>
  /** Runs `work` after the commit, before the caller continues; never after a failure. */
  afterCommit(tx: Tx, work: () => void): void
  /** Adds texts for `work`, which runs once after the commit, with the texts of all such calls in the transaction. */
  gatherForCommit(tx: Tx, texts: Iterable<string>, work: (texts: ReadonlySet<string>) => void): void
  dialect: Dialect
  /** Resolves when the database answers. */
  ping(): Promise<void>
  /** The maintenance of each minute, such as moving the log of SQLite into the file while there are no writes. */
  tend(): Promise<void>
  /**
   * After an import: merges the parts of the search index. Otherwise the next changes do it on SQLite, and on PostgreSQL
   * searches read its pending list until autovacuum has merged it. On SQLite it takes about 2 s of CPU for a million users,
   * in transactions of a few milliseconds. @throws dependency_unavailable
   */
  mergeSearch(): Promise<void>
  /** The milliseconds by which the clock of this machine is ahead of that of the database; null if it is the same clock. */
  clockSkewMs(): number | null
  /** The timelines of PostgreSQL, which grow with each failover; null before the first `tend`, and on SQLite. */
  timeline(): { current: number; highest: number } | null
  /** The disk error of a write in the last seconds, or undefined. */
  recentFault(): unknown
  /** The fault if the open file was removed or replaced on the disk, else null; always null on PostgreSQL. */
  replacedFile(): string | null
  /** The delay of the standby for reads in bytes; infinite while it does not follow, 0 without one. */
  standbyBehindBytes(): Promise<number>
  /** The number of used connections (or whether the writer of SQLite is busy), and the number of waiting requests. */
  load(): { busy: number; waiting: number }
  close(): Promise<void>
}

/**
 * The parameters are in the order of the query. A limit must be `sql.lit`: it is a parameter on one engine and text on
 * the other.
 */
export type Prepared<R> = {
  /** A point read: the first row, outside of transactions. */
  (...parameters: unknown[]): Promise<R | undefined>
  /** All rows, in a transaction, or outside of one with `read` or `scan`. */
  in(from: Tx | Reader, ...parameters: unknown[]): Promise<R[]>
}
