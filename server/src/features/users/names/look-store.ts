/**
 * The table `username_looks`: the Latin form that each username looks like. After a change of the username its row
 * remains for 30 days.
 */
import type { Selectable } from 'kysely'
import { deleter, inserter } from '../../../database/batch.ts'
import type { Database, Reader, Tx } from '../../../database/database.ts'
import type { UsernameLooksTable } from '../../../database/schema/schema.ts'

export type Look = Selectable<UsernameLooksTable>

export function createLookStore(database: Database) {
  const { read } = database
  const insertRows = inserter(database, 'username_looks')
  const deleteRow = deleter(database, 'username_looks', 'look', 'user_id')
  const putRow = database.prepare(
    read
      .insertInto('username_looks')
      .values({ look: '', user_id: '', reserved_until: '' })
      .onConflict((conflict) =>
        conflict
          .columns(['look', 'user_id'])
          .doUpdateSet((at) => ({ reserved_until: at.ref('excluded.reserved_until') })),
      )
      .compile(),
  )
  const ofUser = database.prepare<Look>(
    read
      .selectFrom('username_looks')
      .selectAll()
      .where('user_id', '=', '')
      .orderBy('reserved_until', 'desc')
      .compile(),
  )
  return {
    /** Whether another user has one of these looks, or one of them is reserved at the instant `at`. */
    async isTaken(from: Tx | Reader, looks: readonly string[], userId: string, at: string): Promise<boolean> {
      const row = await from
        .selectFrom('username_looks')
        .select('user_id')
        .where('look', 'in', looks)
        .where('user_id', '<>', userId)
        .where((where) => where.or([where('reserved_until', 'is', null), where('reserved_until', '>', at)]))
        .limit(1)
        .executeTakeFirst()
      return row !== undefined
    },

    /** Whether another user signs in with this username of a former system. */
    async isPrevious(from: Tx | Reader, key: string, userId: string): Promise<boolean> {
      const row = await from
        .selectFrom('users')
        .select('id')
        .where('previous_username_key', '=', key)
        .where('id', '<>', userId)
        .limit(1)
        .executeTakeFirst()
      return row !== undefined
    },

    async put(tx: Tx, { look, user_id, reserved_until }: Look): Promise<void> {
      await putRow.in(tx, look, user_id, reserved_until)
    },

    /** Adds rows of new users. */
    async insertMany(tx: Tx, rows: readonly Look[]): Promise<void> {
      await insertRows(tx, rows)
    },

    listOf: (tx: Tx, userId: string): Promise<Look[]> => ofUser.in(tx, userId),

    delete: (tx: Tx, { look, user_id }: Look): Promise<void> => deleteRow(tx, look, user_id),

    /** @returns the number of expired reservations that were deleted */
    async deleteOver(at: string, limit: number): Promise<number> {
      return database.transaction(async (tx) => {
        const rows = await tx
          .selectFrom('username_looks')
          .selectAll()
          .where('reserved_until', '<', at)
          .orderBy('reserved_until')
          .limit(limit)
          .execute()
        for (const row of rows) await this.delete(tx, row)
        return rows.length
      })
    },
  }
}
