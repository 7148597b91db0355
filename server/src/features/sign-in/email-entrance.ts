/** Sign-in with the code or the link of a mail. A second factor is required as after a password. */
import type { Caller } from '../../caller.ts'
import type { Tx } from '../../database/database.ts'
import { AppError } from '../../errors.ts'
import { type Admission, passHook } from './hook.ts'
import type { EmailEntrance, SignInNeeds } from './needs.ts'

export function createEmailEntrance<Opened>(
  needs: Pick<
    SignInNeeds,
    'database' | 'users' | 'attempts' | 'challenges' | 'emailSignIns' | 'claimByMail' | 'beforeSignIn'
  >,
  parts: {
    open(
      tx: Tx,
      self: Caller,
      entering: { userId: string; admission: Admission; isNewNetwork: boolean },
    ): Promise<Opened>
    /** Begins the second step. @returns its challenge */
    beginSecondStep(tx: Tx, self: Caller, userId: string, admission: Admission): Promise<string>
    noteFailure(caller: Caller, accountId: string | undefined, reason: string): void
  },
) {
  const { database, users, challenges, emailSignIns } = needs

  /**
   * @returns the session, or the challenge of the second step
   * @throws invalid_grant for an unknown or expired challenge; invalid_code
   */
  return async (caller: Caller, entrance: EmailEntrance) => {
    const owner = await emailSignIns.ownerOf(entrance)
    const admission =
      owner === null
        ? undefined
        : await passHook(needs.beforeSignIn(caller, owner, 'email'), (reason) =>
            parts.noteFailure(caller, owner, reason),
          )
    const result = await database.transaction(async (tx) => {
      const found = await emailSignIns.redeem(tx, entrance)
      if ('failed' in found) return found
      const { userId } = found
      // The hook admitted the user that the look-up found; no other user may sign in.
      if (admission === undefined || userId !== owner) return { failed: 'over', userId } as const
      const account = await users.hold(tx, userId)
      // The address may have changed since the mail was sent. The reader of the former address must not sign in.
      if (!account || account.deleted_at !== null || account.email_key !== found.emailKey)
        return { failed: 'over', userId } as const
      if (account.disabled_at !== null) return { failed: 'over', userId, reason: 'disabled_account' } as const
      const self: Caller = { ...caller, kind: 'user', userId, authMethods: ['email'] }
      const isReclaimed = await needs.claimByMail(tx, self, userId)
      if (!isReclaimed && (await challenges.isRequired(userId, tx)))
        return { userId, challenge: await parts.beginSecondStep(tx, self, userId, admission) }
      const isNewNetwork = await needs.attempts.enter(tx, userId, caller.address ?? '')
      return { userId, opened: await parts.open(tx, self, { userId, admission, isNewNetwork }) }
    })
    if ('failed' in result) {
      const reason = 'reason' in result ? result.reason : `${result.failed}_email_code`
      parts.noteFailure(caller, result.userId ?? undefined, reason)
      throw new AppError(result.failed === 'wrong' ? 'invalid_code' : 'invalid_grant')
    }
    return result
  }
}
