/** Many rows at once, without compiling the statement for each of them. */
import type { CompiledQuery, Insertable } from 'kysely'
import type { Tx } from './dialect.ts'
import type { Tables } from './schema.ts'

const rowsAtOnce = 100
const kept = 200
const compiled = new Map<string, CompiledQuery>()

/**
 * Inserts rows that all have the same columns. With `returning`, gives those columns of each row.
 */
export async function insertMany<T extends keyof Tables & string>(
  tx: Tx,
  table: T,
  rows: readonly Insertable<Tables[T]>[],
  returning: readonly (keyof Tables[T] & string)[] = [],
): Promise<Record<string, unknown>[]> {
  const all: Record<string, unknown>[] = []
  const columns = Object.keys(rows[0] ?? {})
  for (let at = 0; at < rows.length; at += rowsAtOnce) {
    const some = rows.slice(at, at + rowsAtOnce)
    const parameters = some.flatMap((row) =>
      columns.map((column) => (row as Record<string, unknown>)[column]),
    )
    const query = statement(tx, table, columns, some.length, returning)
    const { rows: returned } = await tx.executeQuery<Record<string, unknown>>({ ...query, parameters })
    all.push(...returned)
  }
  return all
}

/** Compiled once for each number of rows: one, a few and full batches come again and again. */
function statement(
  tx: Tx,
  table: keyof Tables & string,
  columns: readonly string[],
  count: number,
  returning: readonly string[],
): CompiledQuery {
  const name = `${count} ${table} ${columns.join(' ')} ${returning.join(' ')} ${tx.getExecutor().adapter.constructor.name}`
  const known = compiled.get(name)
  if (known) return known
  const row = Object.fromEntries(columns.map((column) => [column, '']))
  const insert = tx.insertInto(table).values(Array(count).fill(row) as never)
  const query = (returning.length > 0 ? insert.returning(returning as never) : insert).compile()
  if (compiled.size >= kept) compiled.delete(compiled.keys().next().value!)
  compiled.set(name, query)
  return query
}
