import type { Selectable } from 'kysely'
import type { Database, Tx } from '../../database/database.ts'
import type { ApplicationSecretsTable } from '../../database/schema/schema.ts'
import type { ApplicationRow } from './application.ts'

export type SecretRow = Selectable<ApplicationSecretsTable>

export function createApplicationStore(database: Database) {
  const { read, dialect } = database
  const found = database.prepare<ApplicationRow>(
    read.selectFrom('applications').selectAll().where('id', '=', '').compile(),
  )
  const secretsOf = database.prepare<SecretRow>(
    read
      .selectFrom('application_secrets')
      .selectAll()
      .where('application_id', '=', '')
      .orderBy('id')
      .compile(),
  )
  return {
    async insert(tx: Tx, row: ApplicationRow): Promise<void> {
      await tx.insertInto('applications').values(row).execute()
    },
    /** @param id from a client; PostgreSQL fails for a text with NUL */
    find: async (id: string): Promise<ApplicationRow | undefined> =>
      id.includes('\u0000') ? undefined : found(id),
    async findForChange(tx: Tx, id: string): Promise<ApplicationRow | undefined> {
      return dialect.locked(tx.selectFrom('applications').selectAll().where('id', '=', id)).executeTakeFirst()
    },
    /** Newest first. */
    async list(
      limit: number,
      beforeId: string | null,
      direction: 'next' | 'prev',
    ): Promise<ApplicationRow[]> {
      const forward = direction === 'next'
      let query = read.selectFrom('applications').selectAll()
      if (beforeId !== null) query = query.where('id', forward ? '<' : '>', beforeId)
      const rows = await query
        .orderBy('id', forward ? 'desc' : 'asc')
        .limit(limit)
        .execute()
      return forward ? rows : rows.reverse()
    },
    async update(tx: Tx, id: string, row: ApplicationRow): Promise<void> {
      await tx.updateTable('applications').set(row).where('id', '=', id).execute()
    },
    async noteUse(tx: Tx, id: string, at: string): Promise<void> {
      await tx.updateTable('applications').set({ last_used_at: at }).where('id', '=', id).execute()
    },
    async delete(tx: Tx, id: string): Promise<void> {
      await tx.deleteFrom('applications').where('id', '=', id).execute()
    },

    async insertSecret(tx: Tx, row: SecretRow): Promise<void> {
      await tx.insertInto('application_secrets').values(row).execute()
    },
    /** Oldest first. */
    listSecrets: (applicationId: string, from: Tx | Database['read'] = read): Promise<SecretRow[]> =>
      secretsOf.in(from, applicationId),
    async deleteSecret(tx: Tx, applicationId: string, id: string): Promise<boolean> {
      const { numDeletedRows } = await tx
        .deleteFrom('application_secrets')
        .where('application_id', '=', applicationId)
        .where('id', '=', id)
        .executeTakeFirst()
      return numDeletedRows > 0n
    },
  }
}

export type ApplicationStore = ReturnType<typeof createApplicationStore>
