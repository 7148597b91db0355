import type { Selectable } from 'kysely'
import type { Database, Tx } from '../../database/database.ts'
import type { IdempotencyKeysTable } from '../../database/schema.ts'

export type IdempotencyRow = Selectable<IdempotencyKeysTable>

export function createIdempotencyStore({ read }: Database) {
  return {
    async find(scope: string, key: string): Promise<IdempotencyRow | undefined> {
      return read
        .selectFrom('idempotency_keys')
        .selectAll()
        .where('scope', '=', scope)
        .where('key', '=', key)
        .executeTakeFirst()
    },
    async insert(tx: Tx, row: IdempotencyRow): Promise<void> {
      await tx.insertInto('idempotency_keys').values(row).execute()
    },
    async setAnswer(tx: Tx, scope: string, key: string, answer: string): Promise<void> {
      await tx
        .updateTable('idempotency_keys')
        .set({ answer })
        .where('scope', '=', scope)
        .where('key', '=', key)
        .execute()
    },
    async delete(tx: Tx, scope: string, key: string): Promise<void> {
      await tx.deleteFrom('idempotency_keys').where('scope', '=', scope).where('key', '=', key).execute()
    },
    /** Frees a key whose day is over, or whose first request was never answered. */
    async deleteExpired(
      tx: Tx,
      scope: string,
      key: string,
      at: string,
      abandonedBefore: string,
    ): Promise<void> {
      await tx
        .deleteFrom('idempotency_keys')
        .where('scope', '=', scope)
        .where('key', '=', key)
        .where((row) =>
          row.or([
            row('expires_at', '<', at),
            row.and([row('answer', 'is', null), row('created_at', '<', abandonedBefore)]),
          ]),
        )
        .execute()
    },
    async deleteBefore(tx: Tx, at: string, limit: number): Promise<number> {
      const old = tx.selectFrom('idempotency_keys').select('key').where('expires_at', '<', at).limit(limit)
      const { numDeletedRows } = await tx
        .deleteFrom('idempotency_keys')
        .where('expires_at', '<', at)
        .where('key', 'in', old)
        .executeTakeFirst()
      return Number(numDeletedRows)
    },
  }
}
