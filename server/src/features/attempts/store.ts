import { type Selectable, sql } from 'kysely'
import type { Database, Prepared, Tx } from '../../database/database.ts'
import type { AttemptsTable } from '../../database/schema/schema.ts'

export type AttemptRow = Selectable<AttemptsTable>

const anyRow: AttemptRow = { key: '', count: 0, window_ends_at: '', blocked_until: null }

export function createAttemptStore({ read, prepare }: Database) {
  // One statement: between an insert and a select a sign-in could delete the row.
  const takeMany = byCount((count) =>
    prepare<AttemptRow>(
      read
        .insertInto('attempts')
        .values(Array(count).fill(anyRow))
        .onConflict((conflict) =>
          conflict.column('key').doUpdateSet((to) => ({ count: to.ref('attempts.count') })),
        )
        .returningAll()
        .compile(),
    ),
  )
  const putMany = byCount((count) =>
    prepare<AttemptRow>(
      read
        .insertInto('attempts')
        .values(Array(count).fill(anyRow))
        .onConflict((conflict) =>
          conflict.column('key').doUpdateSet((to) => ({
            count: to.ref('excluded.count'),
            window_ends_at: to.ref('excluded.window_ends_at'),
            blocked_until: to.ref('excluded.blocked_until'),
          })),
        )
        .compile(),
    ),
  )
  const deleteMany = byCount((count) =>
    prepare<AttemptRow>(read.deleteFrom('attempts').where('key', 'in', Array(count).fill('')).compile()),
  )
  const giveBack = prepare(
    read
      .updateTable('attempts')
      .set({ count: sql<number>`case when count > 0 then count - 1 else 0 end`, blocked_until: null })
      .where('key', '=', '')
      .compile(),
  )
  const byKey = prepare<AttemptRow>(read.selectFrom('attempts').selectAll().where('key', '=', '').compile())
  const addOne = prepare<Pick<AttemptRow, 'key'>>(
    read
      .updateTable('attempts')
      .set((at) => ({ count: at('count', '+', sql.lit(1)) }))
      .where('key', '=', '')
      .returning('key')
      .compile(),
  )
  const putOne = prepare(
    read
      .insertInto('attempts')
      .values({ ...anyRow, count: sql.lit(1) })
      .onConflict((conflict) =>
        conflict.column('key').doUpdateSet((to) => ({ count: to('attempts.count', '+', sql.lit(1)) })),
      )
      .compile(),
  )

  return {
    /**
     * Locks the rows of these keys until the end of the transaction, and creates the missing ones. Locks are taken in the
     * order given, which prevents deadlocks.
     */
    async take(tx: Tx, fresh: readonly AttemptRow[]): Promise<AttemptRow[]> {
      const taken = await takeMany(fresh.length).in(tx, ...valuesOf(fresh))
      return fresh.map(({ key }) => taken.find((row) => row.key === key)!)
    },
    /** Inserts or updates the rows. */
    async put(tx: Tx, rows: readonly AttemptRow[]): Promise<void> {
      await putMany(rows.length).in(tx, ...valuesOf(rows))
    },
    /** Subtracts one attempt and removes the delay. */
    async giveBack(tx: Tx, key: string): Promise<void> {
      await giveBack.in(tx, null, key)
    },
    async find(tx: Tx, key: string): Promise<AttemptRow | undefined> {
      const [row] = await byKey.in(tx, key)
      return row
    },
    async list(from: Database['read'], keys: readonly string[]): Promise<AttemptRow[]> {
      return from.selectFrom('attempts').selectAll().where('key', 'in', keys).execute()
    },
    /** Adds one attempt and creates a missing row. Without a key, the same statement changes nothing. */
    async addOne(tx: Tx, fresh: AttemptRow | undefined): Promise<void> {
      const changed = await addOne.in(tx, fresh?.key ?? '')
      if (fresh && changed.length === 0) await putOne.in(tx, fresh.key, fresh.window_ends_at, null)
    },
    async delete(tx: Tx, keys: readonly string[]): Promise<void> {
      await deleteMany(keys.length).in(tx, ...keys)
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

/** A statement for each number of rows, built at its first use. */
function byCount(build: (count: number) => Prepared<AttemptRow>): (count: number) => Prepared<AttemptRow> {
  const built = new Map<number, Prepared<AttemptRow>>()
  return (count) => {
    const known = built.get(count) ?? build(count)
    built.set(count, known)
    return known
  }
}

/** In the order of `anyRow`. */
function valuesOf(rows: readonly AttemptRow[]): (string | number | null)[] {
  return rows.flatMap((row) => [row.key, row.count, row.window_ends_at, row.blocked_until])
}
