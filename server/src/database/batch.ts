/** Writes to a table with statements that are built once, not at each use. */

import type { Insertable, Kysely, Updateable } from 'kysely'
import { dropOldest } from '../caches/drop-oldest.ts'
import type { Database, Prepared, Tx } from './database.ts'
import type { Tables } from './schema/schema.ts'

/** The maximum of cached statements for each table. Each size of a batch and set of columns has its own statement. */
const kept = 40

type Row = Record<string, unknown>
/** The builder for a table that is known only at run time. */
type Any = Record<string, Record<string, string>>
const builderOn = (read: Database['read']) => read as unknown as Kysely<Any>

/** Builds a statement once for each set of columns and number of rows; above the maximum, the oldest one is dropped. */
function builtOnce(build: (columns: readonly string[], count: number) => Prepared<Row>): typeof build {
  const built = new Map<string, Prepared<Row>>()
  return (columns, count) => {
    const name = `${count} ${columns.join(' ')}`
    const known = built.get(name)
    if (known) return known
    const prepared = build(columns, count)
    if (built.size >= kept) dropOldest(built)
    built.set(name, prepared)
    return prepared
  }
}

/**
 * Inserts rows with the same columns, and returns the columns `returning` of each. A statement is built once for each
 * number of rows, because the same sizes of batches recur.
 */
export function inserter<T extends keyof Tables & string>(
  { read, prepare, dialect }: Pick<Database, 'read' | 'prepare' | 'dialect'>,
  table: T,
  returning: readonly (keyof Tables[T] & string)[] = [],
): (tx: Tx, rows: readonly Insertable<Tables[T]>[]) => Promise<Row[]> {
  const statement = builtOnce((columns, count) => {
    const row = Object.fromEntries(columns.map((column) => [column, '']))
    const insert = read.insertInto(table).values(Array(count).fill(row))
    const query = returning.length > 0 ? insert.returning(returning) : insert
    return prepare<Row>(query.compile())
  })

  const { rowsAtOnce } = dialect
  return async (tx, rows) => {
    const all: Row[] = []
    const columns = Object.keys(rows[0] ?? {})
    for (let at = 0; at < rows.length; at += rowsAtOnce) {
      const some: readonly Row[] = rows.slice(at, at + rowsAtOnce)
      const parameters = some.flatMap((row) => columns.map((column) => row[column]))
      all.push(...(await statement(columns, some.length).in(tx, ...parameters)))
    }
    return all
  }
}

/**
 * Changes the rows that have these values in the columns `keys`. A statement is built once for each set of columns.
 * Columns without a value stay unchanged.
 * @returns the number of rows
 */
export function updater<T extends keyof Tables & string>(
  { read, prepare }: Pick<Database, 'read' | 'prepare'>,
  table: T,
  ...keys: readonly (keyof Tables[T] & string)[]
): (tx: Tx, values: readonly unknown[], changes: Updateable<Tables[T]>) => Promise<number> {
  const name: string = table
  const keyNames: readonly string[] = keys
  const statement = builtOnce((columns) => {
    let query = builderOn(read)
      .updateTable(name)
      .set(Object.fromEntries(columns.map((column) => [column, ''])))
    for (const key of keyNames) query = query.where(key, '=', '')
    return prepare<Row>(query.returning([...keyNames.slice(0, 1)]).compile())
  })

  return async (tx, values, changes) => {
    const entries = Object.entries(changes).filter(([, value]) => value !== undefined)
    if (entries.length === 0) return 0
    const parameters = entries.map(([, value]) => value)
    const columns = entries.map(([column]) => column)
    return (await statement(columns, 1).in(tx, ...parameters, ...values)).length
  }
}

/** Deletes the rows that have these values in the columns. */
export function deleter<T extends keyof Tables & string>(
  { read, prepare }: Pick<Database, 'read' | 'prepare'>,
  table: T,
  ...columns: readonly (keyof Tables[T] & string)[]
): (tx: Tx, ...values: readonly unknown[]) => Promise<void> {
  const name: string = table
  const names: readonly string[] = columns
  let query = builderOn(read).deleteFrom(name)
  for (const column of names) query = query.where(column, '=', '')
  const prepared = prepare<Row>(query.compile())
  return async (tx, ...values) => void (await prepared.in(tx, ...values))
}
