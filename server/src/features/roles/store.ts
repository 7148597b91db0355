import type { Selectable, Updateable } from 'kysely'
import type { Database, Tx } from '../../database/database.ts'
import type { RolesTable } from '../../database/schema/schema.ts'
import { wordsOf } from '../../encoding/words.ts'

export type RoleRow = Selectable<RolesTable>
type StoredPermissions = RoleRow['permissions']

export type CallerRights = {
  user: { disabled_at: string | null; deleted_at: string | null } | undefined
  /** The stored permissions of each role. */
  roles: StoredPermissions[]
  session: { ended_at: string | null; expires_at: string } | null | undefined
  apiKey: { revoked_at: string | null; expires_at: string; permissions: StoredPermissions } | null | undefined
}

export function createRoleStore(database: Database) {
  const { read, dialect } = database
  const holder = database.prepare<{ disabled_at: string | null; deleted_at: string | null; roles: string }>(
    read
      .selectFrom('users')
      .select(['disabled_at', 'deleted_at'])
      .select((at) => dialect.allRolesOf(at.ref('users.id')).as('roles'))
      .where('id', '=', '')
      .compile(),
  )
  const permissionsAmong = database.prepare<{ permissions: StoredPermissions }>(
    read
      .selectFrom('roles')
      .select('permissions')
      .where((at) => dialect.amongTexts(at.ref('name'), []))
      .compile(),
  )
  const sessionEnd = database.prepare<{ ended_at: string | null; expires_at: string }>(
    read.selectFrom('sessions').select(['ended_at', 'expires_at']).where('id', '=', '').compile(),
  )
  const keyRights = database.prepare<{
    revoked_at: string | null
    expires_at: string
    permissions: StoredPermissions
  }>(
    read
      .selectFrom('api_keys')
      .select(['revoked_at', 'expires_at', 'permissions'])
      .where('id', '=', '')
      .compile(),
  )
  const applicationRights = database.prepare<{ permissions: StoredPermissions }>(
    read
      .selectFrom('applications')
      .innerJoin('application_secrets', 'application_secrets.application_id', 'applications.id')
      .select('applications.permissions')
      .where('applications.id', '=', '')
      .where('application_secrets.id', '=', '')
      .compile(),
  )
  const all = database.prepare<RoleRow>(read.selectFrom('roles').selectAll().orderBy('name').compile())
  return {
    /** The names of all roles of a user, given directly and through groups. */
    listHeld: async (from: Tx | Database['read'], userId: string): Promise<string[]> =>
      wordsOf((await holder.in(from, userId))[0]?.roles ?? ''),

    async list(from: Tx | Database['read'] = read): Promise<RoleRow[]> {
      return all.in(from)
    },
    async find(name: string): Promise<RoleRow | undefined> {
      return read.selectFrom('roles').selectAll().where('name', '=', name).executeTakeFirst()
    },
    async findForChange(tx: Tx, name: string): Promise<RoleRow | undefined> {
      return dialect.locked(tx.selectFrom('roles').selectAll().where('name', '=', name)).executeTakeFirst()
    },
    async insert(tx: Tx, row: RoleRow): Promise<void> {
      await tx.insertInto('roles').values(row).execute()
    },
    async insertMissing(tx: Tx, row: RoleRow): Promise<void> {
      await tx
        .insertInto('roles')
        .values(row)
        .onConflict((conflict) => conflict.column('name').doNothing())
        .execute()
    },
    async update(tx: Tx, name: string, changes: Updateable<RolesTable>): Promise<void> {
      await tx.updateTable('roles').set(changes).where('name', '=', name).execute()
    },
    async delete(tx: Tx, name: string): Promise<void> {
      await tx.deleteFrom('roles').where('name', '=', name).execute()
    },
    /**
     * The current data from which the rights of a caller follow; `session` and `apiKey` are null for a caller without
     * one.
     */
    async findRights(
      from: Tx | Database['read'],
      ids: { userId: string; sessionId: string | null; apiKeyId: string | null },
    ): Promise<CallerRights> {
      const [user] = await holder.in(from, ids.userId)
      const held = wordsOf(user?.roles ?? '')
      const roles = held.length === 0 ? [] : await permissionsAmong.in(from, dialect.list(held))
      const session = ids.sessionId ? (await sessionEnd.in(from, ids.sessionId))[0] : null
      const apiKey = ids.apiKeyId ? (await keyRights.in(from, ids.apiKeyId))[0] : null
      return { user, roles: roles.map(({ permissions }) => permissions), session, apiKey }
    },
    /** The permissions of an application; undefined after the secret with which it authenticated was deleted. */
    async findRightsOfApplication(
      from: Tx | Database['read'],
      { id, secretId }: { id: string; secretId: string },
    ): Promise<StoredPermissions | undefined> {
      return (await applicationRights.in(from, id, secretId))[0]?.permissions
    },
    /** Whether any user, also in the recycle bin, or any group has the role. */
    async isHeld(tx: Tx, name: string): Promise<boolean> {
      for (const table of ['user_roles', 'group_roles'] as const) {
        const held = tx.selectFrom(table).select('role').where('role', '=', name).limit(1)
        if ((await held.executeTakeFirst()) !== undefined) return true
      }
      return false
    },
  }
}

export type RoleStore = ReturnType<typeof createRoleStore>
