/** Migrates the schema: each migration in its own transaction, one process at a time. */
import { monotonicMs, now } from '../clock.ts'
import { ConfigError } from '../config.ts'
import type { Database, Dialect, Tx } from './database.ts'
import { migrations } from './migrations/index.ts'
import type { Migration } from './migrations/migration.ts'

/** A mark in the table of migrations while another database is copied into this one. */
export const copyMark = 'unfinished copy'

export type MigrateOptions = {
  /** Called before the first migration, if any is missing. */
  begin?(pending: readonly string[]): Promise<void>
  /** Called after each migration. */
  report?(name: string, seconds: number): void
  /** Whether the database may be an unfinished copy; true for the command that continues it. */
  isCopy?: boolean
}

/**
 * Applies the missing migrations.
 * @returns their names
 * @throws when the database has unknown migrations, because it belongs to a newer version
 */
export async function migrate(
  database: Database,
  { begin = async () => {}, report = () => {}, isCopy = false }: MigrateOptions = {},
): Promise<string[]> {
  const before = await database.transaction(async (tx) => {
    await prepare(tx, database.dialect)
    return appliedOf(tx, isCopy)
  })
  const pending = migrations.filter(({ name }) => !before.has(name))
  if (pending.length > 0) await begin(pending.map(({ name }) => name))
  const done: string[] = []
  for (const migration of pending) {
    const startMs = monotonicMs()
    const applied = await database.transaction((tx) => apply(tx, migration, database.dialect, isCopy))
    if (applied) {
      done.push(migration.name)
      report(migration.name, (monotonicMs() - startMs) / 1000)
    }
  }
  return done
}

/** Marks the database, so that the service does not start until the copy is complete. An existing mark is kept. */
export async function markCopy(database: Database): Promise<void> {
  await database.transaction(async (tx) => {
    await prepare(tx, database.dialect)
    await tx
      .insertInto('schema_migrations')
      .values({ name: copyMark, applied_at: now() })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  })
}

/** Whether no migration has been applied. */
export async function isUnused(database: Database): Promise<boolean> {
  return (await pendingMigrations(database)).length === migrations.length
}

/** The names of the migrations that have not been applied. */
export async function pendingMigrations(database: Database): Promise<string[]> {
  const exists = (await database.read.introspection.getTables()).some(
    (table) => table.name === 'schema_migrations',
  )
  if (!exists) return migrations.map(({ name }) => name)
  const rows = await database.read.selectFrom('schema_migrations').select('name').execute()
  const known = new Set(rows.map(({ name }) => name))
  return migrations.map(({ name }) => name).filter((name) => !known.has(name))
}

async function prepare(tx: Tx, { columns, lockMigrations }: Dialect): Promise<void> {
  await lockMigrations(tx)
  await tx.schema
    .createTable('schema_migrations')
    .ifNotExists()
    .addColumn('name', columns.text, (column) => column.notNull().primaryKey())
    .addColumn('applied_at', columns.instant, (column) => column.notNull())
    .execute()
}

async function apply(tx: Tx, migration: Migration, dialect: Dialect, isCopy: boolean): Promise<boolean> {
  await dialect.lockMigrations(tx)
  // Another replica may have applied it.
  if ((await appliedOf(tx, isCopy)).has(migration.name)) return false
  await migration.up(tx, dialect)
  await tx.insertInto('schema_migrations').values({ name: migration.name, applied_at: now() }).execute()
  return true
}

/** @throws ConfigError when the database belongs to a newer version, or is an unfinished copy */
async function appliedOf(tx: Tx, isCopy: boolean): Promise<Set<string>> {
  const applied = await tx.selectFrom('schema_migrations').select('name').execute()
  const known = new Set([...migrations.map(({ name }) => name), ...(isCopy ? [copyMark] : [])])
  const newer = applied.find(({ name }) => !known.has(name))
  if (newer?.name === copyMark)
    throw new ConfigError(
      'a copy into this database was not finished; run `roster migrate --from … --to …` again',
    )
  if (newer)
    throw new ConfigError(
      `The database was made by a newer version of Roster (it has the migration ${newer.name}). Start that version or a newer one`,
    )
  return new Set(applied.map(({ name }) => name))
}
