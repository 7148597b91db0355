/** The differences between the two engines. All other code is the same for both. */
import type { ColumnDataType, Expression, Kysely, RawBuilder, Transaction } from 'kysely'
import type { JsonText } from '../encoding/json-text.ts'
import { AppError, thrown } from '../errors.ts'
import type { Tables } from './schema/schema.ts'

export type Tx = Transaction<Tables>
export type Reader = Kysely<Tables>

type ColumnType = ColumnDataType | RawBuilder<unknown>

export type Dialect = {
  name: 'sqlite' | 'postgres'
  /** The maximum of rows that one statement inserts. */
  rowsAtOnce: number
  columns: {
    /** Text compared byte by byte. */
    text: ColumnType
    integer: ColumnType
    /** RFC 3339 UTC text, or a type that is read and written as such. */
    instant: ColumnType
    json: ColumnType
    /** An auto-incrementing integer primary key. */
    sequence: ColumnType
  }
  /** Makes the table strict, if the engine would otherwise accept any type. */
  tableSuffix: RawBuilder<unknown> | undefined
  /** Waits until this transaction is the only one that migrates. */
  lockMigrations(tx: Tx): Promise<void>
  /** Takes a named lock until the transaction ends. */
  lock(tx: Tx, name: string): Promise<void>
  /** Roles of a user as one text, sorted, joined by spaces; empty without any. */
  rolesOf(userId: Expression<string>): RawBuilder<string>
  /** Like `rolesOf`: the roles that a user has through groups, including the groups that contain these groups. */
  groupRolesOf(userId: Expression<string>): RawBuilder<string>
  /** Like `rolesOf`: all roles of a user, given directly and through groups. */
  allRolesOf(userId: Expression<string>): RawBuilder<string>
  /** The result of `rolesOf` as the text of a JSON array. */
  jsonRolesOf(userId: Expression<string>): RawBuilder<string>
  /** A text, or null, as text of JSON. */
  jsonText(column: Expression<string | null>): RawBuilder<string>
  /** An instant, or null, as text of JSON. */
  jsonInstant(column: Expression<string | null>): RawBuilder<string>
  /** An aggregate: the JSON array of texts or numbers, as text; null of none where the engine has it so. */
  jsonArrayOf<T>(values: Expression<T>): RawBuilder<JsonText<T[]> | null>
  /** The form of a text that the engine returns with the least work: its UTF-8 bytes, or the text itself. */
  bytes(text: Expression<string>): RawBuilder<Uint8Array | string>
  /**
   * The same value, hidden from the planner's choice of an index, for conditions that only check rows which another index
   * finds. Without statistics SQLite assumes that every equality is selective.
   */
  unindexed<T>(column: RawBuilder<T>): RawBuilder<T>
  /** Whether the text contains exactly `part`, without wildcards. */
  contains(column: Expression<string | null>, part: string): RawBuilder<boolean>
  endsWith(column: Expression<string | null>, part: string): RawBuilder<boolean>
  /** Whether the number is one of a list of any length. */
  among(column: Expression<number>, values: readonly number[]): RawBuilder<boolean>
  /** Whether the text is one of a list of any length. */
  amongTexts(column: Expression<string | null>, values: readonly string[]): RawBuilder<boolean>
  /** `among` with a parameter from `list`. */
  inList(column: Expression<number>, list: unknown): RawBuilder<boolean>
  /** The parameter `list` of `inList` for these values, for a statement that is built once. */
  list(values: readonly unknown[]): unknown
  /** Locks the rows that the query reads until the transaction ends. */
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
  /** Adds triggers that refuse statements which break the rule. */
  protect(tx: Tx, rule: AppendOnly): Promise<void>
  /** Adds a trigger that refuses changes of a further column of an append-only table. */
  protectColumn(tx: Tx, table: string, column: string): Promise<void>
  /** Whether commits survive a power failure (`ok`) and the loss of a database server, and the settings for this. */
  durability(from: Reader): Promise<{ ok: boolean; outlivesServer: boolean; detail: string }>
  /** Refreshes the statistics of the planner after many rows were added. */
  analyze(tx: Tx): Promise<void>
  /** Like `analyze`, if the planner assumes fewer than `fewer` rows. It also drops cached plans that scan the table. */
  analyzeWhenSmall(tx: Tx, table: string, fewer: number): Promise<void>
  /** Checks the complete database for damage. @returns the fault, or null */
  findDamage(from: Reader): Promise<string | null>
  /** Converts an error of the driver to `duplicate` or an `AppError`, or returns it unchanged. */
  translate(error: unknown): unknown
}

/** The rule of an append-only table: rows can be added, their `erasable` columns set to null, and old rows deleted. */
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
  /** Ends the merging of index segments in commits; the writing connection merges segments between commits instead. */
  mergeApart(tx: Tx): Promise<void>
  /** Limits the entries that a search reads one by one because they are not merged yet. */
  mergeOften(tx: Tx): Promise<void>
  add(tx: Tx, entries: readonly { seq: number; grams: readonly string[] }[]): Promise<void>
  remove(tx: Tx, seqs: readonly number[]): Promise<void>
  /** A subquery of the `seq` of all rows that have every gram: candidates, to be checked against the text. */
  having(grams: readonly string[]): RawBuilder<{ seq: number }>
  /** `having` with a parameter from `match`. */
  matching(match: unknown): RawBuilder<{ seq: number }>
  /** The parameter for these grams, for a statement that is built once. */
  match(grams: readonly string[]): unknown
  /** Whether `having` returns rows in the order of `seq`, ascending or descending, without a sort. */
  isOrdered: boolean
}

const duplicateOf = Symbol('duplicateOf')

/** The error of a write that a unique index refused. */
export function duplicate(index: string, cause: unknown): Error {
  return Object.assign(new Error(`duplicate in ${index}`, { cause }), { [duplicateOf]: index })
}

/** The name of the unique index of an error; undefined for other errors. */
export function duplicateIndex(error: unknown): string | undefined {
  return error instanceof Error && duplicateOf in error ? String(error[duplicateOf]) : undefined
}

const isDanglingMark = Symbol('isDangling')

/** The error of a write that refers to a missing row, or deletes a row to which others refer. */
export function dangling(cause: unknown): Error {
  return Object.assign(new Error('a row that is named is not there', { cause }), { [isDanglingMark]: true })
}

/**
 * Whether a foreign key refused the write, because a row that was read before the transaction was deleted or is in use
 * now.
 */
export function isDangling(error: unknown): boolean {
  return error instanceof Error && isDanglingMark in error
}

export function unavailable(cause: unknown): AppError {
  return new AppError('dependency_unavailable', { detail: 'The database does not answer.', cause })
}

/** Whether a transaction failed because another one held a lock for too long. It has changed nothing. */
export function isLockTimeout(error: unknown): boolean {
  return thrown(thrown(error).cause).code === '55P03'
}
