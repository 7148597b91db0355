import { systemCaller } from '../caller.ts'
import { type Command, print, withRoster } from './command.ts'
import { refused, yes } from './shell/confirm.ts'

export const keysRotate: Command = {
  name: 'keys rotate',
  about: 'Make a new key for access tokens; it takes over in 24 hours, after services have fetched it',
  examples: ['', '--now --yes'],
  options: {
    now: {
      type: 'boolean',
      about: 'emergency: it takes over at once, and all access tokens of the old keys are refused',
    },
    ...yes,
  },
  run: (input) =>
    withRoster(
      async (roster) => {
        const now = input.values['now'] === true
        const question = `Sign with a new key at once, and refuse every access token of ${roster.databaseName}?`
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
