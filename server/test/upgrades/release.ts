/** The databases of released versions, as `record.ts` wrote them down: the rows, and the names of the migrations they had. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { copyDatabase } from '../../src/database/copy/copy.ts'
import type { Database } from '../../src/database/database.ts'
import { migrations } from '../../src/database/migrations/index.ts'
import { openDatabase } from '../../src/database/open.ts'
import { searchGrams } from '../../src/features/users/list/search-grams.ts'
import type { Engine } from '../harness.ts'
import { outsider, sharedDatabase } from '../shared-database.ts'

export const folder = join(import.meta.dirname, 'releases')

export const releases = readdirSync(folder).map((file) => file.replace(/\.sql$/, ''))

/** The key of the recorded databases. */
export const secretKey = Buffer.from(Array.from({ length: 32 }, (_, at) => at)).toString('base64')

export type Release = { url: string; apiKey: string; migrations: readonly string[] }

/** Makes the database of a release on the engine, as that version would have left it. */
export async function databaseOf(engine: Engine, sqlite: Engine, version: string): Promise<Release> {
  const rows = readFileSync(join(folder, `${version}.sql`), 'utf8')
  const [, apiKey = ''] = /^-- API key: (\S+)$/m.exec(rows) ?? []
  const [, names = ''] = /insert into "schema_migrations"[^;]*?values\n([^;]*);/.exec(rows) ?? []
  const applied = [...names.matchAll(/\('([\w-]+)'/g)].map(([, name = '']) => name)

  const recordedUrl = await sharedDatabase(sqlite)
  const recorded = await migratedTo(recordedUrl, applied)
  const loader = await outsider(recordedUrl)
  // Migrations fill some tables.
  const emptied = [...rows.matchAll(/^insert into ("\w+")/gm)].map(([, table]) => `delete from ${table};`)
  await loader.run(`pragma foreign_keys = off; ${emptied.join(' ')} ${rows}`)
  await loader.close()
  const url = await sharedDatabase(engine)
  const database = await migratedTo(url, applied)
  // The search index is made for the engine from the users.
  await copyDatabase({ from: recorded.read, to: database, gramsOf: searchGrams, progress() {} })
  await Promise.all([recorded.close(), database.close()])
  return { url, apiKey, migrations: applied }
}

/** A database with these migrations and no later ones. */
async function migratedTo(url: string, names: readonly string[]): Promise<Database> {
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
