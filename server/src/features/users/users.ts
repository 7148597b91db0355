/** The service of users, as the routes and the other features call it. */
import { type Caller, isSelf, type Permissions } from '../../caller.ts'
import { now } from '../../clock.ts'
import type { Tx } from '../../database/database.ts'
import { AppError } from '../../errors.ts'
import { givesPermission, hasPermission, mayChange } from './authority.ts'
import { createUserChanges } from './changes/change-user.ts'
import { createUserCreation } from './changes/create-user.ts'
import { createGuards } from './changes/guards.ts'
import { createUserRemoval } from './changes/remove-user.ts'
import { createChangeWriter } from './changes/write-change.ts'
import { createUserImport } from './import/import-users.ts'
import { createUserList } from './list/list.ts'
import { createNameClaims } from './names/claims.ts'
import { emailKey } from './names/email.ts'
import { usernameKey } from './names/username.ts'
import type { UsersNeeds } from './needs.ts'
import { createSignUpStore } from './sign-ups/store.ts'
import { refuseSignUp } from './sign-ups/unproven.ts'
import { createUserStore } from './store.ts'
import { allRolesOf, type Snapshot, type User, type UserRow, type VersionedUser } from './user.ts'
import { columnsOf, snapshotOf, userOf } from './user-fields.ts'

export type Users = ReturnType<typeof createUsers>

/** Keyboards of phones add blanks. A name that is copied from a mail may contain the word joiners of `mail/messages.ts`. */
const asTyped = (typed: string): string => typed.trim().replaceAll('\u2060', '')

