import { ConfigError, readConfig } from '../../config.ts'
import type { Database } from '../../database/database.ts'
import { type MigrateOptions, migrate, pendingMigrations } from '../../database/migrate.ts'
import { databaseOptions, openDatabase } from '../../database/open.ts'
import { databaseName, missingDatabase, refuseNewKey } from '../../database/presence.ts'
import { type Upgrade, upgradeBy } from '../../database/upgrade.ts'
import { loadSecretKey } from '../../secret-key.ts'
import { type Command, type Input, print, textOption } from '../command.ts'
import { UsageError } from '../usage.ts'
import { copyTo } from './copy-database.ts'

export const migrateCommand: Command = {
  name: 'migrate',
  about: 'Create or migrate the database, or move everything to another one',
  examples: ['', '--check', '--to postgres://roster@db.example.com/roster'],
  options: {
    check: {
      type: 'boolean',
      about: 'only show the missing migrations and their estimated duration; exit code 1 if there are any',
    },
    to: {
      type: 'string',
      value: 'URL',
      about: 'copy everything to this new database and compare checksums; a repeated run continues',
    },
    from: { type: 'string', value: 'URL', about: 'the database to copy; DATABASE_URL by default' },
    online: {
      type: 'boolean',
      about:
        'copy while the service runs; then stop it and run again without this option to copy the changes',
    },
  },
  async run(input) {
    const to = textOption(input, 'to')
    if (to !== undefined)
      return copyTo(
        input,
        textOption(input, 'from') ?? readConfig().databaseUrl,
        to,
        input.values['online'] === true,
      )
    if (input.values['from'] !== undefined || input.values['online'])
      throw new UsageError('--to is missing: where everything is copied to.')
    const config = readConfig()
    const name = databaseName(config)
    const isCheck = input.values['check'] === true
    const missing = isCheck ? missingDatabase(config) : null
    if (missing !== null) throw new ConfigError(missing)
    if (!isCheck) {
      refuseNewKey(config)
      loadSecretKey(config)
    }
    const database = openDatabase({ ...databaseOptions(config), poolSize: 1 })
    try {
      if (isCheck) {
        const upgrade = await upgradeBy(database, await pendingMigrations(database))
        const { pending } = upgrade
        print(
          input,
          upgrade,
          pending.length === 0
            ? `${name} is up to date`
            : `${name} is missing: ${pending.join(', ')}${timeNeeded(upgrade)}`,
        )
        return pending.length === 0 ? 0 : 1
      }
      const applied = await migrate(database, shownSteps(input, database, name))
      print(
        input,
        { applied },
        applied.length === 0 ? `${name} is up to date` : `applied to ${name}: ${applied.join(', ')}`,
      )
      return 0
    } finally {
      await database.close()
    }
  },
}

/** Prints the progress of a long upgrade to standard error. */
function shownSteps(input: Input, database: Database, name: string): MigrateOptions {
  let isShown = false
  return {
    async begin(pending) {
      const needed = timeNeeded(await upgradeBy(database, pending))
      isShown = !input.json && needed !== ''
      if (isShown) process.stderr.write(`upgrading ${name}${needed}\n`)
    },
    report(migration, seconds) {
      if (isShown) process.stderr.write(`${migration}: ${seconds.toFixed(1)} s\n`)
    },
  }
}

/** Empty for a short upgrade. */
function timeNeeded({ users, seconds }: Upgrade): string {
  return seconds <= 1 ? '' : `; with ${users} users this takes about ${seconds} s`
}
