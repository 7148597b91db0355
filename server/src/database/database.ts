/** The interface of both engines: two readers, transactions, and errors in our own words. */
import type { CompiledQuery } from 'kysely'
import type { Dialect, Reader, Tx } from './dialect.ts'

export type { Dialect, Reader, Tx } from './dialect.ts'
export { duplicateIndex, isDangling, isLockTimeout } from './dialect.ts'

export type Database = {
  /** Point reads. On SQLite a read-only connection on the main thread. */
  read: Reader
  /** A statement of a hot path, built once: it costs what the database does, without the query builder around it. */
  prepare<R>(query: CompiledQuery<R>): Prepared<R>
  /**
   * Lists, searches, counts, exports. On SQLite a read-only connection in a thread of its own; on PostgreSQL a standby when one
   * is set, which answers only when it has all that was committed before.
   */
  scan: Reader
  /**
   * Runs `work` in a transaction that commits when it resolves. Inside it only `tx` may be used. `work` may run
   * again after a deadlock, so it must change nothing but the database.
   * With `volatile` it does not wait for the disk: a commit survives the death of the process, but the last ones may be
   * missing after a power failure. For short-lived counters, never for data that a client was told is stored.
   * The work of a request that was given up is refused or rolled back, except for such counters.
   * @throws an error with `duplicateIndex` for a unique violation; `dependency_unavailable` or `overloaded`
   */
  transaction<T>(work: (tx: Tx) => Promise<T>, options?: { volatile: boolean }): Promise<T>
  /** Runs `work` once the transaction has committed, before its caller goes on; never when it fails. */
  afterCommit(tx: Tx, work: () => void): void
  /** The same for work that takes the texts of all calls with it in one transaction, and then runs once. */
  gatherForCommit(tx: Tx, texts: Iterable<string>, work: (texts: ReadonlySet<string>) => void): void
  dialect: Dialect
  /** Resolves when the database answers. */
  ping(): Promise<void>
  /** The work of each minute, such as moving SQLite's log into the file while there are no writes. */
  tend(): Promise<void>
  /** How far the clock of this machine is ahead of the database's; null where they are the same. */
  clockSkewMs(): number | null
  /** The timelines of PostgreSQL, which grow with each failover; null before `tend` has looked, and on SQLite. */
  timeline(): { current: number; highest: number } | null
  /** The error of the disk that a write met in the last seconds, or undefined. */
  recentFault(): unknown
  /** What is wrong when the open file is not the one on the disk any more; null on PostgreSQL. */
  replacedFile(): string | null
  /** How far the standby for reads is behind; infinite while it does not follow, 0 without one. */
  standbyBehindBytes(): Promise<number>
  /** How many connections of the pool are in use, or whether SQLite's writer is, and how many requests wait for one. */
  load(): { busy: number; waiting: number }
  close(): Promise<void>
}

/**
 * Takes the parameters of its query in the order in which they stand there. A limit has to be `sql.lit`: it is a
 * parameter on one engine and text on the other.
 */
export type Prepared<R> = {
  /** A point read: the first row, outside of transactions. */
  (...parameters: unknown[]): Promise<R | undefined>
  /** All rows, in a transaction or, with `read` or `scan`, outside of one. */
  in(from: Tx | Reader, ...parameters: unknown[]): Promise<R[]>
}
