import { systemCaller } from '../caller.ts'
import { type Command, print, readLine, requiredOption, UsageError, withRoster } from './command.ts'

export const adminCreate: Command = {
  name: 'admin create',
  about: 'Create an administrator',
  examples: ['--username ada --email ada@example.com --password-stdin < FILE'],
  options: {
    username: { type: 'string', value: 'NAME', about: 'username' },
    email: { type: 'string', value: 'ADDRESS', about: 'e-mail address; it is marked as verified' },
    'no-email': { type: 'boolean', about: 'no e-mail address; needs ROSTER_EMAIL=optional' },
    'password-stdin': { type: 'boolean', about: 'read the password from standard input' },
  },
  async run(input) {
    const username = requiredOption(input, 'username')
    const email = input.values['no-email'] ? null : requiredOption(input, 'email')
    if (!input.values['password-stdin'])
      throw new UsageError(
        'Give --password-stdin and the password on standard input, so that it stays out of the process list.',
      )
    const password = await readLine()
    return withRoster(async (roster) => {
      const { user } = await roster.users.create(systemCaller, {
        username,
        email,
        password,
        roles: ['admin', 'user'],
        email_verified: email !== null,
      })
      print(input, user, `created the administrator ${user.username} (${user.id}) in ${roster.databaseName}`)
      return 0
    })
  },
}
