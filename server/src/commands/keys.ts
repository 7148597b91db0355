import { systemCaller } from '../caller.ts'
import { type Command, print, withRoster } from './command.ts'

export const keysRotate: Command = {
  name: 'keys rotate',
  about: 'Make a new key for access tokens; it signs in a day, when everybody knows it',
  options: {
    now: {
      type: 'boolean',
      about: 'emergency: it signs at once, and all access tokens of the old keys are refused',
    },
  },
  run: (input) =>
    withRoster(async (roster) => {
      const { id, active_at } = await roster.signingKeys.rotate(systemCaller, input.values['now'] === true)
      print(input, { id, active_at }, `made the key ${id}; it signs from ${active_at}`)
      return 0
    }),
}
