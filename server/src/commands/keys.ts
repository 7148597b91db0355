import { systemCaller } from '../caller.ts'
import { type Command, print, withRoster } from './command.ts'
import { refused, yes } from './shell/confirm.ts'
import { table } from './shell/table.ts'

export const keysList: Command = {
  name: 'keys list',
  about: 'List the keys that sign tokens, newest first',
  examples: ['', '--json'],
  run: (input) =>
    withRoster(async ({ signingKeys }) => {
      const keys = await signingKeys.list()
      const rows = keys.map((key) => [key.id, key.algorithm, key.state, key.active_at, key.retired_at])
      print(input, keys, table(['ID', 'ALGORITHM', 'STATE', 'SIGNS FROM', 'PUBLISHED UNTIL'], rows))
      return 0
    }),
}

export const keysRotate: Command = {
  name: 'keys rotate',
  about: 'Make a new signing key for access tokens; it signs after 24 hours, when services have fetched it',
  examples: ['', '--now --yes'],
  options: {
    now: {
      type: 'boolean',
      about: 'emergency: the new key signs immediately, and all access tokens of the old keys are refused',
    },
    ...yes,
  },
  run: (input) =>
    withRoster(
      async (roster) => {
        const now = input.values['now'] === true
        const question = `Sign with a new key now, and refuse every access token of ${roster.databaseName}?`
        const code = now ? await refused(input, question) : null
        if (code !== null) return code
        const { id, active_at } = await roster.signingKeys.rotate(systemCaller, now)
        print(
          input,
          { id, active_at },
          `made the key ${id} in ${roster.databaseName}; it signs from ${active_at}`,
        )
        return 0
      },
      { anyKey: input.values['now'] === true },
    ),
}
