/**
 * Copies the rows of one database to another, table by table, in the order of the primary keys. It compares before it
 * writes, so an interrupted run can continue, and a second run copies only the changes.
 */
import { createHash, type Hash } from 'node:crypto'
import { sql } from 'kysely'
import { inserter } from '../batch.ts'
import type { Database, Tx } from '../database.ts'
import type { Reader } from '../dialect.ts'
import type { Tables } from '../schema/schema.ts'
import { type Row, type Table, tablesOf } from './shape.ts'

export type Copied = { table: string; rows: number; sha256: string }

export type CopyOptions = {
  from: Reader
  to: Database
  /** The entry of a user in the search index, from its `search_text`. */
  gramsOf(text: string): readonly string[]
  /** Called with the number of rows read so far. */
  progress(rows: number): void
}

const pageRows = 1000

/** @throws when a table differs afterwards */
export async function copyDatabase({ from, to, gramsOf, progress }: CopyOptions): Promise<Copied[]> {
  const tables = await tablesOf(to.read, to.dialect)
  const copied: Copied[] = []
  let rows = 0
  const read = (count: number) => {
    rows += count
    progress(rows)
  }
  for (const table of tables) copied.push(await copyTable({ from, to, table, gramsOf, read }))
  // No other row refers to these rows any more, so they can be deleted. Events that the source has deleted follow too.
  for (const table of tables.filter(({ isKept }) => isKept).reverse()) await removeSurplus(from, to, table)
  for (const table of tables) await continueSequence(to, table)
  await verify(to, tables, copied)
  return copied
}

/** All rows of the tables that are copied. */
export async function countRows(from: Reader, to: Database): Promise<number> {
  let count = 0
  for (const { name } of await tablesOf(to.read, to.dialect)) {
    const { rows } = await sql<{ n: number }>`select count(*) as n from ${sql.table(name)}`.execute(from)
    count += Number(rows[0]!.n)
  }
  return count
}

type Step = Pick<CopyOptions, 'from' | 'to' | 'gramsOf'> & { table: Table; read(count: number): void }

async function copyTable({ from, to, table, gramsOf, read }: Step): Promise<Copied> {
  const hash = createHash('sha256')
  let rows = 0
  const isEmpty = (await page(to.read, table, { limit: 1 })).length === 0
  if (!isEmpty) await clearChanged(from, to, table)
  const insert = inserter(to, table.name as keyof Tables & string)
  for await (const { found, after, upTo } of ahead(pagesOf(from, table))) {
    const known = isEmpty
      ? new Set()
      : new Set((await between(to.read, table, after, upTo)).map(keyIn(table)))
    const missing = found.filter((row) => !known.has(keyIn(table)(row)))
    if (missing.length > 0)
      await to.transaction(
        async (tx) => {
          await insert(tx, missing)
          if (table.name === 'users') await to.dialect.search.add(tx, missing.map(searchEntry(gramsOf)))
        },
        { volatile: true },
      )
    addTo(hash, table, found)
    rows += found.length
    read(found.length)
  }
  return { table: table.name, rows, sha256: hash.digest('hex') }
}

const searchEntry = (gramsOf: CopyOptions['gramsOf']) => (row: Row) => ({
  seq: Number(row['seq']),
  grams: gramsOf(String(row['search_text'])),
})

/**
 * Deletes rows that the source does not have in this form. It deletes first, because a name may have moved from one row
 * to another.
 */
async function clearChanged(from: Reader, to: Database, table: Table): Promise<void> {
  const key = keyIn(table)
  for await (const { found, after, upTo } of pagesOf(from, table, true)) {
    const wanted = new Map(found.map((row) => [key(row), row]))
    const here = await between(to.read, table, after, upTo)
    const changed = here.filter((row) => {
      const source = wanted.get(key(row))
      return source === undefined ? !table.isKept : textOf(table, source) !== textOf(table, row)
    })
    if (changed.length === 0) continue
    await to.transaction(
      async (tx) => {
        for (const row of changed) {
          if (table.isKept) await update(tx, table, wanted.get(key(row))!)
          else await remove(tx, table, row)
        }
        if (table.name === 'users')
          await to.dialect.search.remove(
            tx,
            changed.map(({ seq }) => Number(seq)),
          )
      },
      { volatile: true },
    )
  }
}

async function removeSurplus(from: Reader, to: Database, table: Table): Promise<void> {
  const key = keyIn(table)
  for await (const { found, after, upTo } of pagesOf(from, table, true)) {
    const wanted = new Set(found.map(key))
    const surplus = (await between(to.read, table, after, upTo)).filter((row) => !wanted.has(key(row)))
    if (surplus.length > 0)
      await to.transaction(async (tx) => {
        for (const row of surplus) await remove(tx, table, row)
      })
  }
}

