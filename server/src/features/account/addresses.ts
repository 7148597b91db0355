/** Links that verify an address or change it. */
import { type Caller, isSelf } from '../../caller.ts'
import { duplicateIndex, type Tx } from '../../database/database.ts'
import { AppError } from '../../errors.ts'
import type { UserRow } from '../users/user.ts'
import { asOwner, type Changes } from './changes.ts'
import type { Purpose } from './links.ts'
import type { AccountNeeds } from './needs.ts'

type Proof = { password?: string; new_password?: string }

/** Runs in the transaction of the change. */
type Prove = (tx: Tx, user: UserRow) => Promise<void>

export function createAddresses(needs: AccountNeeds, changes: Changes) {
  const { database, links, mail, audit, passwords, users, access } = needs

  const findOwner = async (token: string, purpose: Purpose): Promise<UserRow> => {
    const found = await links.find(database.read, token, purpose)
    const owner = found?.userId ? await users.find(found.userId) : undefined
    if (!owner) throw new AppError('invalid_grant')
    return owner
  }

  const takeOver =
    (self: Caller, hash: string): Prove =>
    async (tx, user) => {
      // As with a reset, the reader has proven only access to the mailbox.
      await changes.setPassword(tx, self, user, { hash, isResetByMail: true })
      await access.removeFactors(tx, user.id)
      await mail.passwordChanged(tx, user)
      await audit.record(tx, self, { type: 'password.changed', target: { kind: 'user', id: user.id } })
    }

  /**
   * Decides whether the reader of a link owns the account. The link alone does not prove this: a stranger can enter the
   * address of the reader at sign-up, or as the new address of an account. A session or the password of the account
   * proves it. If a new password is allowed, the reader can send one and take over the account.
   * @throws reauthentication_required, invalid_credentials, invalid_input, too_many_requests, overloaded
   */
  const proveOwnership = async (
    caller: Caller,
    owner: UserRow,
    { password, new_password: newPassword, mayTakeOver }: Proof & { mayTakeOver: boolean },
  ): Promise<Prove> => {
    const self = asOwner(caller, owner)
    if (needs.verifyWithoutPassword || isSelf(caller, owner.id)) return async () => {}
    if (password !== undefined) return passwords.confirm(self, owner.id, password)
    if (mayTakeOver && newPassword !== undefined) {
      changes.checkPassword(newPassword, owner)
      return takeOver(self, await passwords.hash(newPassword))
    }
    // A stranger may have signed up with the address through another provider and then kept only a passkey.
    const hasWayIn = (await passwords.has(owner.id)) || (await needs.hasOtherWayIn(owner.id))
    if (mayTakeOver && !hasWayIn) return (tx, user) => changes.endAccess(tx, self, user.id)
    throw new AppError('reauthentication_required', {
      detail: mayTakeOver
        ? 'Send the password of the account, or a new one if you do not know it.'
        : 'Send the password of the account, or sign in to the account first.',
      members: { methods: mayTakeOver ? ['password', 'new_password'] : ['password'] },
    })
  }

  return {
    /**
     * Verifies an address with the link of a mail.
     * @throws invalid_grant, also when the user has another address now; reauthentication_required, invalid_credentials,
     * invalid_input (the link remains valid), overloaded
     */
    async verifyEmail(caller: Caller, token: string, proof: Proof): Promise<void> {
      const owner = await findOwner(token, 'verify_email')
      const self = asOwner(caller, owner)
      const prove = await proveOwnership(caller, owner, { ...proof, mayTakeOver: true })
      await database.transaction(async (tx) => {
        const { link, user } = await changes.redeem(tx, token, 'verify_email')
        await prove(tx, user)
        if (!(await users.verifyEmail(tx, user.id, link.emailKey ?? ''))) throw new AppError('invalid_grant')
        await links.revokeOf(tx, user.id, 'verify_email')
        await audit.record(tx, self, { type: 'email.verified', target: { kind: 'user', id: user.id } })
      })
    },

    /**
     * Sets the confirmed new address. Other sessions and links end, and the old address gets a notice. A new password is
     * not accepted as proof: otherwise the reader of a mistyped address would get the account.
     * @throws invalid_grant, email_taken, reauthentication_required, invalid_credentials (the link remains valid),
     * overloaded
     */
    async confirmEmail(caller: Caller, token: string, proof: Pick<Proof, 'password'>): Promise<void> {
      const owner = await findOwner(token, 'change_email')
      const self = asOwner(caller, owner)
      const prove = await proveOwnership(caller, owner, { ...proof, mayTakeOver: false })
      const changed = database.transaction(async (tx) => {
        const { link, user } = await changes.redeem(tx, token, 'change_email')
        await prove(tx, user)
        const before = await users.setEmail(tx, user.id, link.email ?? '')
        if (!before) throw new AppError('invalid_grant')
        const kept = isSelf(caller, user.id) ? caller.sessionId : null
        await access.endSessions(tx, self, { userId: user.id, reason: 'email_changed', exceptId: kept })
        await links.revokeAll(tx, user.id)
        await mail.emailChanged(tx, before)
        await audit.record(tx, self, { type: 'email.changed', target: { kind: 'user', id: user.id } })
      })
      await changed.catch((error) => {
        throw duplicateIndex(error) === undefined ? error : new AppError('email_taken')
      })
    },
  }
}
