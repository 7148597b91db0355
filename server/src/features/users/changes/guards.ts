/** The invariants of every write to users: names are unique, and at least one administrator remains. */
import { duplicateIndex, isDangling, type Tx } from '../../../database/database.ts'
import { AppError, type Fault, invalidInput } from '../../../errors.ts'
import type { UsersNeeds } from '../needs.ts'
import type { UserStore } from '../store.ts'
import { type NewUserRow, rolesOf, type UserRow } from '../user.ts'

export type Names = Pick<NewUserRow, 'username_key' | 'email_key' | 'external_id'>
export type Guards = ReturnType<typeof createGuards>

/** Roles are looked up before the transaction. The foreign key decides whether they still exist. */
export const goneRole: Fault = {
  pointer: '/roles',
  code: 'unknown_role',
  detail: 'One of the roles was deleted during the request.',
}

export function createGuards({ database, passwords, requireVerifiedEmail }: UsersNeeds, store: UserStore) {
  /**
   * @throws username_taken, email_taken or external_id_taken when another user than `exceptId` has the name; users in
   * the recycle bin do not count
   */
  const refuseTaken = async (names: Names, exceptId: string): Promise<void> => {
    const taken = await store.findTaken(names, exceptId)
    if (taken.username) throw new AppError('username_taken')
    if (taken.email) throw new AppError('email_taken')
    if (taken.external_id) throw new AppError('external_id_taken')
  }

  return {
    refuseTaken,

    /**
     * Runs a write of these names. @throws username_taken, email_taken or external_id_taken when a unique index refuses
     * the write
     */
    async claiming<T>(names: Names, id: string, write: (tx: Tx) => Promise<T>): Promise<T> {
      try {
        return await database.transaction(write)
      } catch (error) {
        if (isDangling(error)) throw invalidInput([goneRole])
        if (!duplicateIndex(error)?.startsWith('users_')) throw error
        await refuseTaken(names, id)
        throw new AppError('already_exists', {
          detail: 'Another request was faster; try again.',
          cause: error,
        })
      }
    },

    /**
     * Refuses a change after which no active administrator can sign in with a password. Call it at the end of the transaction,
     * with the row before the change.
     * @throws last_admin
     */
    async keepAnAdmin(tx: Tx, before: UserRow): Promise<void> {
      if (!canAdminister(before, requireVerifiedEmail)) return
      await database.dialect.lock(tx, 'administrators')
      const admins = await store.listAdmins(tx, requireVerifiedEmail)
      if (!(await passwords.anyUsable(tx, admins))) throw new AppError('last_admin')
    },

    /** @throws not_found when there is no such user or the user is in the recycle bin */
    async getRow(id: string): Promise<UserRow> {
      const row = await store.find(id)
      if (!row) throw new AppError('not_found')
      return row
    },
  }
}

/** Whether this user is an active administrator, whose address is verified where sign-ins require it. */
export function canAdminister(
  user: Pick<UserRow, 'roles' | 'disabled_at' | 'deleted_at' | 'email_verified_at'>,
  requireVerifiedEmail: boolean,
): boolean {
  const isActive = user.disabled_at === null && user.deleted_at === null
  const isVerified = user.email_verified_at !== null || !requireVerifiedEmail
  return rolesOf(user).includes('admin') && isActive && isVerified
}
