/** The tables `scim_connections`, `scim_requests` and `scim_groups`. */
import type { Insertable, Selectable, Updateable } from 'kysely'
import { inserter } from '../../../database/batch.ts'
import type { Database, Tx } from '../../../database/database.ts'
import type { ScimConnectionsTable, ScimRequestsTable } from '../../../database/schema/schema.ts'
import type { PageOf } from '../../../page.ts'
import type { ConnectionRow, NamedConnectionRow } from './connection.ts'

type From = Tx | Database['read']
export type RequestRow = Selectable<ScimRequestsTable>
export type NewRequestRow = Insertable<ScimRequestsTable>

export function createConnectionStore(database: Database) {
  const { read, dialect } = database
  const insertRequests = inserter(database, 'scim_requests')
  const ofKey = database.prepare<ConnectionRow>(
    read.selectFrom('scim_connections').selectAll().where('api_key_id', '=', '').compile(),
  )
  const named = (from: From) =>
    from
      .selectFrom('scim_connections')
      .leftJoin('api_keys', (join) =>
        join.onRef('api_keys.id', '=', 'scim_connections.api_key_id').on('api_keys.revoked_at', 'is', null),
      )
      .selectAll('scim_connections')
      .select('api_keys.name')

  return {
    async find(id: string, from: From = read): Promise<NamedConnectionRow | undefined> {
      return named(from).where('scim_connections.id', '=', id).executeTakeFirst()
    },
    async findForChange(tx: Tx, id: string): Promise<ConnectionRow | undefined> {
      return dialect
        .locked(tx.selectFrom('scim_connections').selectAll().where('id', '=', id))
        .executeTakeFirst()
    },
    findOfKey: (apiKeyId: string): Promise<ConnectionRow | undefined> => ofKey(apiKeyId),
    /** Removes these names of a user who is erased from refused requests. Directories may write them in another case. */
    async forgetSubject(tx: Tx, names: readonly (string | null)[]): Promise<void> {
      const keys = new Set(names.map((name) => name?.normalize('NFKC').toLowerCase()))
      const rows = await tx
        .selectFrom('scim_requests')
        .select(['seq', 'subject'])
        .where('subject', 'is not', null)
        .execute()
      for (const { seq, subject } of rows)
        if (keys.has(subject?.normalize('NFKC').toLowerCase()))
          await tx.updateTable('scim_requests').set({ subject: null }).where('seq', '=', seq).execute()
    },
    /** Newest first; one more than requested, if there is one. */
    async list({ limit, direction, position }: PageOf): Promise<NamedConnectionRow[]> {
      const forward = direction === 'next'
      let query = named(read)
      if (position) query = query.where('scim_connections.id', forward ? '<' : '>', String(position[0]))
      const rows = await query
        .orderBy('scim_connections.id', forward ? 'desc' : 'asc')
        .limit(limit + 1)
        .execute()
      return forward ? rows : rows.reverse()
    },
    async insert(tx: Tx, row: ConnectionRow): Promise<void> {
      await tx.insertInto('scim_connections').values(row).execute()
    },
    /** Inserts nothing when the API key already has a connection. */
    async insertUnlessThere(tx: Tx, row: ConnectionRow): Promise<void> {
      await tx
        .insertInto('scim_connections')
        .values(row)
        .onConflict((conflict) => conflict.column('api_key_id').doNothing())
        .execute()
    },
    async update(tx: Tx, id: string, changes: Updateable<ScimConnectionsTable>): Promise<void> {
      await tx.updateTable('scim_connections').set(changes).where('id', '=', id).execute()
    },
    async delete(tx: Tx, id: string): Promise<void> {
      await tx.deleteFrom('scim_connections').where('id', '=', id).execute()
    },

    async addRequests(tx: Tx, rows: readonly NewRequestRow[]): Promise<void> {
      await insertRequests(tx, rows)
    },
    /** Deletes the requests of this kind except the last `kept`. */
    async trimRequests(tx: Tx, connectionId: string, isChange: number, kept: number): Promise<void> {
      const ofKind = () =>
        tx
          .selectFrom('scim_requests')
          .select('seq')
          .where('connection_id', '=', connectionId)
          .where('is_change', '=', isChange)
      await tx
        .deleteFrom('scim_requests')
        .where('connection_id', '=', connectionId)
        .where('is_change', '=', isChange)
        .where('seq', '<=', ofKind().orderBy('seq', 'desc').limit(1).offset(kept))
        .execute()
    },
    /** Newest first; one more than requested, if there is one. */
    async listRequests(
      connectionId: string,
      isChange: boolean,
      { limit, direction, position }: PageOf,
    ): Promise<RequestRow[]> {
      const forward = direction === 'next'
      let query = read.selectFrom('scim_requests').selectAll().where('connection_id', '=', connectionId)
      if (isChange) query = query.where('is_change', '=', 1)
      if (position) query = query.where('seq', forward ? '<' : '>', Number(position[0]))
      const rows = await query
        .orderBy('seq', forward ? 'desc' : 'asc')
        .limit(limit + 1)
        .execute()
      return forward ? rows : rows.reverse()
    },
    /** @returns the number of deleted rows */
    async deleteRequestsBefore(tx: Tx, instant: string, limit: number): Promise<number> {
      const old = tx
        .selectFrom('scim_requests')
        .select('seq')
        .where('at', '<', instant)
        .orderBy('at')
        .limit(limit)
      const { numDeletedRows } = await tx
        .deleteFrom('scim_requests')
        .where('seq', 'in', old)
        .executeTakeFirstOrThrow()
      return Number(numDeletedRows)
    },

    async ownerOfGroup(groupId: string): Promise<string | undefined> {
      const row = await read
        .selectFrom('scim_groups')
        .select('connection_id')
        .where('group_id', '=', groupId)
        .executeTakeFirst()
      return row?.connection_id
    },
    async ownGroup(tx: Tx, groupId: string, connectionId: string): Promise<void> {
      await tx.insertInto('scim_groups').values({ group_id: groupId, connection_id: connectionId }).execute()
    },
  }
}

export type ConnectionStore = ReturnType<typeof createConnectionStore>
