import type { Selectable } from 'kysely'
import type { Tx } from '../../database/database.ts'
import type { AttemptsTable } from '../../database/schema.ts'

export type AttemptRow = Selectable<AttemptsTable>

export function createAttemptStore() {
  return {
    /**
     * The rows of these keys, made where they are not there, and nobody else's until the transaction ends. They are
     * taken in the order given, so that two who want the same never wait for each other.
     */
    async take(tx: Tx, fresh: readonly AttemptRow[]): Promise<AttemptRow[]> {
      // One statement: between an insert and a select the row could be deleted by somebody who signed in.
      const taken = await tx
        .insertInto('attempts')
        .values(fresh)
        .onConflict((conflict) =>
          conflict.column('key').doUpdateSet((to) => ({ key: to.ref('excluded.key') })),
        )
        .returningAll()
        .execute()
      const rows = new Map(taken.map((row) => [row.key, row]))
      return fresh.map(({ key }) => rows.get(key)!)
    },
    /** Writes the rows, whether or not they were there. */
    async put(tx: Tx, rows: readonly AttemptRow[]): Promise<void> {
      await tx
        .insertInto('attempts')
        .values(rows)
        .onConflict((conflict) =>
          conflict.column('key').doUpdateSet((to) => ({
            count: to.ref('excluded.count'),
            window_ends_at: to.ref('excluded.window_ends_at'),
            blocked_until: to.ref('excluded.blocked_until'),
          })),
        )
        .execute()
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
