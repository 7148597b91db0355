import { systemCaller } from '../caller.ts'
import { type Command, print, withRoster } from './command.ts'

export const keysRotate: Command = {
  name: 'keys rotate',
  about: 'Make a new key for access tokens; it takes over in 24 hours, after services have fetched it',
  examples: ['', '--now'],
  options: {
    now: {
      type: 'boolean',
      about: 'emergency: it takes over at once, and all access tokens of the old keys are refused',
    },
  },
  run: (input) =>
    withRoster(
      async (roster) => {
        const { id, active_at } = await roster.signingKeys.rotate(systemCaller, input.values['now'] === true)
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
