import type { Selectable } from 'kysely'
import type { Tx } from '../../database/database.ts'
import type { AttemptsTable } from '../../database/schema.ts'

export type AttemptRow = Selectable<AttemptsTable>

export function createAttemptStore() {
  return {
    /** The row of the key, made when it is not there, and nobody else's until the transaction ends. */
    async take(tx: Tx, fresh: AttemptRow): Promise<AttemptRow> {
      // One statement: between an insert and a select the row could be deleted by somebody who signed in.
      return tx
        .insertInto('attempts')
        .values(fresh)
        .onConflict((conflict) => conflict.column('key').doUpdateSet({ key: fresh.key }))
        .returningAll()
        .executeTakeFirstOrThrow()
    },
    async put(tx: Tx, { key, ...row }: AttemptRow): Promise<void> {
      await tx.updateTable('attempts').set(row).where('key', '=', key).execute()
    },
    /** When the window of the key ends. */
    async findEnd(tx: Tx, key: string): Promise<string | undefined> {
      const row = await tx
        .selectFrom('attempts')
        .select('window_ends_at')
        .where('key', '=', key)
        .executeTakeFirst()
      return row?.window_ends_at
    },
    /** Writes the row, whether or not it was there. */
    async keep(tx: Tx, row: AttemptRow): Promise<void> {
      await tx
        .insertInto('attempts')
        .values(row)
        .onConflict((conflict) => conflict.column('key').doUpdateSet(row))
        .execute()
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
