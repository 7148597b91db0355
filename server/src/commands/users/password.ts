/** `users password` and `users unlock`. */
import { systemCaller } from '../../caller.ts'
import { argument, type Command, type Input, print, readLine, UsageError, withRoster } from '../command.ts'
import { findUser } from './find.ts'

export const usersPassword: Command = {
  name: 'users password',
  about:
    'Set the password of a user, or send a link to set one; a new password ends all sessions and API keys',
  positionals: ['USER'],
  options: {
    stdin: { type: 'boolean', about: 'read the new password from standard input' },
    'send-link': { type: 'boolean', about: 'mail the user a link; the running service sends it' },
    'must-change': {
      type: 'boolean',
      about: 'the user must replace the password of --stdin or, without --stdin, the current one',
    },
  },
  examples: ['alice --send-link', 'ada --stdin < FILE', 'ada --must-change'],
  async run(input) {
    const { byLink, bySetting, mustChange } = waysOf(input)
    const password = bySetting ? await readLine() : ''
    return withRoster(async (place) => {
      const { id, username, email } = await findUser(place, argument(input))
      const { account, operator } = place.features
      if (byLink) await account.sendPasswordLink(systemCaller, id)
      else if (bySetting) await operator.setPassword(id, password, mustChange)
      else await place.users.patch(systemCaller, { id, ifMatch: null }, { must_change_password: true })
      const done = byLink
        ? `queued a mail with a link to ${email}`
        : bySetting
          ? 'set the password; all sessions and API keys ended'
          : 'the user has to replace the password'
      print(input, { id, username, sent: byLink }, `${done} (${username}, ${id}, in ${place.databaseName})`)
      return 0
    })
  },
  async remote(input, remote) {
    const { byLink, bySetting } = waysOf(input)
    if (bySetting)
      throw new UsageError(
        'Over HTTP the password of another user is set by a link alone: give --send-link, and not --stdin.',
      )
    const { id, username, email } = await remote.user(argument(input))
    if (byLink) await remote.call('POST', `/users/${id}/password-reset`)
    else await remote.call('PATCH', `/users/${id}`, { must_change_password: true })
    const done = byLink ? `queued a mail with a link to ${email}` : 'the user has to replace the password'
    print(input, { id, username, sent: byLink }, `${done} (${username}, ${id}, at ${remote.url})`)
    return 0
  },
}

/** @throws UsageError when the options do not fit together */
function waysOf({ values }: Input) {
  const byLink = values['send-link'] === true
  const bySetting = values['stdin'] === true
  const mustChange = values['must-change'] === true
  if (byLink ? bySetting || mustChange : !(bySetting || mustChange))
    throw new UsageError('Give --stdin, --send-link or --must-change; --must-change also goes with --stdin.')
  return { byLink, bySetting, mustChange }
}

export const usersUnlock: Command = {
  name: 'users unlock',
  about: 'Reset the counters of wrong passwords of a user',
  positionals: ['USER'],
  examples: ['alice'],
  run: (input) =>
    withRoster(async (place) => {
      const { id, username } = await findUser(place, argument(input))
      await place.features.status.unlock(systemCaller, id)
      print(
        input,
        { id, username },
        `forgot the wrong passwords of ${username} (${id}) in ${place.databaseName}`,
      )
      return 0
    }),
  async remote(input, remote) {
    const { id, username } = await remote.user(argument(input))
    await remote.call('POST', `/users/${id}/unlock`)
    print(input, { id, username }, `forgot the wrong passwords of ${username} (${id}) at ${remote.url}`)
    return 0
  },
}
