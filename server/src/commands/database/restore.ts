import { existsSync } from 'node:fs'
import { type Fetched, withBackup } from '../../backup/fetch-backup.ts'
import { readConfig } from '../../config.ts'
import { restoreSqlite } from '../../database/sqlite/restore.ts'
import { isBucket } from '../../settings/backup.ts'
import { type Command, type Input, print, textOption, UsageError } from '../command.ts'
import { refused, yes } from '../shell/confirm.ts'

export const restore: Command = {
  name: 'restore',
  about: 'Restore a backup of the SQLite database; the service must be stopped',
  positionals: ['FILE'],
  examples: ['roster-backup.db', 's3://backups/roster/monday.db.age --identity FILE --yes'],
  options: {
    'keep-access': {
      type: 'boolean',
      about:
        'keep sessions, API keys, secrets of machines, trusted browsers and links of the backup; some may have been revoked since',
    },
    identity: {
      type: 'string',
      about:
        'file with the age identity for an encrypted backup; for a passphrase set ROSTER_BACKUP_PASSPHRASE',
    },
    ...yes,
  },
  async run(input) {
    const [from = ''] = input.positionals
    const { databaseUrl, bucketAccess, backupPassphrase } = readConfig()
    if (!databaseUrl.startsWith('sqlite:') || databaseUrl === 'sqlite::memory:')
      throw new UsageError(
        'This database is no SQLite file: restore PostgreSQL with pg_restore or your provider.',
      )
    if (!isBucket(from) && !existsSync(from)) throw new UsageError(`${from} does not exist.`)
    const target = databaseUrl.slice('sqlite:'.length)
    const identityFile = textOption(input, 'identity') ?? null
    const wanted = { from, target, identityFile, access: bucketAccess, passphrase: backupPassphrase }
    return withBackup(wanted, (fetched) => putInPlace(input, fetched, { from, target }))
  },
}

async function putInPlace(
  input: Input,
  { file, manifest }: Fetched,
  { from, target }: { from: string; target: string },
): Promise<number> {
  const keepsAccess = input.values['keep-access'] === true
  const ends = keepsAccess ? '' : ' and end every session and API key of it'
  const question = `Replace ${target} by ${from}${ends}?`
  const code = existsSync(target) ? await refused(input, question) : null
  if (code !== null) return code
  const restored = restoreSqlite(file, target, keepsAccess)
  const { sessions, apiKeys, machines, jobs, before } = restored
  print(
    input,
    restored,
    [
      manifest
        ? `the backup of ${manifest.created_at} is whole`
        : 'there is no manifest to compare the backup with',
      `restored ${from} to ${target}: ended ${sessions} sessions and revoked ${apiKeys.length} API keys`,
      ...apiKeys.map(({ id, name }) => `  ${id} ${name}`),
      ...(machines.length > 0 ? ['deleted the secrets of these machine applications; add new ones:'] : []),
      ...machines.map(({ id, name }) => `  ${id} ${name}`),
      ...(jobs > 0 ? [`cancelled ${jobs} unfinished jobs`] : []),
      before === null ? 'there was no database before' : `the database from before is ${before}`,
      'users whom you disabled or deleted after the backup are as they were; look through them',
    ].join('\n'),
  )
  return 0
}
