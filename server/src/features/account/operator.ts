/**
 * Sets passwords of other users: by the operator on the command line, and by administrators for users without an address.
 */
import { type Caller, systemCaller } from '../../caller.ts'
import { AppError } from '../../errors.ts'
import type { UserRow } from '../users/user.ts'
import { createChanges } from './changes.ts'
import type { AccountNeeds } from './needs.ts'

export type OperatorNeeds = Pick<
  AccountNeeds,
  'database' | 'links' | 'users' | 'access' | 'audit' | 'mail' | 'attempts' | 'passwords' | 'needProof'
>

export function createOperator(needs: OperatorNeeds) {
  const { database, users, passwords, attempts, audit, mail } = needs
  const { checkPassword, setPassword } = createChanges(needs)

  /** @param before the user at the time of the permission check */
  const handOut = async (caller: Caller, before: UserRow, password: string, mustChange: boolean) => {
    checkPassword(password, before)
    const hash = await passwords.hash(password)
    await database.transaction(async (tx) => {
      // While the password was hashed, the user may have got an address or more rights, and the caller may have lost
      // rights.
      const user = await users.mayManageNow(tx, caller, before.id, 'users:write')
      if (caller.kind !== 'system') needNoAddress(user)
      await setPassword(tx, caller, user, { hash })
      if (mustChange) await passwords.setMustChange(tx, user.id, true)
      await attempts.forgive(tx, user.id, [user.username_key, user.email_key, user.id], '')
      await mail.passwordChanged(tx, user)
      await audit.record(tx, caller, {
        type: 'password.changed',
        target: { kind: 'user', id: user.id },
      })
    })
  }

  return {
    /**
     * Sets the password of a user. With `mustChange` the user must replace it. All sessions and API keys of the user end,
     * and the user gets a mail.
     * @throws not_found, invalid_input, overloaded
     */
    async setPassword(userId: string, password: string, mustChange = false): Promise<void> {
      const before = await users.find(userId)
      if (!before) throw new AppError('not_found')
      await handOut(systemCaller, before, password, mustChange)
    },

    /**
     * The same by an administrator, for a user without an address. The user must replace the password.
     * @throws not_found, permission_not_held, forbidden for a user with an address, reauthentication_required,
     * invalid_input, overloaded
     */
    async handOutPassword(caller: Caller, userId: string, password: string): Promise<void> {
      const before = await users.mayManage(caller, userId, 'users:write')
      needNoAddress(before)
      await needs.needProof(caller)
      await handOut(caller, before, password, true)
    },
  }
}

/** @throws forbidden */
function needNoAddress({ email }: UserRow): void {
  if (email !== null)
    throw new AppError('forbidden', {
      detail: 'Only the user may choose the password. Send them a link with POST /users/{id}/password-reset.',
    })
}
