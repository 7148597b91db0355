/** The databases of released versions for the tests. */
import { copyDatabase } from '../../src/database/copy/copy.ts'
import { searchGrams } from '../../src/features/users/list/search-grams.ts'
import type { Engine } from '../harness.ts'
import { outsider, sharedDatabase } from '../shared-database.ts'
import { migratedTo, migrationsOf, rowsOf } from './recorded.ts'

/** The key of the recorded databases. */
export const secretKey = Buffer.from(Array.from({ length: 32 }, (_, at) => at)).toString('base64')

export type Release = { url: string; apiKey: string; migrations: readonly string[] }

/** Makes the database of a release on the engine, as that version would have left it. */
export async function databaseOf(engine: Engine, sqlite: Engine, version: string): Promise<Release> {
  const rows = rowsOf(version)
  const [, apiKey = ''] = /^-- API key: (\S+)$/m.exec(rows) ?? []
  const applied = migrationsOf(version)

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
