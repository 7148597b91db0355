/** `roster migrate --from … --to …`: moves everything from one database to another, also between the engines. */
import { existsSync } from 'node:fs'
import { ConfigError, readConfigFor } from '../../config.ts'
import { copyDatabase, countRows } from '../../database/copy/copy.ts'
import { withSnapshot } from '../../database/copy/snapshot.ts'
import { closeTarget, openTarget } from '../../database/copy/target.ts'
import { databaseOptions, openDatabase } from '../../database/open.ts'
import { databaseName, needDatabase, unmigrated } from '../../database/presence.ts'
import { searchGrams } from '../../features/users/list/search-grams.ts'
import { loadSecretKey, putSecretKey } from '../../secret-key.ts'
import { type Input, print } from '../command.ts'
import { progress } from '../shell/progress.ts'
import { UsageError } from '../usage.ts'

export async function copyTo(
  input: Input,
  fromUrl: string,
  toUrl: string,
  isOnline: boolean,
): Promise<number> {
  const source = readConfigFor(fromUrl)
  needDatabase(source)
  const key = loadSecretKey(source).bytes
  const target = readConfigFor(toUrl, key)
  const [from, to] = [databaseName(source), databaseName(target)]
  if (from === to) throw new UsageError('--from and --to name the same database.')
  if (toUrl === 'sqlite::memory:') throw new UsageError('--to must be a database that lasts.')
  await checkSource(source, from)
  const isFile = target.postgres === null
  if (isFile) putSecretKey(toUrl.slice('sqlite:'.length), key)
  const database = openDatabase({ ...databaseOptions(target), poolSize: 2 })
  try {
    await openTarget(database, to)
    const copied = await withSnapshot(databaseOptions(source), !isOnline, async (reader) => {
      const shown = progress(await countRows(reader, database), input.json)
      const show = (rows: number) => shown.show(rows, rows)
      const tables = await copyDatabase({ from: reader, to: database, gramsOf: searchGrams, progress: show })
      shown.end()
      if (!isOnline) await closeTarget(database)
      return tables
    })
    const rows = copied.reduce((sum, table) => sum + table.rows, 0)
    const next = isOnline
      ? 'Changes from now on are missing: stop the service, then run this again without --online, which copies them and finishes'
      : `Start the service with DATABASE_URL of ${to} and the same secret key${keyPlace(fromUrl, isFile)}`
    print(
      input,
      { finished: !isOnline, tables: copied },
      [
        ...copied.map(({ table, rows, sha256 }) => `${table}: ${rows} rows, ${sha256.slice(0, 16)}`),
        `copied ${rows} rows of ${copied.length} tables from ${from} to ${to}; the checksums of both are the same`,
        next,
      ].join('\n'),
    )
    return 0
  } finally {
    await database.close()
  }
}

async function checkSource(source: ReturnType<typeof readConfigFor>, name: string): Promise<void> {
  const database = openDatabase({ ...databaseOptions(source), poolSize: 1 })
  try {
    const lacking = await unmigrated(database, name)
    if (lacking !== null) throw new ConfigError(lacking)
  } finally {
    await database.close()
  }
}

/** The source of the key, if the target has no key file. */
function keyPlace(fromUrl: string, isFile: boolean): string {
  const file = `${fromUrl.slice('sqlite:'.length)}.key`
  return !isFile && fromUrl.startsWith('sqlite:') && existsSync(file)
    ? ` (ROSTER_SECRET_KEY is what stands in ${file})`
    : ''
}
