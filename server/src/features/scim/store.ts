/** The table `scim_users`. */
import type { Selectable } from 'kysely'
import type { Database, Tx } from '../../database/database.ts'
import type { ScimUsersTable } from '../../database/schema/schema.ts'

export type ScimUserRow = Selectable<ScimUsersTable>

export function createScimStore({ read, dialect }: Database) {
  return {
    async find(userId: string, from: Tx | Database['read'] = read): Promise<ScimUserRow | undefined> {
      return from.selectFrom('scim_users').selectAll().where('user_id', '=', userId).executeTakeFirst()
    },
    async listOf(userIds: readonly string[]): Promise<Map<string, ScimUserRow>> {
      const rows = await read
        .selectFrom('scim_users')
        .selectAll()
        .where((at) => dialect.amongTexts(at.ref('user_id'), userIds))
        .execute()
      return new Map(rows.map((row) => [row.user_id, row]))
    },
    /** The user with this name who is not in the recycle bin. */
    async findByName(nameKey: string, from: Tx | Database['read'] = read): Promise<string | undefined> {
      const row = await from
        .selectFrom('scim_users')
        .innerJoin('users', 'users.id', 'scim_users.user_id')
        .select('scim_users.user_id')
        .where('user_name_key', '=', nameKey)
        .where('users.deleted_at', 'is', null)
        .limit(1)
        .executeTakeFirst()
      return row?.user_id
    },
    /** The connection that created the user stays the owner. */
    async save(tx: Tx, row: ScimUserRow): Promise<void> {
      const { user_id: _, connection_id: __, ...changes } = row
      await tx
        .insertInto('scim_users')
        .values(row)
        .onConflict((conflict) => conflict.column('user_id').doUpdateSet(changes))
        .execute()
    },
  }
}

export type ScimStore = ReturnType<typeof createScimStore>
