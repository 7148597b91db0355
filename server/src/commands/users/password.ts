/** `users password` and `users unlock`. */
import { systemCaller } from '../../caller.ts'
import { type Command, print, readLine, UsageError, withRoster } from '../command.ts'
import { findUser } from './find.ts'

export const usersPassword: Command = {
  name: 'users password',
  about:
    'Set the password of a user, or mail the user a link to set one; a new password ends all sessions and API keys',
  positionals: ['USER'],
  options: {
    stdin: { type: 'boolean', about: 'read the new password from standard input' },
    'send-link': { type: 'boolean', about: 'mail the user a link; the running service sends it' },
  },
  examples: ['alice --send-link', 'ada --stdin < FILE'],
  async run(input) {
    const byLink = input.values['send-link'] === true
    if (byLink === (input.values['stdin'] === true)) throw new UsageError('Give --stdin or --send-link.')
    const password = byLink ? '' : await readLine()
    return withRoster(async (place) => {
      const { id, username, email } = await findUser(place, input.positionals[0]!)
      const { account, operator } = place.features
      if (byLink) await account.sendPasswordLink(systemCaller, id)
      else await operator.setPassword(id, password)
      const done = byLink
        ? `queued a mail with a link to ${email}`
        : 'set the password; all sessions and API keys ended'
      print(input, { id, username, sent: byLink }, `${done} (${username}, ${id}, in ${place.databaseName})`)
      return 0
    })
  },
  async remote(input, remote) {
    if (input.values['send-link'] !== true || input.values['stdin'] === true)
      throw new UsageError(
        'Over HTTP the password of another user is set by a link alone: give --send-link, and not --stdin.',
      )
    const { id, username, email } = await remote.user(input.positionals[0]!)
    await remote.call('POST', `/users/${id}/password-reset`)
    print(
      input,
      { id, username, sent: true },
      `queued a mail with a link to ${email} (${username}, ${id}, at ${remote.url})`,
    )
    return 0
  },
}

export const usersUnlock: Command = {
  name: 'users unlock',
  about: 'Forget the wrong passwords of a user and end the delay that they caused',
  positionals: ['USER'],
  examples: ['alice'],
  run: (input) =>
    withRoster(async (place) => {
      const { id, username } = await findUser(place, input.positionals[0]!)
      await place.features.status.unlock(systemCaller, id)
      print(
        input,
        { id, username },
        `forgot the wrong passwords of ${username} (${id}) in ${place.databaseName}`,
      )
      return 0
    }),
  async remote(input, remote) {
    const { id, username } = await remote.user(input.positionals[0]!)
    await remote.call('POST', `/users/${id}/unlock`)
    print(input, { id, username }, `forgot the wrong passwords of ${username} (${id}) at ${remote.url}`)
    return 0
  },
}
