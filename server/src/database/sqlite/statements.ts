/** Prepared statements by their SQL text, least recently used first out. Used by every SQLite connection. */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import type { QueryResult } from 'kysely'
import { sqliteDialect } from './dialect.ts'

const kept = 200

type Prepared = { statement: StatementSync; columns: readonly string[] }

const columnsOf = (statement: StatementSync) => statement.columns().map(({ name }) => name)

/** Runs one statement; errors come out translated. */
export type RunStatement = <R>(text: string, parameters: readonly unknown[]) => QueryResult<R>

export function statements(db: DatabaseSync): RunStatement {
  const cache = new Map<string, Prepared>()

  const prepared = (text: string) => {
    const known = cache.get(text)
    if (known) return known
    const statement = db.prepare(text)
    statement.setReturnArrays(true)
    const entry = { statement, columns: columnsOf(statement) }
    if (cache.size >= kept) cache.delete(cache.keys().next().value!)
    cache.set(text, entry)
    return entry
  }

  return <R>(text: string, parameters: readonly unknown[]): QueryResult<R> => {
    try {
      const entry = prepared(text)
      const { statement } = entry
      if (entry.columns.length > 0) {
        const rows = statement.all(...(parameters as SQLInputValue[])) as unknown as unknown[][]
        // Another process has added columns: SQLite has prepared the statement anew, and `*` means more than before.
        if (rows[0] && rows[0].length !== entry.columns.length) entry.columns = columnsOf(statement)
        return { rows: rows.map((values) => rowOf(entry.columns, values) as R) }
      }
      const { changes } = statement.run(...(parameters as SQLInputValue[]))
      return { rows: [], numAffectedRows: BigInt(changes) }
    } catch (error) {
      throw sqliteDialect.translate(error)
    }
  }
}

/** Built here because the driver, asked for objects, makes the names of all columns anew for each row. */
function rowOf(columns: readonly string[], values: readonly unknown[]): Record<string, unknown> {
  const row: Record<string, unknown> = {}
  for (let index = 0; index < columns.length; index += 1) row[columns[index]!] = values[index]
  return row
}
