/** The service of users, as the routes and the other features call it. */
import { now } from '../../clock.ts'
import type { Tx } from '../../database/database.ts'
import { createUserChanges } from './changes/change-user.ts'
import { createUserCreation } from './changes/create-user.ts'
import { createGuards } from './changes/guards.ts'
import { createUserRemoval } from './changes/remove-user.ts'
import { createChangeWriter } from './changes/write-change.ts'
import { createUserImport } from './import/import-users.ts'
import { createUserList } from './list/list.ts'
import type { UserLookup } from './lookup.ts'
import { createNameClaims } from './names/claims.ts'
import type { UsersNeeds } from './needs.ts'
import { createSignUpStore } from './sign-ups/store.ts'
import { createUserStore } from './store.ts'
import type { User, UserRow } from './user.ts'
import { columnsOf, userOf } from './user-fields.ts'

export type Users = ReturnType<typeof createUsers>

export function createUsers(needs: UsersNeeds, lookup: UserLookup) {
  const store = createUserStore(needs.database, needs.statistics, needs.rights)
  const guards = createGuards(needs, store)
  const signUps = createSignUpStore(needs.database)
  const claims = createNameClaims(needs.database)
  const stores = { users: store, signUps, claims }
  const writer = createChangeWriter(needs, stores, guards)
  return {
    ...lookup,
    ...createUserCreation(needs, stores, guards),
    ...createUserChanges(needs, stores, guards, writer),
    ...createUserRemoval(needs, stores, guards),
    ...createUserImport(needs, stores, writer),
    ...createUserList(needs),

    /** @returns the user after the change; undefined when the user has been disabled or deleted */
    async recordLogin(tx: Tx, userId: string): Promise<User | undefined> {
      const row = await store.recordLogin(tx, userId, now())
      return row && userOf(row)
    },

    /** Marks the address as verified if the user still has it. @returns whether the user still has the address */
    async verifyEmail(tx: Tx, userId: string, key: string): Promise<boolean> {
      const row = await store.findForChange(tx, userId)
      if (!row || row.deleted_at !== null || row.email === null || row.email_key !== key) return false
      if (row.email_verified_at === null) {
        const at = now()
        await store.update(tx, row, { email_verified_at: at, updated_at: at, version: row.version + 1 })
        await signUps.delete(tx, userId)
      }
      return true
    },

    /**
     * Sets an address that the user has confirmed. If another user has the address, the unique index `users_email_key`
     * refuses the write. @returns the row before the change; undefined when there is no such active user
     */
    async setEmail(tx: Tx, userId: string, email: string): Promise<UserRow | undefined> {
      const row = await store.findForChange(tx, userId)
      if (!row || row.deleted_at !== null || row.disabled_at !== null) return undefined
      const at = now()
      const columns = columnsOf({ email, email_verified: true }, at, row)
      await store.update(tx, row, { ...columns, updated_at: at, version: row.version + 1 })
      await signUps.delete(tx, userId)
      return row
    },

    endReservations: claims.endReservations,
  }
}
