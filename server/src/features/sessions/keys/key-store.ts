/** The keys that sign tokens, sealed. */
import type { Selectable } from 'kysely'
import type { Database, Tx } from '../../../database/database.ts'
import type { SigningKeysTable } from '../../../database/schema/schema.ts'

export type SigningKeyRow = Selectable<SigningKeysTable>

export function createKeyStore({ read }: Database) {
  return {
    async listKeys(from: Tx | Database['read'] = read): Promise<SigningKeyRow[]> {
      return from.selectFrom('signing_keys').selectAll().orderBy('active_at').orderBy('id').execute()
    },
    async insertKey(tx: Tx, row: SigningKeyRow): Promise<void> {
      await tx.insertInto('signing_keys').values(row).execute()
    },
    /** @returns the ids of the keys that were not retired before */
    async retireKeys(tx: Tx, ids: readonly string[], at: string): Promise<string[]> {
      if (ids.length === 0) return []
      const rows = await tx
        .updateTable('signing_keys')
        .set({ retired_at: at })
        .where('id', 'in', ids)
        .where('retired_at', 'is', null)
        .returning('id')
        .execute()
      return rows.map(({ id }) => id)
    },
    async deleteKeysRetiredBefore(tx: Tx, at: string): Promise<void> {
      await tx.deleteFrom('signing_keys').where('retired_at', '<', at).execute()
    },
  }
}
