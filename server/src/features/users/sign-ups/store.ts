/** The table `unproven_sign_ups`: accounts that users signed up for and whose address was never verified. */
import type { Selectable } from 'kysely'
import { deleter, inserter } from '../../../database/batch.ts'
import type { Database, Reader, Tx } from '../../../database/database.ts'
import type { UnprovenSignUpsTable } from '../../../database/schema/schema.ts'

export type SignUp = Selectable<UnprovenSignUpsTable>

export function createSignUpStore(database: Database) {
  const { read, scan, dialect } = database
  const insertRows = inserter(database, 'unproven_sign_ups')
  const deleteRow = deleter(database, 'unproven_sign_ups', 'user_id')
  const ofUser = database.prepare<SignUp>(
    read.selectFrom('unproven_sign_ups').selectAll().where('user_id', '=', '').compile(),
  )
  /** The ids of the users in the list whose sign-up is unproven. */
  const listAmong = async (tx: Tx, userIds: readonly string[]): Promise<string[]> => {
    if (userIds.length === 0) return []
    const rows = await tx
      .selectFrom('unproven_sign_ups')
      .select('user_id')
      .where((at) => dialect.amongTexts(at.ref('user_id'), userIds))
      .execute()
    return rows.map(({ user_id }) => user_id)
  }
  const lock = (tx: Tx): Promise<void> => dialect.lock(tx, 'unproven sign-ups')
  return {
    async insert(tx: Tx, row: SignUp): Promise<void> {
      await insertRows(tx, [row])
    },

    async find(userId: string, from: Tx | Reader = read): Promise<SignUp | undefined> {
      return (await ofUser.in(from, userId))[0]
    },

    /**
     * Call it before a role or a group gets permissions. Until this transaction ends, no other one gives that role or
     * group to a sign-up.
     */
    holdAll: lock,

    /**
     * The ids of the users in the list whose sign-up is unproven; call it before they get a role or a group. If there
     * are such users, no other transaction gives permissions to a role or a group until this one ends.
     */
    async hold(tx: Tx, userIds: readonly string[]): Promise<string[]> {
      const found = await listAmong(tx, userIds)
      if (found.length > 0) await lock(tx)
      return found
    },

    listAmong,

    /** An unproven sign-up whose user has this role, directly or through groups. */
    async findWithRole(tx: Tx, role: string): Promise<string | undefined> {
      const direct = await tx
        .selectFrom('user_roles')
        .innerJoin('unproven_sign_ups', 'unproven_sign_ups.user_id', 'user_roles.user_id')
        .select('unproven_sign_ups.user_id')
        .where('user_roles.role', '=', role)
        .limit(1)
        .executeTakeFirst()
      if (direct) return direct.user_id
      const throughGroup = await tx
        .selectFrom('group_roles')
        .innerJoin('group_tree', 'group_tree.ancestor_id', 'group_roles.group_id')
        .innerJoin('group_members', 'group_members.group_id', 'group_tree.group_id')
        .innerJoin('unproven_sign_ups', 'unproven_sign_ups.user_id', 'group_members.user_id')
        .select('unproven_sign_ups.user_id')
        .where('group_roles.role', '=', role)
        .limit(1)
        .executeTakeFirst()
      return throughGroup?.user_id
    },

    delete: (tx: Tx, userId: string): Promise<void> => deleteRow(tx, userId),

    /** A page of the sign-ups before `instant`, oldest first, starting after `after`. */
    async listBefore(instant: string, limit: number, after: SignUp | null): Promise<SignUp[]> {
      let query = scan.selectFrom('unproven_sign_ups').selectAll().where('created_at', '<', instant)
      if (after !== null)
        query = query
          .where('created_at', '>=', after.created_at)
          .where((where) =>
            where.or([where('created_at', '>', after.created_at), where('user_id', '>', after.user_id)]),
          )
      return query.orderBy('created_at').orderBy('user_id').limit(limit).execute()
    },
  }
}

export type SignUpStore = ReturnType<typeof createSignUpStore>
