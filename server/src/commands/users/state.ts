/** `users disable`, `enable`, `delete` and `restore`. */
import { systemCaller } from '../../caller.ts'
import { ConfigError } from '../../config.ts'
import { argument, type Command, print, withRoster } from '../command.ts'
import { deleteRemote, restoreRemote, setStatusRemote } from '../remote/users.ts'
import { refused, yes } from '../shell/confirm.ts'
import { shownUser } from '../shell/shown-user.ts'
import { findDeleted, findUser } from './find.ts'

const setStatus = (name: 'disable' | 'enable', status: 'disabled' | 'active', about: string): Command => ({
  name: `users ${name}`,
  remote: setStatusRemote(status),
  about,
  positionals: ['USER'],
  examples: ['alice', 'alice@example.com'],
  run: (input) =>
    withRoster(async (place) => {
      const found = await findUser(place, argument(input))
      const { user } = await place.users.patch(systemCaller, { id: found.id, ifMatch: null }, { status })
      print(input, user, `${user.username} (${user.id}) is ${status} in ${place.databaseName}`)
      return 0
    }),
})

export const usersDisable = setStatus(
  'disable',
  'disabled',
  'Disable a user: end all sessions, and refuse sign-ins and API keys',
)
export const usersEnable = setStatus('enable', 'active', 'Enable a disabled user')

export const usersDelete: Command = {
  name: 'users delete',
  remote: deleteRemote,
  about: 'Move a user to the recycle bin, or erase the user with --purge',
  positionals: ['USER'],
  options: {
    purge: { type: 'boolean', about: 'erase the user permanently, with all personal data in the audit log' },
    ...yes,
  },
  examples: ['alice', 'alice@example.com --purge --yes'],
  run: (input) =>
    withRoster(async (place) => {
      const purge = input.values['purge'] === true
      const [name = ''] = input.positionals
      const deleted = purge ? await findDeleted(place, name) : []
      const user = deleted.length === 1 ? deleted[0]! : await findUser(place, name)
      const who = `${shownUser(user)} in ${place.databaseName}`
      const code = await refused(
        input,
        purge ? `Erase ${who} permanently?` : `Put ${who} into the recycle bin?`,
      )
      if (code !== null) return code
      if (purge) await place.users.purge(systemCaller, user.id, null)
      else await place.users.delete(systemCaller, user.id, null, undefined)
      print(
        input,
        { id: user.id, username: user.username, purged: purge },
        purge
          ? `erased ${who}`
          : `put ${who} into the recycle bin; \`roster users restore ${user.id}\` undoes it`,
      )
      return 0
    }),
}

export const usersRestore: Command = {
  name: 'users restore',
  remote: restoreRemote,
  about: 'Restore a user from the recycle bin',
  positionals: ['USER'],
  examples: ['alice', '01a22744-821d-7000-a5a8-0ac452a5d5b0'],
  run: (input) =>
    withRoster(async (place) => {
      const [name = ''] = input.positionals
      const [found, other] = await findDeleted(place, name)
      if (!found)
        throw new ConfigError(`There is no user ${name} in the recycle bin of ${place.databaseName}`)
      if (other)
        throw new ConfigError(`Several users in the recycle bin were called ${name}; give the id of one`)
      const { user } = await place.users.restore(systemCaller, found.id)
      print(input, user, `restored ${user.username} (${user.id}) in ${place.databaseName}`)
      return 0
    }),
}
