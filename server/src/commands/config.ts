import { readConfig, settingsInUse } from '../config.ts'
import { databaseName } from '../database/presence.ts'
import { type Command, print } from './command.ts'
import { table } from './shell/table.ts'

export const configCommand: Command = {
  name: 'config',
  about: 'Show all settings, where their values come from, and the database; no secrets',
  options: { set: { type: 'boolean', about: 'only those that are set' } },
  examples: ['', '--set', '--json'],
  async run(input) {
    const all = settingsInUse()
    const shown = input.values['set'] === true ? all.filter(({ source }) => source !== 'default') : all
    const rows = shown.map(({ name, value, source }) => [name, value, source])
    print(input, shown, table(['SETTING', 'VALUE', 'FROM'], rows))
    // Names every wrong setting and ends with 1.
    const name = databaseName(readConfig())
    if (!input.json) console.log(`\ncommands use ${name}`)
    return 0
  },
}
