/** The tables `events` and `event_feed`. */
import { type Insertable, type Selectable, sql } from 'kysely'
import { inserter } from '../../database/batch.ts'
import type { Database, Tx } from '../../database/database.ts'
import type { EventsTable } from '../../database/schema/schema.ts'

export type EventRow = Selectable<EventsTable>
export type NewEventRow = Insertable<EventsTable>

export function createEventStore(database: Database) {
  const { read, scan, dialect } = database
  const insertEvents = inserter(database, 'events')
  return {
    async insert(tx: Tx, rows: readonly NewEventRow[]): Promise<void> {
      await insertEvents(tx, rows)
    },

    /**
     * Adds a row, unless one of the same user and type waits for its position. In that case it updates that row: the lock
     * prevents it from getting a position and being read before this transaction has ended.
     */
    async insertSurplus(tx: Tx, row: NewEventRow): Promise<void> {
      await tx
        .insertInto('events')
        .values(row)
        .onConflict((conflict) =>
          conflict
            .columns(['user_id', 'type'])
            .where('position', 'is', null)
            .where('surplus', '=', sql.lit(1))
            .doUpdateSet({ at: row.at }),
        )
        .execute()
    },

    async state(from: Tx | Database['read'] = read): Promise<{ position: number; deleted_through: number }> {
      return from
        .selectFrom('event_feed')
        .select(['position', 'deleted_through'])
        .where('id', '=', 1)
        .executeTakeFirstOrThrow()
    },

    /** Whether there is a committed event without a position. */
    async hasPending(): Promise<boolean> {
      const row = await read
        .selectFrom('events')
        .select('seq')
        .where('position', 'is', null)
        .limit(1)
        .executeTakeFirst()
      return row !== undefined
    },

    /**
     * Gives positions to up to `limit` committed events, in the order of inserts. Events of one user are in the order of
     * their changes, because a change locks its user until the commit.
     * @returns their number
     */
    async givePositions(tx: Tx, limit: number): Promise<number> {
      const locked = tx.selectFrom('event_feed').select('position').where('id', '=', 1)
      const { position } = await dialect.locked(locked).executeTakeFirstOrThrow()
      const pending = sql`(select seq, row_number() over (order by seq) as place from events
        where position is null order by seq limit ${sql.lit(limit)})`
      const { numAffectedRows } = await sql`update events set position = ${sql.lit(position)} + pending.place
        from ${pending} as pending where events.seq = pending.seq and events.position is null`.execute(tx)
      const count = Number(numAffectedRows ?? 0)
      if (count > 0)
        await tx
          .updateTable('event_feed')
          .set({ position: position + count })
          .where('id', '=', 1)
          .execute()
      return count
    },

    async listAfter(position: number, limit: number): Promise<EventRow[]> {
      return scan
        .selectFrom('events')
        .selectAll()
        .where('position', '>', position)
        .orderBy('position')
        .limit(limit)
        .execute()
    },

    /** The last position before `instant`. Positions follow the times of events, except for short differences. */
    async positionBefore(instant: string): Promise<number> {
      const state = await this.state()
      let [low, high] = [state.deleted_through, state.position]
      while (low < high) {
        const middle = Math.ceil((low + high) / 2)
        const row = await read
          .selectFrom('events')
          .select('at')
          .where('position', '=', middle)
          .executeTakeFirst()
        if (row === undefined || row.at < instant) low = middle
        else high = middle - 1
      }
      return low
    },

    async listAt(positions: readonly number[]): Promise<EventRow[]> {
      return read.selectFrom('events').selectAll().where('position', 'in', positions).execute()
    },

    /** Deletes the first events of the feed before `instant`, up to `limit`. @returns their number */
    async deleteBefore(tx: Tx, instant: string, limit: number): Promise<number> {
      const first = await tx
        .selectFrom('events')
        .select(['position', 'at'])
        .where('position', 'is not', null)
        .orderBy('position')
        .limit(limit)
        .execute()
      const young = first.findIndex(({ at }) => at >= instant)
      const old = young === -1 ? first : first.slice(0, young)
      const through = old.at(-1)?.position
      if (through === undefined || through === null) return 0
      await tx.deleteFrom('events').where('position', '<=', through).execute()
      await tx
        .updateTable('event_feed')
        .set({ deleted_through: through })
        .where('id', '=', 1)
        .where('deleted_through', '<', through)
        .execute()
      return old.length
    },
  }
}
