/** Prepared statements by their SQL text, least recently used first out. Used by every SQLite connection. */

import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import type { QueryResult } from 'kysely'
import { dropOldest } from '../../caches/drop-oldest.ts'
import { translateError } from './translate-error.ts'

const kept = 200

type Prepared = { statement: StatementSync; columns: readonly string[] }

const columnsOf = (statement: StatementSync) => statement.columns().map(({ name }) => name)

/** The result of a statement: rows as lists of values in the order of the columns, or the number of changed rows. */
export type Answer =
  | { columns: readonly string[]; values: readonly (readonly unknown[])[] }
  | { changes: number | bigint }

/** Runs one statement and translates its errors. */
export type RunStatement = <R>(text: string, parameters: readonly unknown[]) => QueryResult<R>

export function statements(db: DatabaseSync): RunStatement {
  const run = unnamedStatements(db)
  return (text, parameters) => {
    try {
      return resultOf(run(text, parameters))
    } catch (error) {
      throw translateError(error)
    }
  }
}

/** Runs one statement for another thread: rows without names take half the time to copy. */
export function unnamedStatements(
  db: DatabaseSync,
): (text: string, parameters: readonly unknown[]) => Answer {
  const cache = new Map<string, Prepared>()

  const prepared = (text: string) => {
    const known = cache.get(text)
    if (known) return known
    const statement = db.prepare(text)
    statement.setReturnArrays(true)
    const entry = { statement, columns: columnsOf(statement) }
    if (cache.size >= kept) dropOldest(cache)
    cache.set(text, entry)
    return entry
  }

  return (text, parameters) => {
    const entry = prepared(text)
    const { statement } = entry
    const inputs = parameters as SQLInputValue[]
    if (entry.columns.length === 0) return { changes: statement.run(...inputs).changes }
    const values = statement.all(...inputs) as unknown as unknown[][]
    // Another process has added columns: SQLite has prepared the statement again, and `*` includes them.
    if (values[0] && values[0].length !== entry.columns.length) entry.columns = columnsOf(statement)
    return { columns: entry.columns, values }
  }
}

/** The result for Kysely, with rows as objects. */
export function resultOf<R>(answer: Answer): QueryResult<R> {
  if ('changes' in answer) return { rows: [], numAffectedRows: BigInt(answer.changes) }
  return { rows: answer.values.map((values) => rowOf(answer.columns, values) as R) }
}

/** Objects are built here, because the driver would create the names of all columns again for each row. */
function rowOf(columns: readonly string[], values: readonly unknown[]): Record<string, unknown> {
  const row: Record<string, unknown> = {}
  for (let index = 0; index < columns.length; index += 1) row[columns[index]!] = values[index]
  return row
}
