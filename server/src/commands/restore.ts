import { existsSync } from 'node:fs'
import { readConfig } from '../config.ts'
import { restoreSqlite } from '../database/sqlite/restore.ts'
import { type Command, print, UsageError } from './command.ts'

export const restore: Command = {
  name: 'restore',
  about: 'Put a backup in the place of the SQLite database while the service is stopped',
  positionals: ['FILE'],
  examples: ['roster-backup.db'],
  options: {
    'keep-access': {
      type: 'boolean',
      about: 'leave sessions, API keys and links as the backup has them; some may have been revoked since',
    },
  },
  async run(input) {
    const [file = ''] = input.positionals
    const { databaseUrl } = readConfig()
    if (!databaseUrl.startsWith('sqlite:') || databaseUrl === 'sqlite::memory:')
      throw new UsageError(
        'This database is no SQLite file: restore PostgreSQL with pg_restore or your provider.',
      )
    if (!existsSync(file)) throw new UsageError(`${file} does not exist.`)
    const restored = restoreSqlite(
      file,
      databaseUrl.slice('sqlite:'.length),
      input.values['keep-access'] === true,
    )
    const { sessions, apiKeys, before } = restored
    print(
      input,
      restored,
      [
        `restored ${file} to ${databaseUrl.slice('sqlite:'.length)}: ended ${sessions} sessions and revoked ${apiKeys.length} API keys`,
        ...apiKeys.map(({ id, name }) => `  ${id} ${name}`),
        before === null ? 'there was no database before' : `the database from before is ${before}`,
        'users whom you disabled or deleted after the backup are as they were; look through them',
      ].join('\n'),
    )
    return 0
  },
}
