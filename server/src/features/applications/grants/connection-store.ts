/** The table `application_connections`. */
import type { Selectable } from 'kysely'
import type { Database, Tx } from '../../../database/database.ts'
import type { ApplicationConnectionsTable } from '../../../database/schema/schema.ts'

export type ConnectionRow = Selectable<ApplicationConnectionsTable>

export function createConnectionStore({ read, prepare }: Database) {
  const found = prepare<ConnectionRow>(
    read
      .selectFrom('application_connections')
      .selectAll()
      .where('user_id', '=', '')
      .where('application_id', '=', '')
      .compile(),
  )
  return {
    find: (userId: string, applicationId: string): Promise<ConnectionRow | undefined> =>
      found(userId, applicationId),
    /** With the names of the applications, sorted by the last sign-in, newest first. */
    async list(userId: string): Promise<(ConnectionRow & { name: string })[]> {
      return read
        .selectFrom('application_connections')
        .innerJoin('applications', 'applications.id', 'application_connections.application_id')
        .selectAll('application_connections')
        .select('applications.name')
        .where('user_id', '=', userId)
        .orderBy('last_sign_in_at', 'desc')
        .orderBy('application_id')
        .execute()
    },
    async upsert(tx: Tx, row: ConnectionRow): Promise<void> {
      await tx
        .insertInto('application_connections')
        .values(row)
        .onConflict((conflict) =>
          conflict.columns(['user_id', 'application_id']).doUpdateSet((at) => ({
            scopes: at.ref('excluded.scopes'),
            last_sign_in_at: at.ref('excluded.last_sign_in_at'),
          })),
        )
        .execute()
    },
    /** @returns whether there was one */
    async delete(tx: Tx, userId: string, applicationId: string): Promise<boolean> {
      const { numDeletedRows } = await tx
        .deleteFrom('application_connections')
        .where('user_id', '=', userId)
        .where('application_id', '=', applicationId)
        .executeTakeFirst()
      return numDeletedRows > 0n
    },
  }
}

export type ConnectionStore = ReturnType<typeof createConnectionStore>
