/** The table `scim_users`. */
import { type Selectable, sql } from 'kysely'
import type { Database, Tx } from '../../database/database.ts'
import type { ScimUsersTable } from '../../database/schema/schema.ts'
import { jsonText } from '../../encoding/json-text.ts'

export type ScimUserRow = Selectable<ScimUsersTable>

export function createScimStore(database: Database) {
  const { read, dialect } = database
  const byUser = database.prepare<ScimUserRow>(
    read.selectFrom('scim_users').selectAll().where('user_id', '=', '').compile(),
  )
  const byName = database.prepare<{ user_id: string }>(
    read
      .selectFrom('scim_users')
      .innerJoin('users', 'users.id', 'scim_users.user_id')
      .select('scim_users.user_id')
      .where('user_name_key', '=', '')
      .where('users.deleted_at', 'is', null)
      .limit(sql.lit(1))
      .compile(),
  )
  const put = database.prepare(
    read
      .insertInto('scim_users')
      .values({ user_id: '', user_name: '', user_name_key: '', attributes: jsonText({}), connection_id: '' })
      .onConflict((conflict) =>
        conflict.column('user_id').doUpdateSet((at) => ({
          user_name: at.ref('excluded.user_name'),
          user_name_key: at.ref('excluded.user_name_key'),
          attributes: at.ref('excluded.attributes'),
        })),
      )
      .compile(),
  )
  return {
    async find(userId: string, from: Tx | Database['read'] = read): Promise<ScimUserRow | undefined> {
      return (await byUser.in(from, userId))[0]
    },
    async listOf(userIds: readonly string[]): Promise<Map<string, ScimUserRow>> {
      const rows = await read
        .selectFrom('scim_users')
        .selectAll()
        .where((at) => dialect.amongTexts(at.ref('user_id'), userIds))
        .execute()
      return new Map(rows.map((row) => [row.user_id, row]))
    },
    /** The user with this name outside the recycle bin. */
    async findByName(nameKey: string, from: Tx | Database['read'] = read): Promise<string | undefined> {
      return (await byName.in(from, nameKey))[0]?.user_id
    },
    /** The connection that created the user remains the owner. */
    async save(tx: Tx, row: ScimUserRow): Promise<void> {
      const { user_id, user_name, user_name_key, attributes, connection_id } = row
      await put.in(tx, user_id, user_name, user_name_key, attributes, connection_id)
    },
  }
}

export type ScimStore = ReturnType<typeof createScimStore>
