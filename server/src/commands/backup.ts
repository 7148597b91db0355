import { existsSync } from 'node:fs'
import { ConfigError, readConfig } from '../config.ts'
import { missingDatabase } from '../database/presence.ts'
import { backupSqlite } from '../database/sqlite/backup.ts'
import { writeManifest } from '../database/sqlite/manifest.ts'
import { version } from '../version.ts'
import { type Command, print, UsageError } from './command.ts'

export const backup: Command = {
  name: 'backup',
  about: 'Copy the SQLite database to a file, with a manifest beside it, while the service runs',
  positionals: ['FILE'],
  examples: ['roster-backup.db'],
  async run(input) {
    const [file = ''] = input.positionals
    const config = readConfig()
    const { databaseUrl } = config
    if (!databaseUrl.startsWith('sqlite:'))
      throw new UsageError('This database is PostgreSQL: back it up with pg_dump or your provider.')
    const missing = missingDatabase(config)
    if (missing !== null) throw new ConfigError(missing)
    if (existsSync(file)) throw new UsageError(`${file} exists already.`)
    const pages = await backupSqlite(databaseUrl.slice('sqlite:'.length), file, input.json)
    const manifest = await writeManifest(file, version)
    print(
      input,
      { pages, ...manifest, file },
      `wrote ${file} (${pages} pages); keep the secret key (${databaseUrl.slice('sqlite:'.length)}.key or ROSTER_SECRET_KEY) with it`,
    )
    return 0
  },
}
