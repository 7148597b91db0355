/** Reads the tables from the catalogue of the database, so that new tables are copied without a list. */
import { sql } from 'kysely'
import type { Dialect, Reader } from '../dialect.ts'

export type Row = Record<string, unknown>

export type Table = {
  name: string
  columns: readonly string[]
  key: readonly string[]
  /**
   * Whether rows must be updated in place: other tables refer to them, which prevents a deletion, or the
   * table is append-only.
   */
  isKept: boolean
  /** An auto-incrementing column. */
  sequence: string | null
}

/** Tables that are not copied: the migrations, and the search index, which is built from the users. */
const own = /^(schema_migrations|user_search.*|sqlite_.*)$/
/** Tables whose rows a trigger protects. */
const appendOnly = ['audit_retention', 'audit_events']

type Column = { table: string; name: string; keyAt: number; isSequence: boolean }
type Reference = { table: string; parent: string; cascades: boolean }

/** The tables to copy; tables to which others refer come first. */
export async function tablesOf(reader: Reader, dialect: Dialect): Promise<Table[]> {
  const of = dialect.name === 'sqlite' ? sqliteShape : postgresShape
  const { columns, references } = await of(reader)
  const names = [...new Set(columns.map(({ table }) => table))].filter((name) => !own.test(name)).sort()
  const tables = names.map((name): Table => {
    const ownColumns = columns.filter(({ table }) => table === name)
    const key = ownColumns.filter(({ keyAt }) => keyAt > 0).sort((a, b) => a.keyAt - b.keyAt)
    if (key.length === 0) throw new Error(`the table ${name} has no primary key`)
    return {
      name,
      columns: ownColumns.map((column) => column.name).sort(),
      key: key.map((column) => column.name),
      isKept:
        appendOnly.includes(name) || references.some(({ parent, cascades }) => parent === name && !cascades),
      sequence: ownColumns.find(({ isSequence }) => isSequence)?.name ?? null,
    }
  })
  return parentsFirst(tables, [
    ...references,
    { table: 'audit_events', parent: 'audit_retention', cascades: false },
  ])
}

function parentsFirst(tables: readonly Table[], references: readonly Reference[]): Table[] {
  const ordered: Table[] = []
  let waiting = [...tables]
  while (waiting.length > 0) {
    const isWaiting = (name: string) => waiting.some((table) => table.name === name)
    const free = waiting.filter(
      ({ name }) =>
        !references.some(({ table, parent }) => table === name && parent !== name && isWaiting(parent)),
    )
    if (free.length === 0) throw new Error('tables refer to each other in a circle')
    ordered.push(...free)
    waiting = waiting.filter((table) => !free.includes(table))
  }
  return ordered
}

type Shape = { columns: Column[]; references: Reference[] }

async function sqliteShape(reader: Reader): Promise<Shape> {
  const { rows } = await sql<{ table: string; name: string; key: number; type: string }>`
    select m.name as "table", c.name as name, c.pk as key, c.type as type
    from sqlite_master m, pragma_table_info(m.name) c where m.type = 'table'`.execute(reader)
  const named = await sql<{ table: string; parent: string; on_delete: string }>`
    select m.name as "table", f."table" as parent, f.on_delete as on_delete
    from sqlite_master m, pragma_foreign_key_list(m.name) f where m.type = 'table'`.execute(reader)
  return {
    columns: rows.map(({ table, name, key }) => ({ table, name, keyAt: key, isSequence: false })),
    references: named.rows.map(({ table, parent, on_delete }) => ({
      table,
      parent,
      cascades: on_delete === 'CASCADE',
    })),
  }
}

async function postgresShape(reader: Reader): Promise<Shape> {
  const { rows } = await sql<{ table: string; name: string; key: number | null; sequence: string }>`
    select c.relname as "table", a.attname as name, array_position(i.indkey::int2[], a.attnum) as key,
      a.attidentity::text as sequence
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_index i on i.indrelid = c.oid and i.indisprimary
    where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace`.execute(reader)
  const named = await sql<{ table: string; parent: string; cascades: boolean }>`
    select c.relname as "table", p.relname as parent, k.confdeltype = 'c' as cascades
    from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_class p on p.oid = k.confrelid
    where k.contype = 'f' and c.relnamespace = current_schema()::regnamespace`.execute(reader)
  return {
    columns: rows.map(({ table, name, key, sequence }) => ({
      table,
      name,
      // `indkey` counts from 0.
      keyAt: key === null ? 0 : Number(key) + 1,
      isSequence: sequence !== '',
    })),
    references: named.rows,
  }
}
