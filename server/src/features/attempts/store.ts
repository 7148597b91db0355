import type { Selectable } from 'kysely'
import type { Database, Tx } from '../../database/database.ts'
import type { AttemptsTable } from '../../database/schema.ts'

export type AttemptRow = Selectable<AttemptsTable>

export function createAttemptStore({ dialect }: Database) {
  return {
    /** The row of the key, made when it is not there, and nobody else's until the transaction ends. */
    async take(tx: Tx, fresh: AttemptRow): Promise<AttemptRow> {
      await tx
        .insertInto('attempts')
        .values(fresh)
        .onConflict((conflict) => conflict.column('key').doNothing())
        .execute()
      return dialect
        .locked(tx.selectFrom('attempts').selectAll().where('key', '=', fresh.key))
        .executeTakeFirstOrThrow()
    },
    async put(tx: Tx, { key, ...row }: AttemptRow): Promise<void> {
      await tx.updateTable('attempts').set(row).where('key', '=', key).execute()
    },
    async delete(tx: Tx, keys: readonly string[]): Promise<void> {
      await tx.deleteFrom('attempts').where('key', 'in', keys).execute()
    },
    async deleteEndedBefore(tx: Tx, instant: string, limit: number): Promise<number> {
      const ended = tx.selectFrom('attempts').select('key').where('window_ends_at', '<', instant).limit(limit)
      const { numDeletedRows } = await tx
        .deleteFrom('attempts')
        .where('key', 'in', ended)
        .where('window_ends_at', '<', instant)
        .executeTakeFirst()
      return Number(numDeletedRows)
    },
  }
}
