/** Reads the tables `users` and `user_roles`. */
import type { ExpressionBuilder } from 'kysely'
import type { Database, Reader, Tx } from '../../database/database.ts'
import type { Tables } from '../../database/schema/schema.ts'
import type { NewUserRow, UserRow } from './user.ts'
import { type ShownRow, shownColumns } from './user-fields.ts'

const accountColumns = ['id', 'username_key', 'email_key', 'disabled_at', 'email_verified_at'] as const

type AccountRow = Pick<UserRow, (typeof accountColumns)[number]>

const uniqueNames = ['username_key', 'email_key', 'external_id'] as const

export type UserNames = { ids: string[]; externalIds: string[]; emailKeys: string[]; usernameKeys: string[] }

export function createUserReadStore(database: Database) {
  const { dialect, read } = database
  const select = (from: Reader | Tx) =>
    from
      .selectFrom('users')
      .selectAll()
      .select((at) => dialect.rolesOf(at.ref('users.id')).as('roles'))
      .select((at) => dialect.groupRolesOf(at.ref('users.id')).as('group_roles'))
  const shownById = database.prepare<ShownRow>(
    read
      .selectFrom('users')
      .select(shownColumns)
      .select((at) => dialect.rolesOf(at.ref('users.id')).as('roles'))
      .where('id', '=', '')
      .where('deleted_at', 'is', null)
      .compile(),
  )
  const byId = database.prepare<UserRow>(
    select(read).where('id', '=', '').where('deleted_at', 'is', null).compile(),
  )

  const byName = (column: 'email_key' | 'username_key') =>
    database.prepare<UserRow>(select(read).where(column, '=', '').where('deleted_at', 'is', null).compile())
  const selectAccount = read.selectFrom('users').select(accountColumns).where('deleted_at', 'is', null)
  const toSignIn = (column: 'email_key' | 'username_key') =>
    database.prepare<AccountRow>(selectAccount.where(column, '=', '').compile())
  const toSignInByEmail = toSignIn('email_key')
  const toSignInByUsername = toSignIn('username_key')
  const toSignInByPrevious = database.prepare<AccountRow>(
    selectAccount
      .where('previous_username_key', '=', '')
      .where((at) =>
        at.not(
          at.exists(
            at
              .selectFrom('users as others')
              .select('others.id')
              .where('others.previous_username_key', '=', '')
              .where('others.deleted_at', 'is', null)
              .whereRef('others.id', '<>', 'users.id'),
          ),
        ),
      )
      .compile(),
  )
  const byEmail = byName('email_key')
  const byUsername = byName('username_key')
  /**
   * The row is locked by a statement of its own: otherwise the subqueries for the roles would read the state from
   * before the wait for the lock.
   */
  const held = database.prepare(
    dialect.locked(read.selectFrom('users').select('id').where('id', '=', '')).compile(),
  )
  const heldRow = database.prepare<UserRow>(select(read).where('id', '=', '').compile())
  // One look-up for each unique index, because SQLite scans the table for conditions joined by OR.
  const isTaken = (at: ExpressionBuilder<Tables, never>, column: (typeof uniqueNames)[number]) =>
    at.exists(
      at
        .selectFrom('users')
        .select('id')
        .where('deleted_at', 'is', null)
        .where(column, '=', '')
        .where('id', '!=', ''),
    )
  const taken = database.prepare(
    read.selectNoFrom((at) => uniqueNames.map((name) => isTaken(at, name).as(name))).compile(),
  )

  return {
    /** The columns that the API shows. */
    findShown: (id: string): Promise<ShownRow | undefined> => shownById(id),

    /** The columns that the API shows of these users, including users in the recycle bin. */
    async listShown(ids: readonly string[]): Promise<(ShownRow & { deleted_at: string | null })[]> {
      return database.scan
        .selectFrom('users')
        .select([...shownColumns, 'deleted_at'])
        .select((at) => dialect.rolesOf(at.ref('users.id')).as('roles'))
        .where((at) => dialect.amongTexts(at.ref('id'), ids))
        .execute()
    },

    find: (id: string): Promise<UserRow | undefined> => byId(id),

    async findEvenDeleted(id: string): Promise<UserRow | undefined> {
      return select(read).where('id', '=', id).executeTakeFirst()
    },

    /** By username or e-mail address, in canonical form. */
    async findByName(key: string, isEmail: boolean): Promise<UserRow | undefined> {
      return isEmail ? byEmail(key) : byUsername(key)
    },

    /** Only the columns that a sign-in needs, because the time to read more would reveal that the name exists. */
    findToSignIn: (key: string, isEmail: boolean): Promise<AccountRow | undefined> =>
      isEmail ? toSignInByEmail(key) : toSignInByUsername(key),

    /** The user who had this username in another system, if exactly one had it. */
    findByPrevious: (key: string): Promise<AccountRow | undefined> => toSignInByPrevious(key, key),

    /** Locks and reads the row. */
    async findForChange(tx: Tx, id: string): Promise<UserRow | undefined> {
      if ((await held.in(tx, id)).length === 0) return undefined
      return (await heldRow.in(tx, id))[0]
    },

    /** Locks these users in the order of their ids, which prevents deadlocks. */
    async hold(tx: Tx, ids: readonly string[]): Promise<void> {
      if (ids.length === 0) return
      const query = tx
        .selectFrom('users')
        .select('id')
        .where((at) => dialect.amongTexts(at.ref('id'), ids))
      await dialect.locked(query.orderBy('id')).execute()
    },

    /** All users with one of these names who are not deleted, and all users with one of these ids, deleted or not. */
    async listNamed(tx: Tx, names: UserNames): Promise<UserRow[]> {
      const conditions = [
        ['id', names.ids],
        ['external_id', names.externalIds],
        ['email_key', names.emailKeys],
        ['username_key', names.usernameKeys],
      ] as const
      const found = new Map<string, UserRow>()
      for (const [column, values] of conditions) {
        if (values.length === 0) continue
        const query = select(tx).where((at) => dialect.amongTexts(at.ref(column), values))
        const rows = await (column === 'id' ? query : query.where('deleted_at', 'is', null)).execute()
        for (const row of rows) found.set(row.id, row)
      }
      return [...found.values()]
    },

    /** The names among these that another user has, for the error after a unique index refused a write. */
    async findTaken(names: Pick<NewUserRow, (typeof uniqueNames)[number]>, exceptId: string) {
      const found = await taken(...uniqueNames.flatMap((name) => [names[name] ?? null, exceptId]))
      return {
        username: Boolean(found?.username_key),
        email: Boolean(found?.email_key),
        external_id: Boolean(found?.external_id),
      }
    },

    /** The number of active administrators outside the recycle bin. */
    async countAdmins(from: Tx | Reader): Promise<number> {
      const { count } = await activeAdmins(from)
        .select((at) => at.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow()
      return Number(count)
    },

    /**
     * The ids of the active administrators outside the recycle bin; with `verifiedOnly`, of those whose address is
     * verified.
     */
    async listAdmins(tx: Tx, verifiedOnly = false): Promise<string[]> {
      const query = activeAdmins(tx).select('id')
      const admins = await (verifiedOnly ? query.where('email_verified_at', 'is not', null) : query).execute()
      return admins.map(({ id }) => id)
    },

    /** A page of the users deleted before `instant`, oldest first, starting after `after`. */
    async listDeletedBefore(instant: string, limit: number, after: Deleted | null): Promise<Deleted[]> {
      let query = database.scan
        .selectFrom('users')
        .select(['id', (at) => at.ref('deleted_at').$notNull().as('deleted_at')])
        .where('deleted_at', '<', instant)
      if (after !== null)
        query = query
          .where('deleted_at', '>=', after.deleted_at)
          .where((where) =>
            where.or([where('deleted_at', '>', after.deleted_at), where('id', '>', after.id)]),
          )
      return query.orderBy('deleted_at').orderBy('id').limit(limit).execute()
    },
  }
}

type Deleted = { id: string; deleted_at: string }

function activeAdmins(from: Tx | Reader) {
  return from
    .selectFrom('users')
    .innerJoin('user_roles', 'user_roles.user_id', 'users.id')
    .where('role', '=', 'admin')
    .where('disabled_at', 'is', null)
    .where('deleted_at', 'is', null)
}
