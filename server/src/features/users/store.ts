/** The tables `users` and `user_roles`, and the search index of the users. */
import { sql, type Updateable } from 'kysely'
import type { RightsCaches } from '../../caches/rights-caches.ts'
import { deleter, inserter, updater } from '../../database/batch.ts'
import type { Database, Tx } from '../../database/database.ts'
import type { UsersTable } from '../../database/schema/schema.ts'
import type { Counters } from '../statistics/service.ts'
import { searchGrams } from './list/search-grams.ts'
import { createUserReadStore } from './read-store.ts'
import type { NewUserRow, UserRow } from './user.ts'
import { type ShownRow, shownColumns } from './user-fields.ts'

export function createUserStore(
  database: Database,
  statistics: Pick<Counters, 'usersCreated' | 'userChanged' | 'signedIn'>,
  rights: Pick<RightsCaches, 'invalidate'>,
) {
  const { dialect, read } = database
  const signIns = read
    .updateTable('users')
    .set((to) => ({ last_login_at: '', version: sql<number>`${to.ref('version')} + 1` }))
    .where('id', '=', '')
    .where('disabled_at', 'is', null)
    .where('deleted_at', 'is', null)
    .returning(shownColumns)
    .returning((at) => dialect.rolesOf(at.ref('users.id')).as('roles'))
  const signedIn = database.prepare<ShownRow>(signIns.compile())
  /** Records a sign-in, but only if the last one was before an instant. */
  const signedInFirst = database.prepare<ShownRow>(
    signIns
      .where((where) => where.or([where('last_login_at', 'is', null), where('last_login_at', '<', '')]))
      .compile(),
  )
  const insertUsers = inserter(database, 'users', ['id', 'seq'])
  const insertRoles = inserter(database, 'user_roles')
  const deleteRoles = deleter(database, 'user_roles', 'user_id')
  const updateUser = updater(database, 'users', 'id')

  return {
    ...createUserReadStore(database),

    /** Inserts new users with their roles. */
    async insertMany(tx: Tx, rows: readonly { row: NewUserRow; roles: readonly string[] }[]): Promise<void> {
      const inserted = await insertUsers(
        tx,
        rows.map(({ row }) => row),
      )
      const seqs = new Map(inserted.map(({ id, seq }) => [id, Number(seq)]))
      await insertRoles(
        tx,
        rows.flatMap(({ row, roles }) => roles.map((role) => ({ user_id: row.id, role }))),
      )
      await dialect.search.add(
        tx,
        rows.map(({ row }) => ({ seq: seqs.get(row.id)!, grams: searchGrams(row.search_text) })),
      )
      await statistics.usersCreated(
        tx,
        rows.map(({ row }) => countedOf(row, seqs.get(row.id)!)),
      )
    },

    async update(tx: Tx, row: UserRow, changes: Updateable<UsersTable>): Promise<void> {
      rights.invalidate(tx, [row.id])
      await updateUser(tx, [row.id], changes)
      await statistics.userChanged(tx, row, { ...row, ...definedOf(changes) })
      if (changes.search_text === undefined || changes.search_text === row.search_text) return
      await dialect.search.remove(tx, [row.seq])
      await dialect.search.add(tx, [{ seq: row.seq, grams: searchGrams(changes.search_text) }])
    },

    async setRoles(tx: Tx, userId: string, roles: readonly string[]): Promise<void> {
      rights.invalidate(tx, [userId])
      await deleteRoles(tx, userId)
      await insertRoles(
        tx,
        roles.map((role) => ({ user_id: userId, role })),
      )
    },

    /** @returns the user as the API shows it; undefined when the user is disabled or deleted */
    async recordLogin(tx: Tx, id: string, at: string): Promise<ShownRow | undefined> {
      const midnight = `${at.slice(0, 10)}T00:00:00.000Z`
      const [first] = await signedInFirst.in(tx, at, id, midnight)
      const row = first ?? (await signedIn.in(tx, at, id))[0]
      if (row) await statistics.signedIn(tx, at, first !== undefined)
      return row
    },

    async delete(tx: Tx, row: UserRow): Promise<void> {
      rights.invalidate(tx, [row.id])
      await dialect.search.remove(tx, [row.seq])
      await tx.deleteFrom('users').where('id', '=', row.id).execute()
      await statistics.userChanged(tx, row, null)
    },
  }
}

export type UserStore = ReturnType<typeof createUserStore>

/** The columns of a new row that the statistics count. */
function countedOf(row: NewUserRow, seq: number) {
  const { created_at, disabled_at = null, email_verified_at = null, deleted_at = null } = row
  return { seq, created_at, disabled_at, email_verified_at, deleted_at }
}

/** The changed columns that the statistics count. */
function definedOf(changes: Updateable<UsersTable>) {
  const { disabled_at, email_verified_at, deleted_at } = changes
  return {
    ...(disabled_at !== undefined && { disabled_at }),
    ...(email_verified_at !== undefined && { email_verified_at }),
    ...(deleted_at !== undefined && { deleted_at }),
  }
}
