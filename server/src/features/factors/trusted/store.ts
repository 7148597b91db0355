/** The table `trusted_browsers`. */
import type { Selectable } from 'kysely'
import { deleter } from '../../../database/batch.ts'
import type { Database, Tx } from '../../../database/database.ts'
import type { TrustedBrowsersTable } from '../../../database/schema/schema.ts'

export type TrustedRow = Selectable<TrustedBrowsersTable>

export function createTrustedStore(database: Database) {
  const { read } = database
  return {
    async insert(tx: Tx, row: TrustedRow): Promise<void> {
      await tx.insertInto('trusted_browsers').values(row).execute()
    },

    /** Newest first. */
    async list(userId: string, at: string, from: Tx | Database['read'] = read): Promise<TrustedRow[]> {
      return from
        .selectFrom('trusted_browsers')
        .selectAll()
        .where('user_id', '=', userId)
        .where('expires_at', '>', at)
        .orderBy('created_at', 'desc')
        .execute()
    },

    async find(userId: string, hashes: readonly string[], at: string): Promise<string | undefined> {
      const row = await read
        .selectFrom('trusted_browsers')
        .select('id')
        .where('secret_hash', 'in', hashes)
        .where('user_id', '=', userId)
        .where('expires_at', '>', at)
        .executeTakeFirst()
      return row?.id
    },

    /** @returns whether the browser is still trusted */
    async use(tx: Tx, userId: string, hashes: readonly string[], at: string): Promise<boolean> {
      const { numUpdatedRows } = await tx
        .updateTable('trusted_browsers')
        .set({ last_used_at: at })
        .where('secret_hash', 'in', hashes)
        .where('user_id', '=', userId)
        .where('expires_at', '>', at)
        .executeTakeFirst()
      return numUpdatedRows > 0n
    },

    async delete(tx: Tx, userId: string, ids: readonly string[]): Promise<number> {
      if (ids.length === 0) return 0
      const { numDeletedRows } = await tx
        .deleteFrom('trusted_browsers')
        .where('id', 'in', ids)
        .where('user_id', '=', userId)
        .executeTakeFirst()
      return Number(numDeletedRows)
    },

    deleteAll: deleter(database, 'trusted_browsers', 'user_id'),

    async deleteExpired(tx: Tx, at: string, limit: number): Promise<number> {
      const expired = tx.selectFrom('trusted_browsers').select('id').where('expires_at', '<', at).limit(limit)
      const { numDeletedRows } = await tx
        .deleteFrom('trusted_browsers')
        .where('id', 'in', expired)
        .executeTakeFirst()
      return Number(numDeletedRows)
    },
  }
}

export type TrustedStore = ReturnType<typeof createTrustedStore>
