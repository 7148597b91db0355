/** Released versions, as `record.ts` wrote them down: the rows, and the names of the migrations they had. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Database } from '../../src/database/database.ts'
import { migrations } from '../../src/database/migrations/index.ts'
import { openDatabase } from '../../src/database/open.ts'

export const folder = join(import.meta.dirname, 'releases')

export const releases = readdirSync(folder).map((file) => file.replace(/\.sql$/, ''))

export const rowsOf = (version: string) => readFileSync(join(folder, `${version}.sql`), 'utf8')

/** The names of the migrations that a released version had. */
export function migrationsOf(version: string): string[] {
  const [, names = ''] = /insert into "schema_migrations"[^;]*?values\n([^;]*);/.exec(rowsOf(version)) ?? []
  return [...names.matchAll(/\('([\w-]+)'/g)].map(([, name = '']) => name)
}

/** A database with these migrations and no later ones. */
export async function migratedTo(url: string, names: readonly string[]): Promise<Database> {
  const database = openDatabase({ url, poolSize: 2 })
  const { dialect } = database
  await database.transaction(async (tx) => {
    await tx.schema
      .createTable('schema_migrations')
      .addColumn('name', dialect.columns.text, (column) => column.notNull().primaryKey())
      .addColumn('applied_at', dialect.columns.instant, (column) => column.notNull())
      .execute()
    for (const name of names) {
      const migration = migrations.find((each) => each.name === name)
      if (!migration) throw new Error(`the released migration ${name} is gone`)
      await migration.up(tx, dialect)
      const applied_at = '2026-11-24T00:00:00.000Z'
      await tx.insertInto('schema_migrations').values({ name, applied_at }).execute()
    }
  })
  return database
}
