/** The steps that mailed links and password changes share. */
import type { Caller } from '../../caller.ts'
import type { Tx } from '../../database/database.ts'
import { AppError, invalidInput } from '../../errors.ts'
import type { UserRow } from '../users/user.ts'
import type { Purpose } from './links.ts'
import type { AccountNeeds } from './needs.ts'

export type Changes = ReturnType<typeof createChanges>

type NewPassword = {
  hash: string
  /** The session that stays open. */
  keptSession?: string | null
  keepApiKeys?: boolean
  /** Whether the password is set with a mailed link. */
  isResetByMail?: boolean
}

type ChangesNeeds = Pick<AccountNeeds, 'links' | 'users' | 'passwords' | 'access' | 'audit'>

export function createChanges({ links, users, passwords, access, audit }: ChangesNeeds) {
  return {
    /**
     * Uses up a link for its active user, and locks the user until the transaction ends. As in every change that
     * revokes links, the user is locked before the link, which prevents deadlocks.
     * @throws invalid_grant
     */
    async redeem(tx: Tx, token: string, ...wanted: Purpose[]) {
      const { userId } = (await links.find(tx, token, ...wanted)) ?? {}
      const user = userId ? await users.findForChange(tx, userId) : undefined
      const link = user && (await links.redeem(tx, token, ...wanted))
      if (!link || user.disabled_at !== null || user.deleted_at !== null) throw new AppError('invalid_grant')
      return { link, user }
    },

    /** @throws invalid_input */
    checkPassword(password: string, { username, email }: UserRow): void {
      const faults = passwords.faultsOf(password, email === null ? [username] : [username, email])
      if (faults.length > 0) throw invalidInput(faults)
    },

    /** Sets a new password: other sessions and API keys end, and links are revoked. */
    async setPassword(
      tx: Tx,
      caller: Caller,
      user: UserRow,
      { hash, keptSession = null, keepApiKeys = false, isResetByMail = false }: NewPassword,
    ): Promise<void> {
      await passwords.set(tx, user.id, hash, { isResetByMail })
      const reason = 'password_changed'
      await access.endSessions(tx, caller, { userId: user.id, reason, exceptId: keptSession })
      if (!keepApiKeys) await access.revokeApiKeys(tx, caller, user.id, reason)
      await links.revokeAll(tx, user.id)
    },

    /** A stranger may own an account with an unproven address: ends all credentials except mailed links. */
    async endAccess(tx: Tx, caller: Caller, userId: string): Promise<void> {
      await passwords.remove(tx, userId)
      await access.endSessions(tx, caller, { userId, reason: 'password_changed' })
      await access.revokeApiKeys(tx, caller, userId, 'account_reclaimed')
      await access.removeFactors(tx, userId)
    },

    /** Marks the address as verified, because the user read a mail there. */
    async claimAddress(tx: Tx, caller: Caller, user: UserRow): Promise<void> {
      if (user.email_verified_at !== null) return
      await users.verifyEmail(tx, user.id, user.email_key)
      await audit.record(tx, caller, { type: 'email.verified', target: { kind: 'user', id: user.id } })
    },
  }
}

/** The caller as the owner of the account to which the link was sent. */
export function asOwner(caller: Caller, { id }: UserRow): Caller {
  return caller.userId === id ? caller : { ...caller, kind: 'user', userId: id, authMethods: ['link'] }
}
