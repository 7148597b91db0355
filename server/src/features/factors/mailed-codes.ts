/**
 * The mailed code as the second step, for users who must have a factor and have none. A mailed code does not complete a
 * sign-in whose first step relied on the mailbox; then the user must add a factor.
 */

import { timingSafeEqual } from 'node:crypto'
import type { Caller } from '../../caller.ts'
import { newBytes } from '../../clock.ts'
import type { Tx } from '../../database/database.ts'
import { sha256 } from '../../encoding/sha256.ts'
import { AppError } from '../../errors.ts'
import type { AccountMail } from '../account/account-mail.ts'
import type { MailBudgets } from '../account/mail-budgets.ts'
import type { Passwords } from '../passwords/service.ts'
import type { RoleLookup } from '../roles/lookup.ts'
import type { UserLookup } from '../users/lookup.ts'
import type { FactorPolicy } from './policy.ts'
import type { ChallengeRow, FactorStore } from './store.ts'
import type { Verdict } from './verification.ts'

type Account = { email_key: string; email: string | null; email_verified_at: string | null }

export type MailedCodeNeeds = {
  /** Whether the operator allows it, and mails are sent. */
  byMail: boolean
  users: Pick<UserLookup, 'find'>
  rolesOf: RoleLookup['heldBy']
  /** Every transaction takes this lock first. */
  hold: UserLookup['findForChange']
  wasResetByMail: Passwords['wasResetByMail']
  budgets: Pick<MailBudgets, 'mayMailSecondStep' | 'mayTrySecondStep' | 'secondStepWasRight'>
  sendCode: AccountMail['secondStepCode']
}

/** The code is valid as long as its challenge. */
const validity = { seconds: 600 }

export type MailedCodes = ReturnType<typeof createMailedCodes>

export function createMailedCodes(needs: MailedCodeNeeds, store: FactorStore, policy: FactorPolicy) {
  const { byMail, budgets } = needs

  /** Whether the code proves more than the first step. */
  const adds = async (account: Account | undefined, userId: string, first: string, tx?: Tx) =>
    account !== undefined &&
    account.email !== null &&
    account.email_verified_at !== null &&
    first !== 'email' &&
    (first !== 'pwd' || !(await needs.wasResetByMail(userId, tx))) &&
    !(await store.isRequired(userId, tx))

  return {
    /** Whether a mailed code is the second step after a first step with this method. */
    async isDue(userId: string, first: string): Promise<boolean> {
      if (!byMail || !(await adds(await needs.users.find(userId), userId, first))) return false
      return (await policy.stateOf(userId, await needs.rolesOf(userId))).overdue
    },

    /**
     * Mails a code for the challenge, in the transaction that creates it.
     * @returns the stored columns, or the seconds to wait when too many mails were sent
     * @throws invalid_credentials when the account has changed since `isDue`
     */
    async send(
      tx: Tx,
      caller: Caller,
      userId: string,
      { challenge, expiresAt }: { challenge: string; expiresAt: string },
    ): Promise<{ code_hash: string; email_key: string } | { waitSeconds: number }> {
      const account = await needs.hold(tx, userId)
      if (!account || !(await adds(account, userId, caller.authMethods[0] ?? '', tx)))
        throw new AppError('invalid_credentials')
      const { email_key } = account
      const waitSeconds = await budgets.mayMailSecondStep(tx, caller, email_key, userId)
      if (waitSeconds > 0) return { waitSeconds }
      const code = newCode()
      await needs.sendCode(tx, userId, { code, validity, expiresAt })
      return { code_hash: codeHash(challenge, code), email_key }
    },

    /**
     * Compares a code; the user and the challenge must be locked. Wrong codes are counted for the account.
     * @throws invalid_grant when the account got a factor or another address after the mail
     */
    async check(tx: Tx, row: ChallengeRow, challenge: string, code: string): Promise<Verdict> {
      const { user_id: userId, code_hash, email_key } = row
      const wrong = { kind: 'wrong', refusal: new AppError('invalid_code') } as const
      if (code_hash === null) return wrong
      const account = await needs.hold(tx, userId)
      if (
        !byMail ||
        account?.email_key !== email_key ||
        !(await adds(account, userId, row.first_method ?? 'pwd', tx))
      )
        throw new AppError('invalid_grant')
      const retryAfterSeconds = await budgets.mayTrySecondStep(tx, userId)
      if (retryAfterSeconds > 0)
        return { kind: 'refused', refusal: new AppError('too_many_requests', { retryAfterSeconds }) }
      const given = codeHash(challenge, code.replace(/[\s-]/g, ''))
      if (!timingSafeEqual(Buffer.from(code_hash), Buffer.from(given))) return wrong
      await budgets.secondStepWasRight(tx, userId)
      return { kind: 'right' }
    },
  }
}

/** Six digits. */
function newCode(): string {
  return String(newBytes(6).readUIntBE(0, 6) % 1_000_000).padStart(6, '0')
}

/** The challenge is stored only as a hash, so a copy of the database does not reveal the code. */
function codeHash(challenge: string, code: string): string {
  return sha256(`${challenge} ${code}`)
}
