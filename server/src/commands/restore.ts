import { existsSync } from 'node:fs'
import { readConfig } from '../config.ts'
import { checkManifest } from '../database/sqlite/manifest.ts'
import { restoreSqlite } from '../database/sqlite/restore.ts'
import { type Command, print, UsageError } from './command.ts'
import { refused, yes } from './shell/confirm.ts'

export const restore: Command = {
  name: 'restore',
  about: 'Put a backup in the place of the SQLite database while the service is stopped',
  positionals: ['FILE'],
  examples: ['roster-backup.db', 'roster-backup.db --yes'],
  options: {
    'keep-access': {
      type: 'boolean',
      about: 'leave sessions, API keys and links as the backup has them; some may have been revoked since',
    },
    ...yes,
  },
  async run(input) {
    const [file = ''] = input.positionals
    const { databaseUrl } = readConfig()
    if (!databaseUrl.startsWith('sqlite:') || databaseUrl === 'sqlite::memory:')
      throw new UsageError(
        'This database is no SQLite file: restore PostgreSQL with pg_restore or your provider.',
      )
    if (!existsSync(file)) throw new UsageError(`${file} does not exist.`)
    const manifest = await checkManifest(file)
    const target = databaseUrl.slice('sqlite:'.length)
    const ends = input.values['keep-access'] === true ? '' : ' and end every session and API key of it'
    const question = `Put ${file} in the place of ${target}${ends}?`
    const code = existsSync(target) ? await refused(input, question) : null
    if (code !== null) return code
    const restored = restoreSqlite(file, target, input.values['keep-access'] === true)
    const { sessions, apiKeys, before } = restored
    print(
      input,
      restored,
      [
        manifest
          ? `the backup of ${manifest.created_at} is whole`
          : 'there is no manifest to compare the backup with',
        `restored ${file} to ${target}: ended ${sessions} sessions and revoked ${apiKeys.length} API keys`,
        ...apiKeys.map(({ id, name }) => `  ${id} ${name}`),
        before === null ? 'there was no database before' : `the database from before is ${before}`,
        'users whom you disabled or deleted after the backup are as they were; look through them',
      ].join('\n'),
    )
    return 0
  },
}
