import type { Selectable } from 'kysely'
import type { Database, Tx } from '../../database/database.ts'
import type { IdempotencyKeysTable } from '../../database/schema/schema.ts'

export type IdempotencyRow = Selectable<IdempotencyKeysTable>
/** The row of one claim: a later request that takes over the key has another `created_at`. */
export type ClaimKey = Pick<IdempotencyRow, 'scope' | 'key' | 'created_at'>

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
    /** Stores the id of the created resource. @returns false when another request has the claim */
    async setResource(tx: Tx, { scope, key, created_at }: ClaimKey, resource_id: string): Promise<boolean> {
      const row = await tx
        .updateTable('idempotency_keys')
        .set({ resource_id })
        .where('scope', '=', scope)
        .where('key', '=', key)
        .where('created_at', '=', created_at)
        .where('resource_id', 'is', null)
        .returning('key')
        .executeTakeFirst()
      return row !== undefined
    },
    /** Stores only the first answer. */
    async setAnswer(tx: Tx, { scope, key, created_at }: ClaimKey, answer: string): Promise<void> {
      await tx
        .updateTable('idempotency_keys')
        .set({ answer })
        .where('scope', '=', scope)
        .where('key', '=', key)
        .where('created_at', '=', created_at)
        .where('answer', 'is', null)
        .execute()
    },
    /** Frees the key unless its request has created something. @returns whether the key existed */
    async delete(tx: Tx, { scope, key, created_at }: ClaimKey): Promise<boolean> {
      const { numDeletedRows } = await tx
        .deleteFrom('idempotency_keys')
        .where('scope', '=', scope)
        .where('key', '=', key)
        .where('created_at', '=', created_at)
        .where('resource_id', 'is', null)
        .executeTakeFirst()
      return numDeletedRows > 0n
    },
    /** Frees a key that has expired, or whose first request ended without creating anything. */
    async deleteExpired(
      tx: Tx,
      { scope, key }: { scope: string; key: string },
      { at, abandonedBefore }: { at: string; abandonedBefore: string },
    ): Promise<void> {
      await tx
        .deleteFrom('idempotency_keys')
        .where('scope', '=', scope)
        .where('key', '=', key)
        .where((row) =>
          row.or([
            row('expires_at', '<', at),
            row.and([
              row('answer', 'is', null),
              row('resource_id', 'is', null),
              row('created_at', '<', abandonedBefore),
            ]),
          ]),
        )
        .execute()
    },
    /** Deletes the answers that contain an erased resource. */
    async deleteOf(tx: Tx, resourceId: string): Promise<void> {
      await tx.deleteFrom('idempotency_keys').where('resource_id', '=', resourceId).execute()
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
