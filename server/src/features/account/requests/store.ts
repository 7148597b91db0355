/** The table `account_requests`. */
import type { Selectable } from 'kysely'
import type { Database, Tx } from '../../../database/database.ts'
import type { AccountRequestsTable } from '../../../database/schema/schema.ts'

export type RequestRow = Selectable<AccountRequestsTable>

export function createRequestStore({ read }: Database) {
  return {
    async insert(tx: Tx, row: RequestRow): Promise<void> {
      await tx.insertInto('account_requests').values(row).execute()
    },

    /** The oldest requests. */
    async list(limit: number): Promise<RequestRow[]> {
      return read.selectFrom('account_requests').selectAll().orderBy('created_at').limit(limit).execute()
    },

    /** Deletes the row. @returns true if the row existed; of several concurrent calls, only one gets true */
    async take(tx: Tx, id: string): Promise<boolean> {
      const row = await tx
        .deleteFrom('account_requests')
        .where('id', '=', id)
        .returning('id')
        .executeTakeFirst()
      return row !== undefined
    },
  }
}