async function verify(to: Database, tables: readonly Table[], copied: readonly Copied[]): Promise<void> {
  for (const table of tables) {
    const hash = createHash('sha256')
    let rows = 0
    for await (const { found } of ahead(pagesOf(to.read, table))) {
      addTo(hash, table, found)
      rows += found.length
    }
    const expected = copied.find((each) => each.table === table.name)!
    if (hash.digest('hex') !== expected.sha256)
      throw new Error(
        `the copy of ${table.name} differs (${rows} rows of ${expected.rows}); nothing but this command may write to it`,
      )
  }
}

/** Sets the sequences, so that new rows get numbers after the copied ones. */
async function continueSequence(to: Database, { name, sequence }: Table): Promise<void> {
  if (sequence === null) return
  await to.transaction(async (tx) => {
    await sql`select setval(pg_get_serial_sequence(${name}, ${sequence}), (select max(${sql.ref(sequence)}) from ${sql.table(name)}))`.execute(
      tx,
    )
  })
}

type Page = {
  found: Row[]
  /** The key before the page; null at the beginning. */
  after: readonly unknown[] | null
  /** The last key of the page; null when no more rows follow. */
  upTo: readonly unknown[] | null
}

/** Requests the next item while the caller works on one, so that both databases work concurrently. */
async function* ahead<T>(items: AsyncGenerator<T, void, undefined>): AsyncGenerator<T> {
  let next = items.next()
  for (;;) {
    const { value, done } = await next
    if (done) return
    next = items.next()
    // The caller may stop before it requests the failed item.
    next.catch(() => {})
    yield value
  }
}

/** With `toTheEnd` the last page, which may be empty, extends to the end of all keys. */
async function* pagesOf(reader: Reader, table: Table, toTheEnd = false): AsyncGenerator<Page> {
  let after: readonly unknown[] | null = null
  for (;;) {
    const found: Row[] = await page(reader, table, { after, limit: pageRows })
    const isLast = found.length < pageRows
    const last = found.at(-1)
    const upTo = last === undefined ? null : table.key.map((column) => last[column])
    if (found.length > 0 || toTheEnd) yield { found, after, upTo: isLast && toTheEnd ? null : upTo }
    if (isLast) return
    after = upTo
  }
}

/** All rows between two keys. */
async function between(
  reader: Reader,
  table: Table,
  after: readonly unknown[] | null,
  upTo: readonly unknown[] | null,
): Promise<Row[]> {
  const all: Row[] = []
  let from = after
  for (;;) {
    const some: Row[] = await page(reader, table, { after: from, upTo, limit: pageRows })
    all.push(...some)
    const last = some.at(-1)
    if (last === undefined || some.length < pageRows) return all
    from = table.key.map((column) => last[column])
  }
}

/** The rows after a key, up to another one. */
type Range = { after?: readonly unknown[] | null; upTo?: readonly unknown[] | null; limit: number }

async function page(
  reader: Reader,
  { name, columns, key }: Table,
  { after = null, upTo = null, limit }: Range,
): Promise<Row[]> {
  const list = sql.join(key.map((column) => sql.ref(column)))
  const values = (of: readonly unknown[]) => sql.join(of.map((value) => sql.val(value)))
  const conditions = [
    ...(after === null ? [] : [sql`(${list}) > (${values(after)})`]),
    ...(upTo === null ? [] : [sql`(${list}) <= (${values(upTo)})`]),
  ]
  const where = conditions.length > 0 ? sql`where ${sql.join(conditions, sql` and `)}` : sql``
  const { rows } = await sql<Row>`select ${sql.join(columns.map((column) => sql.ref(column)))}
    from ${sql.table(name)} ${where} order by ${list} limit ${sql.lit(limit)}`.execute(reader)
  return rows
}

function matching({ key }: Table, row: Row) {
  return sql.join(
    key.map((column) => sql`${sql.ref(column)} = ${sql.val(row[column])}`),
    sql` and `,
  )
}

async function remove(tx: Tx, table: Table, row: Row): Promise<void> {
  await sql`delete from ${sql.table(table.name)} where ${matching(table, row)}`.execute(tx)
}

async function update(tx: Tx, table: Table, row: Row): Promise<void> {
  const columns = table.columns.filter((column) => !table.key.includes(column))
  const assignments = columns.map((column) => sql`${sql.ref(column)} = ${sql.val(row[column])}`)
  await sql`update ${sql.table(table.name)} set ${sql.join(assignments)} where ${matching(table, row)}`.execute(
    tx,
  )
}

const keyIn =
  ({ key }: Table) =>
  (row: Row) =>
    JSON.stringify(key.map((column) => row[column]))

function textOf({ columns }: Table, row: Row): string {
  return JSON.stringify(columns.map((column) => row[column]))
}

function addTo(hash: Hash, table: Table, rows: readonly Row[]): void {
  for (const row of rows) hash.update(`${textOf(table, row)}\n`)
}
