import type { Selectable } from 'kysely'
import { deleter, inserter } from '../../database/batch.ts'
import type { Database, Tx } from '../../database/database.ts'
import type { OneTimeTokensTable } from '../../database/schema/schema.ts'

export type TokenRow = Selectable<OneTimeTokensTable>

export function createTokenStore(database: Database) {
  const { read, scan } = database
  const insertRows = inserter(database, 'one_time_tokens')
  const deleteAllOf = deleter(database, 'one_time_tokens', 'user_id')
  const deletePurposeOf = deleter(database, 'one_time_tokens', 'user_id', 'purpose')
  return {
    async insert(tx: Tx, row: TokenRow): Promise<void> {
      await insertRows(tx, [row])
    },

    async find(
      from: Tx | Database['read'],
      hash: string,
      purposes: readonly string[],
      at: string,
    ): Promise<TokenRow | undefined> {
      return from
        .selectFrom('one_time_tokens')
        .selectAll()
        .where('hash', '=', hash)
        .where('purpose', 'in', purposes)
        .where('expires_at', '>', at)
        .executeTakeFirst()
    },

    /** Deletes the row and returns it: of several concurrent calls, one gets it. */
    async take(tx: Tx, hash: string, purposes: readonly string[], at: string): Promise<TokenRow | undefined> {
      return tx
        .deleteFrom('one_time_tokens')
        .where('hash', '=', hash)
        .where('purpose', 'in', purposes)
        .where('expires_at', '>', at)
        .returningAll()
        .executeTakeFirst()
    },

    async list(userId: string): Promise<TokenRow[]> {
      return read.selectFrom('one_time_tokens').selectAll().where('user_id', '=', userId).execute()
    },

    /** All links of a user, or those of one purpose. */
    async deleteOf(tx: Tx, userId: string, purpose?: string): Promise<void> {
      if (purpose === undefined) await deleteAllOf(tx, userId)
      else await deletePurposeOf(tx, userId, purpose)
    },

    /** Deletes the links of a purpose that belong to no user. */
    async deleteUnowned(tx: Tx, purpose: string): Promise<void> {
      await tx
        .deleteFrom('one_time_tokens')
        .where('user_id', 'is', null)
        .where('purpose', '=', purpose)
        .execute()
    },

    async listExpired(at: string, limit: number): Promise<string[]> {
      const rows = await scan
        .selectFrom('one_time_tokens')
        .select('hash')
        .where('expires_at', '<', at)
        .limit(limit)
        .execute()
      return rows.map(({ hash }) => hash)
    },

    async delete(tx: Tx, hashes: readonly string[]): Promise<void> {
      if (hashes.length > 0) await tx.deleteFrom('one_time_tokens').where('hash', 'in', hashes).execute()
    },
  }
}
