import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { storeBackup, writeBackup } from '../../backup/make-backup.ts'
import { openBucketOf } from '../../backup/places/open.ts'
import { ConfigError, readConfig } from '../../config.ts'
import { missingDatabase } from '../../database/presence.ts'
import { version } from '../../runtime/version.ts'
import { isBucket } from '../../settings/backup.ts'
import { type Command, print, UsageError } from '../command.ts'
import { encryptionOf } from '../shell/encryption.ts'

export const backup: Command = {
  name: 'backup',
  about: 'Copy the SQLite database to a file or a bucket, while the service runs',
  positionals: ['FILE'],
  options: {
    recipient: {
      type: 'string',
      multiple: true,
      about:
        'encrypt for this age recipient (age1…); by default as in ROSTER_BACKUP_RECIPIENTS and ROSTER_BACKUP_PASSPHRASE',
    },
  },
  examples: ['roster-backup.db', 's3://backups/roster/monday.db.age --recipient age1…'],
  async run(input) {
    const [target = ''] = input.positionals
    const config = readConfig()
    const encryption = encryptionOf(input)
    const { databaseUrl } = config
    if (!databaseUrl.startsWith('sqlite:'))
      throw new UsageError('This database is PostgreSQL: back it up with pg_dump or your provider.')
    const missing = missingDatabase(config)
    if (missing !== null) throw new ConfigError(missing)
    const source = databaseUrl.slice('sqlite:'.length)
    const write = (file: string) => writeBackup({ source, file, encryption, version, quiet: input.json })
    const made = isBucket(target)
      ? await sent(openBucketOf(target, config.bucketAccess), source, write)
      : await kept(target, write)
    const how = encryption === null ? '' : ', encrypted'
    print(
      input,
      { ...made, file: target, encrypted: encryption !== null },
      `wrote ${target} (${made.pages} pages${how}); keep the secret key (${source}.key or ROSTER_SECRET_KEY) with it`,
    )
    return 0
  },
}

type Write = (file: string) => ReturnType<typeof writeBackup>

/** @throws UsageError when the file exists or its folder does not */
async function kept(file: string, write: Write) {
  if (existsSync(file)) throw new UsageError(`${file} exists already.`)
  const folder = dirname(file)
  if (!existsSync(folder)) throw new UsageError(`There is no folder ${folder}.`)
  return write(file)
}

/** Uses a temporary file in the folder of the database, which has space for it and which other users cannot read. */
async function sent({ place, name }: ReturnType<typeof openBucketOf>, source: string, write: Write) {
  if (name === '') throw new UsageError('The address of the bucket ends with the name of the backup.')
  if ((await place.list()).includes(name)) throw new UsageError(`${name} exists already.`)
  const folder = mkdtempSync(`${source}.backup-`)
  try {
    const made = await write(join(folder, name))
    await storeBackup(join(folder, name), place)
    return made
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