export function createUsers(needs: UsersNeeds) {
  const store = createUserStore(needs.database, needs.statistics, needs.rights)
  const guards = createGuards(needs, store)
  const signUps = createSignUpStore(needs.database)
  const claims = createNameClaims(needs.database)
  const writer = createChangeWriter(needs, store, guards, signUps, claims)

  /** Asserts that the caller may change resources of this user. @throws not_found; permission_not_held when the user has more rights than the caller */
  const mayManage = async (
    caller: Caller,
    userId: string,
    permission: Permissions = 'users:write',
  ): Promise<UserRow> => {
    const row = await store.find(userId)
    if (!row) throw new AppError('not_found')
    if (!isSelf(caller, userId)) mayChange(await needs.roles.permissionsByRole(), caller, row, permission)
    return row
  }

  return {
    ...createUserCreation(needs, store, guards, signUps, claims),
    ...createUserChanges(needs, store, guards, writer, signUps, claims),
    ...createUserRemoval(needs, store, guards, signUps, claims),
    ...createUserImport(needs, store, writer, signUps, claims),
    ...createUserList(needs),

    /** The route checks that the caller may read the user. @throws not_found */
    async get(id: string): Promise<VersionedUser> {
      const row = await store.findShown(id)
      if (!row) throw new AppError('not_found')
      return { user: userOf(row), version: row.version }
    },

    /** The user as shown; undefined when there is none or they are in the recycle bin. */
    async findUser(id: string): Promise<User | undefined> {
      const row = await store.findShown(id)
      return row && userOf(row)
    },

    /** These users for events and webhooks, including the recycle bin. `last_login_at` is left out. */
    async snapshots(ids: readonly string[]): Promise<Map<string, Snapshot>> {
      const rows = await store.listShown(ids)
      return new Map(rows.map((row) => [row.id, snapshotOf(row)]))
    },

    /** The canonical form of a username or address that a user typed to sign in. */
    canonicalName: (typed: string): string =>
      typed.includes('@') ? emailKey(asTyped(typed)) : usernameKey(asTyped(typed)),

    /** The user with this username or e-mail address. */
    findByName: (typed: string): Promise<UserRow | undefined> =>
      typed.includes('@')
        ? store.findByName(emailKey(asTyped(typed)), true)
        : store.findByName(usernameKey(asTyped(typed)), false),

    /** The same for a sign-in. It costs the same whether or not the name exists. */
    async findToSignIn(typed: string) {
      const isEmail = typed.includes('@')
      const key = isEmail ? emailKey(asTyped(typed)) : usernameKey(asTyped(typed))
      // Both queries always run, so that the time does not reveal whether the first one found a user.
      const previous = await store.findByPrevious(usernameKey(asTyped(typed)))
      const found = await store.findToSignIn(key, isEmail)
      // A stranger can sign up with any address. An unproven address does not take precedence over a former username.
      const isClaimed = isEmail && previous !== undefined && found?.email_verified_at === null
      return isClaimed ? previous : (found ?? previous)
    },

    /** The ids of the users, outside of the recycle bin, that have these external ids. */
    async listByExternalIds(tx: Tx, externalIds: readonly string[]): Promise<string[]> {
      const rows = await store.listNamed(tx, {
        ids: [],
        externalIds: [...externalIds],
        emailKeys: [],
        usernameKeys: [],
      })
      return rows.filter(({ deleted_at }) => deleted_at === null).map(({ id }) => id)
    },

    find: store.find,

    findForChange: store.findForChange,

    /** @returns the user afterwards; undefined when they have been disabled or deleted */
    async recordLogin(tx: Tx, userId: string): Promise<User | undefined> {
      const row = await store.recordLogin(tx, userId, now())
      return row && userOf(row)
    },

    /** Whether there is an active administrator. */
    async hasAdmin(): Promise<boolean> {
      return (await store.countAdmins(needs.database.read)) > 0
    },

    isLastAdmin: guards.isLastAdmin,

    /** The recipients of a notice to administrators: this user if still active, otherwise up to five administrators. */
    async listToTell(tx: Tx, id: string | null): Promise<string[]> {
      const row = id === null ? undefined : await store.findForChange(tx, id)
      const isActive = row !== undefined && row.deleted_at === null && row.disabled_at === null
      return isActive ? [row.id] : (await store.listAdmins(tx)).slice(0, 5)
    },

    /** The number of active administrators. */
    countAdmins: store.countAdmins,

    mayManage,

    /**
     * Asserts that the caller may end sessions or API keys of this user. Without a fresh proof a stolen session could keep
     * other administrators out, and revoke their keys.
     * @throws not_found, permission_not_held; reauthentication_required for another user with permissions
     */
    async mayEndAccess(caller: Caller, userId: string, permission: Permissions): Promise<void> {
      const row = await mayManage(caller, userId, permission)
      if (isSelf(caller, userId) || !hasPermission(await needs.roles.permissionsByRole(), row)) return
      await needs.needProof(caller, {})
    },

    /** The same as `mayManage` in the transaction of the change: locks the user and reads the rights again. */
    async mayManageNow(
      tx: Tx,
      caller: Caller,
      userId: string,
      permission: Permissions = 'users:write',
    ): Promise<UserRow> {
      const row = await store.findForChange(tx, userId)
      if (!row || row.deleted_at !== null) throw new AppError('not_found')
      const rights = await needs.roles.permissionsByRole(tx)
      mayChange(rights, await needs.roles.rightsNow(caller, tx), row, permission)
      return row
    },

    /**
     * Locks a user as whom the caller may act: one who signs in and has no permissions.
     * @throws not_found, forbidden
     */
    async holdToImpersonate(tx: Tx, caller: Caller, userId: string): Promise<UserRow> {
      if (isSelf(caller, userId)) throw new AppError('forbidden', { detail: 'You are this user.' })
      const row = await this.mayManageNow(tx, caller, userId, 'users:impersonate')
      const refuse = (detail: string) => new AppError('forbidden', { detail })
      if (givesPermission(await needs.roles.permissionsByRole(tx), allRolesOf(row)))
        throw refuse('The user has permissions: no caller may act as such a user.')
      if (row.disabled_at !== null) throw refuse('The user is disabled.')
      return row
    },

    /** Whether any of the user's roles gives a permission. */
    async holdsPermissions(id: string): Promise<boolean> {
      const row = await store.find(id)
      return row !== undefined && givesPermission(await needs.roles.permissionsByRole(), allRolesOf(row))
    },

    /** Marks the address as verified if the user still has it. @returns whether the user has it */
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
     * Sets an address that the user has confirmed. If another user has it, the unique index `users_email_key` refuses it.
     * @returns the row as it was; undefined when there is no such active user
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

    listDeletedBefore: store.listDeletedBefore,

    /** The sign-up of an account with an unproven address. */
    findSignUp: (id: string) => signUps.find(id),

    holdUnproven: signUps.hold,
    holdAllUnproven: signUps.holdAll,

    /** Call it before users get permissions through groups. @throws unproven_account naming the first unproven sign-up */
    needProven: async (tx: Tx, userIds: readonly string[]) =>
      refuseSignUp((await signUps.listAmong(tx, userIds))[0]),

    /** Call it before a role gets more permissions: the same check for all users with the role. */
    async needProvenHolders(tx: Tx, role: string): Promise<void> {
      await signUps.holdAll(tx)
      refuseSignUp(await signUps.findWithRole(tx, role))
    },

    listSignUpsBefore: signUps.listBefore,
    endReservations: claims.endReservations,
  }
}
