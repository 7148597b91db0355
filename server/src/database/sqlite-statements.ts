/** Prepared statements by their SQL text, least recently used first out. Used by every SQLite connection. */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import type { QueryResult } from 'kysely'
import { sqliteDialect } from './sqlite-dialect.ts'

const kept = 200

/** Runs one statement; errors come out translated. */
export function statements(db: DatabaseSync) {
  const cache = new Map<string, { statement: StatementSync; reads: boolean }>()

  const prepared = (text: string) => {
    const known = cache.get(text)
    if (known) return known
    const statement = db.prepare(text)
    const entry = { statement, reads: statement.columns().length > 0 }
    if (cache.size >= kept) cache.delete(cache.keys().next().value!)
    cache.set(text, entry)
    return entry
  }

  return <R>(text: string, parameters: readonly unknown[]): QueryResult<R> => {
    try {
      const { statement, reads } = prepared(text)
      if (reads) return { rows: statement.all(...(parameters as SQLInputValue[])) as R[] }
      const { changes } = statement.run(...(parameters as SQLInputValue[]))
      return { rows: [], numAffectedRows: BigInt(changes) }
    } catch (error) {
      throw sqliteDialect.translate(error)
    }
  }
}
