/** Reads users for other features: accounts by id or name, and whether a caller may manage one. */
import { type Caller, isSelf, type Permissions } from '../../caller.ts'
import type { Database, Tx } from '../../database/database.ts'
import { AppError } from '../../errors.ts'
import type { RoleLookup } from '../roles/lookup.ts'
import { givesPermission, mayChange } from './authority.ts'
import { createUserJsonStore } from './list/json-store.ts'
import { emailKey } from './names/email.ts'
import { usernameKey } from './names/username.ts'
import { createUserReadStore } from './read-store.ts'
import { userFieldNames } from './shapes.ts'
import { createSignUpStore } from './sign-ups/store.ts'
import { refuseSignUp } from './sign-ups/unproven.ts'
import { allRolesOf, type Snapshot, type User, type UserRow, type VersionedUser } from './user.ts'
import { snapshotOf, userOf } from './user-fields.ts'

export type UserLookup = ReturnType<typeof createUserLookup>

/**
 * The name without the blanks that phone keyboards add, and without the word joiners of `mail/messages.ts`, which a
 * name copied from a mail contains.
 */
const asTyped = (typed: string): string => typed.trim().replaceAll('\u2060', '')

export function createUserLookup(
  database: Database,
  roles: Pick<RoleLookup, 'permissionsByRole' | 'rightsNow'>,
) {
  const store = createUserReadStore(database)
  const jsonStore = createUserJsonStore(database, userFieldNames)
  const signUps = createSignUpStore(database)
  /** `mayManage` in the transaction of the change: it locks the user and reads the rights again. */
  const mayManageNow = async (
    tx: Tx,
    caller: Caller,
    userId: string,
    permission: Permissions = 'users:write',
  ): Promise<UserRow> => {
    const row = await store.findForChange(tx, userId)
    if (!row || row.deleted_at !== null) throw new AppError('not_found')
    const rights = await roles.permissionsByRole(tx)
    mayChange(rights, await roles.rightsNow(caller, tx), row, permission)
    return row
  }

  return {
    /** A user for a caller who may read it; the route checks this. @throws not_found */
    async get(id: string): Promise<VersionedUser> {
      const row = await store.findShown(id)
      if (!row) throw new AppError('not_found')
      return { user: userOf(row), version: row.version }
    },

    /** The text of the user's JSON, for a caller who may read it. @throws not_found */
    async getJson(id: string): Promise<{ json: string; version: number }> {
      const found = await jsonStore.find(id)
      if (!found) throw new AppError('not_found')
      return found
    },

    /** The user as the API shows it; undefined when there is no such user or the user is in the recycle bin. */
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

    /**
     * The user with this username or e-mail address, for a sign-in. The look-up costs the same whether or not the name
     * exists.
     */
    async findToSignIn(typed: string) {
      const isEmail = typed.includes('@')
      const key = isEmail ? emailKey(asTyped(typed)) : usernameKey(asTyped(typed))
      // Both queries always run, so that the response time does not reveal whether the first one found a user.
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

    /** Whether there is an active administrator. */
    async hasAdmin(): Promise<boolean> {
      return (await store.countAdmins(database.read)) > 0
    },

    /**
     * The recipients of a notice to administrators: this user, or up to five administrators if the user is no longer
     * active.
     */
    async listToTell(tx: Tx, id: string | null): Promise<string[]> {
      const row = id === null ? undefined : await store.findForChange(tx, id)
      const isActive = row !== undefined && row.deleted_at === null && row.disabled_at === null
      return isActive ? [row.id] : (await store.listAdmins(tx)).slice(0, 5)
    },

    /** The number of active administrators. */
    countAdmins: store.countAdmins,

    /** The ids of the active administrators, or of those whose address is verified. */
    listAdmins: store.listAdmins,

    /** Asserts that the caller may change resources of this user. @throws not_found; permission_not_held when the user has more rights than the caller */
    async mayManage(
      caller: Caller,
      userId: string,
      permission: Permissions = 'users:write',
    ): Promise<UserRow> {
      const row = await store.find(userId)
      if (!row) throw new AppError('not_found')
      if (!isSelf(caller, userId)) mayChange(await roles.permissionsByRole(), caller, row, permission)
      return row
    },

    mayManageNow,

    /**
     * Locks a user, and asserts that the caller may act as this user: an active user without permissions.
     * @throws not_found, forbidden
     */
    async holdToImpersonate(tx: Tx, caller: Caller, userId: string): Promise<UserRow> {
      if (isSelf(caller, userId)) throw new AppError('forbidden', { detail: 'You are this user.' })
      const row = await mayManageNow(tx, caller, userId, 'users:impersonate')
      const refuse = (detail: string) => new AppError('forbidden', { detail })
      if (givesPermission(await roles.permissionsByRole(tx), allRolesOf(row)))
        throw refuse('The user has permissions: no caller may act as such a user.')
      if (row.disabled_at !== null) throw refuse('The user is disabled.')
      return row
    },

    /** Whether any of the user's roles gives a permission. With a transaction, the user is locked. */
    async holdsPermissions(id: string, tx?: Tx): Promise<boolean> {
      const row = await (tx ? store.findForChange(tx, id) : store.find(id))
      return row !== undefined && givesPermission(await roles.permissionsByRole(tx), allRolesOf(row))
    },

    listDeletedBefore: store.listDeletedBefore,

    /** The sign-up of an account whose address is unproven. */
    findSignUp: (id: string) => signUps.find(id),

    holdUnproven: signUps.hold,
    holdAllUnproven: signUps.holdAll,

    /** Call it before users get permissions through groups. @throws unproven_account naming the first unproven sign-up */
    needProven: async (tx: Tx, userIds: readonly string[]) =>
      refuseSignUp((await signUps.listAmong(tx, userIds))[0]),

    /**
     * Call it before a role gets more permissions. @throws unproven_account naming the first unproven sign-up among the
     * users with the role
     */
    async needProvenHolders(tx: Tx, role: string): Promise<void> {
      await signUps.holdAll(tx)
      refuseSignUp(await signUps.findWithRole(tx, role))
    },

    listSignUpsBefore: signUps.listBefore,
  }
}
