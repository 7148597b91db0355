import { ConfigError, readConfig } from '../config.ts'
import { databaseOptions, openDatabase } from '../database/database.ts'
import { migrate, pendingMigrations } from '../database/migrate.ts'
import { databaseName, missingDatabase, refuseNewKey } from '../database/presence.ts'
import { loadSecretKey } from '../secret-key.ts'
import { type Command, print } from './command.ts'

export const migrateCommand: Command = {
  name: 'migrate',
  about: 'Create the database, or bring it up to date',
  examples: ['', '--check'],
  options: { check: { type: 'boolean', about: 'only say what is missing; exit code 1 when something is' } },
  async run(input) {
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
        const pending = await pendingMigrations(database)
        print(
          input,
          { pending },
          pending.length === 0 ? `${name} is up to date` : `${name} is missing: ${pending.join(', ')}`,
        )
        return pending.length === 0 ? 0 : 1
      }
      const applied = await migrate(database)
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
