/** What the two engines do differently. Everything else in the service is written once. */
import type { ColumnDataType, Expression, Kysely, RawBuilder, Transaction } from 'kysely'
import { AppError, thrown } from '../errors.ts'
import type { Tables } from './schema/schema.ts'

export type Tx = Transaction<Tables>
export type Reader = Kysely<Tables>

type ColumnType = ColumnDataType | RawBuilder<unknown>

export type Dialect = {
  name: 'sqlite' | 'postgres'
  /** The most rows that one statement inserts. */
  rowsAtOnce: number
  columns: {
    /** Text compared byte by byte. */
    text: ColumnType
    integer: ColumnType
    /** RFC 3339 UTC text, or a type that reads and writes as it. */
    instant: ColumnType
    json: ColumnType
    /** An integer primary key that counts up by itself. */
    sequence: ColumnType
  }
  /** Made strict where the engine would otherwise take any type. */
  tableSuffix: RawBuilder<unknown> | undefined
  /** Waits until this transaction is the only one that migrates. */
  lockMigrations(tx: Tx): Promise<void>
  /** Makes sure that no other transaction which asks for the same lock runs until this one ends. */
  lock(tx: Tx, name: string): Promise<void>
  /** Roles of a user as one text, sorted, joined by spaces; empty without any. */
  rolesOf(userId: Expression<string>): RawBuilder<string>
  /** The same of the roles that the groups of a user give, also the groups that these are in. */
  groupRolesOf(userId: Expression<string>): RawBuilder<string>
  /** The same of all roles of a user, given directly and through groups. */
  allRolesOf(userId: Expression<string>): RawBuilder<string>
  /** The JSON array of what `rolesOf` gives, as text. */
  jsonRolesOf(userId: Expression<string>): RawBuilder<string>
  /** A text, or null, as text of JSON. */
  jsonText(column: Expression<string | null>): RawBuilder<string>
  /** An instant, or null, as text of JSON. */
  jsonInstant(column: Expression<string | null>): RawBuilder<string>
  /**
   * The same value, kept from the planner's choice of an index: for conditions that only check rows which another
   * index finds. Without statistics SQLite takes every equality for rare.
   */
  unindexed<T>(column: RawBuilder<T>): RawBuilder<T>
  /** Whether the text contains `part`, letter by letter. */
  contains(column: Expression<string | null>, part: string): RawBuilder<boolean>
  endsWith(column: Expression<string | null>, part: string): RawBuilder<boolean>
  /** Whether the number is one of a list of any length. */
  among(column: Expression<number>, values: readonly number[]): RawBuilder<boolean>
  /** The same for texts. */
  amongTexts(column: Expression<string | null>, values: readonly string[]): RawBuilder<boolean>
  /** `among` with a parameter that `list` makes. */
  inList(column: Expression<number>, list: unknown): RawBuilder<boolean>
  /** The parameter that these make of their list, for a statement that is built once. */
  list(values: readonly unknown[]): unknown
  /** The rows this query reads stay as they are until the transaction ends. */
  locked<Q extends { forUpdate(): Q }>(query: Q): Q
  /** The JSON type (`string number true false null object array`) and the text of a member, both null when missing. */
  jsonMember(
    column: Expression<string>,
    path: readonly string[],
  ): { type: RawBuilder<string | null>; text: RawBuilder<string | null> }
  /** The elements of a member that is an array, as a table of `type` and `text` as in `jsonMember`. */
  jsonElements(column: Expression<string>, path: readonly string[]): RawBuilder<unknown>
  /** The instant this many seconds from now by the database's clock, which is the same for all replicas. */
  instantIn(seconds: number): RawBuilder<string>
  search: SearchIndex
  /** Makes the database itself refuse statements that break the rule. */
  protect(tx: Tx, rule: AppendOnly): Promise<void>
  /** Whether what is committed survives a power failure (`ok`) and the loss of a database server, and how it is set. */
  durability(from: Reader): Promise<{ ok: boolean; outlivesServer: boolean; detail: string }>
  /** Tells the planner how values are spread, after many rows came at once. */
  analyze(tx: Tx): Promise<void>
  /** The same, if the planner believes that the table has fewer rows than `fewer`. Cached plans that read all of it end. */
  analyzeWhenSmall(tx: Tx, table: string, fewer: number): Promise<void>
  /** Reads the whole database for damage. @returns what is wrong, or null */
  findDamage(from: Reader): Promise<string | null>
  /** Turns an error of the driver into `duplicate` or an `AppError`, or gives it back. */
  translate(error: unknown): unknown
}

/** Rows of the table are added. They change only in that `erasable` columns become null, and go only when they are older. */
export type AppendOnly = {
  table: string
  key: string
  /** The columns that never change. */
  kept: readonly string[]
  erasable: readonly string[]
  /** Rows whose `at` is before this instant may be deleted. The instant is in a table of one row and only moves forward. */
  at: string
  before: { table: string; column: string }
}

/** Finds rows by the 1-, 2- and 3-letter grams of their search text. */
export type SearchIndex = {
  create(tx: Tx): Promise<void>
  /** From now on no commit merges parts of the index; the connection that writes does it in between. */
  mergeApart(tx: Tx): Promise<void>
  add(tx: Tx, entries: readonly { seq: number; grams: readonly string[] }[]): Promise<void>
  remove(tx: Tx, seqs: readonly number[]): Promise<void>
  /** A subquery of the `seq` of all rows that have every gram: candidates, to be checked against the text. */
  having(grams: readonly string[]): RawBuilder<{ seq: number }>
  /** Whether its rows come in the order of `seq`, up or down, without being sorted. */
  isOrdered: boolean
}

const duplicateOf = Symbol('duplicateOf')

/** The error of a unique index that a write ran into. */
export function duplicate(index: string, cause: unknown): Error {
  return Object.assign(new Error(`duplicate in ${index}`, { cause }), { [duplicateOf]: index })
}

/** The name of the unique index an error is about, or undefined when it is another error. */
export function duplicateIndex(error: unknown): string | undefined {
  return error instanceof Error && duplicateOf in error ? String(error[duplicateOf]) : undefined
}

const isDanglingMark = Symbol('isDangling')

/** The error of a write that names a row which is not there, or removes one that others name. */
export function dangling(cause: unknown): Error {
  return Object.assign(new Error('a row that is named is not there', { cause }), { [isDanglingMark]: true })
}

/** Whether a foreign key refused the write: what was looked at before the transaction has gone, or is in use, since. */
export function isDangling(error: unknown): boolean {
  return error instanceof Error && isDanglingMark in error
}

export function unavailable(cause: unknown): AppError {
  return new AppError('dependency_unavailable', { detail: 'The database does not answer.', cause })
}

/** Whether a transaction was given up because another one held a row for too long. It has changed nothing. */
export function isLockTimeout(error: unknown): boolean {
  return thrown(thrown(error).cause).code === '55P03'
}
