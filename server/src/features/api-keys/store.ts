import type { Selectable, Updateable } from 'kysely'
import type { Database, Tx } from '../../database/database.ts'
import type { ApiKeysTable } from '../../database/schema/schema.ts'

export type ApiKeyRow = Selectable<ApiKeysTable>
export type ApiKeyAccess = ApiKeyRow & {
  disabled_at: string | null
  deleted_at: string | null
  roles: string
}

export type ApiKeyFilter = {
  /** null: the keys of all users. */
  userId: string | null
  unusedSince?: string | undefined
  expiresBefore?: string | undefined
}

export function createApiKeyStore(database: Database) {
  const { read, dialect } = database
  return {
    async insert(tx: Tx, row: ApiKeyRow): Promise<void> {
      await tx.insertInto('api_keys').values(row).execute()
    },
    async find(id: string): Promise<ApiKeyRow | undefined> {
      return read
        .selectFrom('api_keys')
        .selectAll()
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .executeTakeFirst()
    },
    async findForChange(tx: Tx, id: string): Promise<ApiKeyRow | undefined> {
      return dialect
        .locked(tx.selectFrom('api_keys').selectAll().where('id', '=', id).where('revoked_at', 'is', null))
        .executeTakeFirst()
    },
    /** The key, with the data of its owner that decide whether it is valid. */
    async findAccess(id: string): Promise<ApiKeyAccess | undefined> {
      return read
        .selectFrom('api_keys')
        .innerJoin('users', 'users.id', 'api_keys.user_id')
        .selectAll('api_keys')
        .select(['users.disabled_at', 'users.deleted_at'])
        .select((at) => dialect.allRolesOf(at.ref('users.id')).as('roles'))
        .where('api_keys.id', '=', id)
        .executeTakeFirst()
    },
    /** Newest first. */
    async list(
      { userId, unusedSince, expiresBefore }: ApiKeyFilter,
      limit: number,
      beforeId: string | null,
      direction: 'next' | 'prev',
    ): Promise<ApiKeyRow[]> {
      const forward = direction === 'next'
      let query = read.selectFrom('api_keys').selectAll().where('revoked_at', 'is', null)
      if (userId !== null) query = query.where('user_id', '=', userId)
      if (unusedSince !== undefined)
        query = query.where((key) => key(key.fn.coalesce('last_used_at', 'created_at'), '<', unusedSince))
      if (expiresBefore !== undefined) query = query.where('expires_at', '<', expiresBefore)
      if (beforeId !== null) query = query.where('id', forward ? '<' : '>', beforeId)
      const rows = await query
        .orderBy('id', forward ? 'desc' : 'asc')
        .limit(limit)
        .execute()
      return forward ? rows : rows.reverse()
    },
    async update(tx: Tx, id: string, changes: Updateable<ApiKeysTable>): Promise<void> {
      await tx.updateTable('api_keys').set(changes).where('id', '=', id).execute()
    },
    /** @returns whether it is the first use */
    async noteFirstUse(tx: Tx, id: string, at: string): Promise<boolean> {
      const row = await tx
        .updateTable('api_keys')
        .set({ last_used_at: at })
        .where('id', '=', id)
        .where('last_used_at', 'is', null)
        .returning('id')
        .executeTakeFirst()
      return row !== undefined
    },
    /** Marks keys that expired before `at` as recorded. @returns those that were not marked before */
    async noteExpired(tx: Tx, at: string, limit: number): Promise<ApiKeyRow[]> {
      const expired = tx
        .selectFrom('api_keys')
        .select('id')
        .where('expires_at', '<', at)
        .where('expiry_noted_at', 'is', null)
        .limit(limit)
      return tx
        .updateTable('api_keys')
        .set({ expiry_noted_at: at })
        .where('id', 'in', expired)
        .where('expiry_noted_at', 'is', null)
        .returningAll()
        .execute()
    },
    async revokeAll(tx: Tx, userId: string, at: string): Promise<string[]> {
      const rows = await tx
        .updateTable('api_keys')
        .set({ revoked_at: at })
        .where('user_id', '=', userId)
        .where('revoked_at', 'is', null)
        .returning('id')
        .execute()
      return rows.map(({ id }) => id)
    },
  }
}

export type ApiKeyStore = ReturnType<typeof createApiKeyStore>
