/** Rows into a table, many at once, without building the statement for each of them. */
import type { Insertable } from 'kysely'
import type { Database, Prepared, Tx } from './database.ts'
import type { Tables } from './schema/schema.ts'

const rowsAtOnce = 100
/** Statements of one table: those of batches that are not full come in many sizes. */
const kept = 40

type Row = Record<string, unknown>

/**
 * Inserts rows that all have the same columns, and gives the columns `returning` of each. A statement is built once for
 * each number of rows: one, a few and full batches come again and again.
 */
export function inserter<T extends keyof Tables & string>(
  { read, prepare }: Pick<Database, 'read' | 'prepare'>,
  table: T,
  returning: readonly (keyof Tables[T] & string)[] = [],
): (tx: Tx, rows: readonly Insertable<Tables[T]>[]) => Promise<Row[]> {
  const built = new Map<string, Prepared<Row>>()

  const statement = (columns: readonly string[], count: number): Prepared<Row> => {
    const name = `${count} ${columns.join(' ')}`
    const known = built.get(name)
    if (known) return known
    const row = Object.fromEntries(columns.map((column) => [column, '']))
    const insert = read.insertInto(table).values(Array(count).fill(row))
    const query = returning.length > 0 ? insert.returning(returning) : insert
    const prepared = prepare<Row>(query.compile())
    if (built.size >= kept) built.delete(built.keys().next().value!)
    built.set(name, prepared)
    return prepared
  }

  return async (tx, rows) => {
    const all: Row[] = []
    const columns = Object.keys(rows[0] ?? {})
    for (let at = 0; at < rows.length; at += rowsAtOnce) {
      const some = rows.slice(at, at + rowsAtOnce) as readonly Row[]
      const parameters = some.flatMap((row) => columns.map((column) => row[column]))
      all.push(...(await statement(columns, some.length).in(tx, ...parameters)))
    }
    return all
  }
}
