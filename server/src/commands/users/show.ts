import { systemCaller } from '../../caller.ts'
import type { User } from '../../features/users/user.ts'
import { argument, type Command, type Place, print, withRoster } from '../command.ts'
import { showRemote } from '../remote/users.ts'
import { sheet } from '../shell/table.ts'
import { findUser } from './find.ts'

export const usersShow: Command = {
  name: 'users show',
  remote: showRemote,
  about: 'Show a user, and what prevents the user from signing in',
  positionals: ['USER'],
  examples: ['alice', 'alice@example.com --json'],
  run: (input) =>
    withRoster(async (place) => {
      const user = await findUser(place, argument(input))
      const access = await accessOf(place, user)
      const { metadata, profile, roles, ...fields } = user
      const { password, last_failure: failure } = access
      const obstacles = access.reasons.join(' ') || 'nothing'
      print(
        input,
        { ...user, access },
        sheet({
          ...fields,
          roles: roles.join(', '),
          metadata: JSON.stringify(metadata),
          profile: JSON.stringify(profile),
          password: `${password.state}${password.wrong_attempts > 0 ? `, ${password.wrong_attempts} wrong since` : ''}`,
          'second factor': access.second_factors.join(', '),
          sessions: access.sessions,
          'api keys': access.api_keys,
          'last failure': failure && `${failure.at} ${failure.reason ?? ''}`,
          'prevents sign-in': obstacles,
        }),
      )
      return 0
    }),
}

/** The remedy for each obstacle. */
const remedies = {
  disabled: (name: string) => `The account is disabled: roster users enable ${name}.`,
  unverified_email: (_: string, email: string | null) =>
    email === null
      ? 'There is no e-mail address, and ROSTER_REQUIRE_VERIFIED_EMAIL=true.'
      : 'The e-mail address is not verified, and ROSTER_REQUIRE_VERIFIED_EMAIL=true.',
  no_password: (name: string, email: string | null) =>
    `There is no password: roster users password ${name} ${email === null ? '--stdin --must-change' : '--send-link'}.`,
  password_switched_off: (name: string) =>
    `Too many wrong passwords closed the password, except for networks where the user has signed in recently: roster users unlock ${name}.`,
  delayed: (name: string) => `Sign-ins have to wait after wrong passwords: roster users unlock ${name}.`,
} as const

/** How the user signs in, and every reason that prevents it. */
async function accessOf({ features }: Place, user: User) {
  const { sessions, factors, apiKeys, status } = features
  const [{ obstacles, ...rest }, open, { totp, recovery_codes }, keys] = await Promise.all([
    status.get(systemCaller, user.id),
    sessions.list(systemCaller, user.id),
    factors.listOf(user.id),
    apiKeys.list(systemCaller, { user: user.id }, { limit: 1000, position: null, direction: 'next' }),
  ])
  const second_factors = [
    ...(totp ? ['authenticator app'] : []),
    ...(recovery_codes ? [`${recovery_codes.left} recovery codes`] : []),
  ]
  const reasons = obstacles.map((obstacle) => remedies[obstacle](user.username, user.email))
  return { ...rest, second_factors, sessions: open.length, api_keys: keys.length, obstacles, reasons }
}
