import { readConfig } from '../config.ts'
import { databaseOptions, openDatabase } from '../database/database.ts'
import { migrate, pendingMigrations } from '../database/migrate.ts'
import { type Command, print } from './command.ts'

export const migrateCommand: Command = {
  name: 'migrate',
  about: 'Bring the database up to date',
  options: { check: { type: 'boolean', about: 'only say what is missing; exit code 1 when something is' } },
  async run(input) {
    const config = readConfig()
    const database = openDatabase({ ...databaseOptions(config), poolSize: 1 })
    try {
      if (input.values['check']) {
        const pending = await pendingMigrations(database)
        print(input, { pending }, pending.length === 0 ? 'up to date' : `missing: ${pending.join(', ')}`)
        return pending.length === 0 ? 0 : 1
      }
      const applied = await migrate(database)
      print(input, { applied }, applied.length === 0 ? 'up to date' : `applied ${applied.join(', ')}`)
      return 0
    } finally {
      await database.close()
    }
  },
}
