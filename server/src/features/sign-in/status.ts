/** Shows why a user cannot sign in, and lets an administrator end temporary delays. */
import { type Caller, supporting } from '../../caller.ts'
import type { Database } from '../../database/database.ts'
import type { Attempts } from '../attempts/service.ts'
import type { Audit } from '../audit/service.ts'
import type { Challenges } from '../factors/challenges.ts'
import type { Passwords } from '../passwords/service.ts'
import type { Proof } from '../proof/service.ts'
import type { UserLookup } from '../users/lookup.ts'
import type { UserRow } from '../users/user.ts'

export type SignInStatus = {
  obstacles: ('disabled' | 'unverified_email' | 'no_password' | 'password_switched_off' | 'delayed')[]
  password: {
    state: Awaited<ReturnType<Passwords['stateOf']>>['state']
    changed_at: string | null
    wrong_attempts: number
  }
  delayed_until: string | null
  email_verified: boolean
  second_factor: boolean
  last_failure: { at: string; reason: string | null } | null
}

export type StatusNeeds = {
  database: Database
  requireVerifiedEmail: boolean
  users: Pick<UserLookup, 'mayManage' | 'mayManageNow' | 'holdsPermissions'>
  needProof: Proof['need']
  passwords: Pick<Passwords, 'stateOf' | 'forgetFailures'>
  attempts: Pick<Attempts, 'delayedUntil' | 'unlock'>
  challenges: Pick<Challenges, 'isRequired'>
  audit: Pick<Audit, 'record' | 'listLatestAbout'>
}

const failure = 'auth.login.failure'

export type Status = ReturnType<typeof createStatus>

export function createStatus(needs: StatusNeeds) {
  const { users, passwords, attempts, audit } = needs
  const namesOf = (account: UserRow) => [account.username_key, account.email_key]
  /** The IP addresses of recent failed sign-ins. */
  const addressesOf = (events: readonly { address: string | null }[]) => [
    ...new Set(events.flatMap(({ address }) => address ?? [])),
  ]

  const read = async (account: UserRow): Promise<SignInStatus> => {
    const { id } = account
    const [password, secondFactor, failures] = await Promise.all([
      passwords.stateOf(id),
      needs.challenges.isRequired(id),
      audit.listLatestAbout(id, failure),
    ])
    const delayedUntil = await attempts.delayedUntil(id, namesOf(account), addressesOf(failures))
    const isVerified = account.email_verified_at !== null
    const [last] = failures
    const found: [boolean, SignInStatus['obstacles'][number]][] = [
      [account.disabled_at !== null, 'disabled'],
      [needs.requireVerifiedEmail && !isVerified, 'unverified_email'],
      [password.state === 'none', 'no_password'],
      [password.state === 'switched_off', 'password_switched_off'],
      [delayedUntil !== null, 'delayed'],
    ]
    return {
      obstacles: found.flatMap(([is, obstacle]) => (is ? [obstacle] : [])),
      password: { state: password.state, changed_at: password.changedAt, wrong_attempts: password.failures },
      delayed_until: delayedUntil,
      email_verified: isVerified,
      second_factor: secondFactor,
      last_failure: last ? { at: last.at, reason: last.reason } : null,
    }
  }

  return {
    /** @throws not_found; permission_not_held when the user has more rights than the caller */
    get: async (caller: Caller, userId: string): Promise<SignInStatus> =>
      read(await users.mayManage(caller, userId, 'users:read')),

    /**
     * Resets the counters of wrong passwords and ends their delays. This applies to the networks of recent failures,
     * and to all networks that the account does not know. For a user with permissions it needs a fresh proof: with a
     * stolen session, an attacker could guess the password of an administrator without a limit.
     * @throws not_found, reauthentication_required; permission_not_held when the user has more rights than the caller
     */
    async unlock(caller: Caller, userId: string): Promise<SignInStatus> {
      const account = await users.mayManage(caller, userId, supporting)
      if (await users.holdsPermissions(userId)) await needs.needProof(caller)
      const addresses = addressesOf(await audit.listLatestAbout(userId, failure))
      await needs.database.transaction(async (tx) => {
        const current = await users.mayManageNow(tx, caller, userId, supporting)
        await passwords.forgetFailures(tx, userId)
        await attempts.unlock(tx, userId, namesOf(current), addresses)
        await audit.record(tx, caller, { type: 'user.unlocked', target: { kind: 'user', id: userId } })
      })
      return read(account)
    },
  }
}
