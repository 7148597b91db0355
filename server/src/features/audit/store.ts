import { type Insertable, type Selectable, sql } from 'kysely'
import { inserter } from '../../database/batch.ts'
import type { Database, Tx } from '../../database/database.ts'
import type { AuditEventsTable } from '../../database/schema/schema.ts'

export type AuditRow = Selectable<AuditEventsTable>
export type NewAuditRow = Insertable<AuditEventsTable>

export type AuditQuery = {
  actor?: string
  target?: string
  type?: string
  after?: string
  before?: string
  limit: number
  /** Older than this `seq`, or newer if `newer` is set. */
  beyond: number | null
  newer: boolean
}

export function createAuditStore(database: Database) {
  const insertEvents = inserter(database, 'audit_events')
  return {
    async insert(tx: Tx, rows: NewAuditRow[]): Promise<void> {
      await insertEvents(tx, rows)
    },

    /** Newest first; with `newer` the nearest newer ones, still newest first. */
    async list(query: AuditQuery): Promise<AuditRow[]> {
      let select = database.scan.selectFrom('audit_events').selectAll()
      if (query.actor !== undefined) select = select.where('actor_id', '=', query.actor)
      if (query.target !== undefined) select = select.where('target_id', '=', query.target)
      if (query.type !== undefined) select = select.where('type', '=', query.type)
      if (query.after !== undefined) select = select.where('at', '>=', query.after)
      if (query.before !== undefined) select = select.where('at', '<', query.before)
      if (query.beyond !== null) select = select.where('seq', query.newer ? '>' : '<', query.beyond)
      const rows = await select
        .orderBy('seq', query.newer ? 'asc' : 'desc')
        .limit(query.limit)
        .execute()
      return query.newer ? rows.reverse() : rows
    },

    /** All events by a user or about a user, newest first. */
    async listAbout(userId: string, limit: number): Promise<AuditRow[]> {
      return database.scan
        .selectFrom('audit_events')
        .selectAll()
        .where((where) => where.or([where('actor_id', '=', userId), where('target_id', '=', userId)]))
        .orderBy('seq', 'desc')
        .limit(limit)
        .execute()
    },

    /** The `seq` of events of these types before `instant` that still have an address, after the event `after`. */
    async listWithOrigin(
      types: readonly string[],
      instant: string,
      after: number,
      limit: number,
    ): Promise<number[]> {
      const rows = await database.scan
        .selectFrom('audit_events')
        .select('seq')
        .where('type', 'in', types)
        .where('seq', '>', after)
        .where('at', '<', instant)
        .where((where) => where.or([where('address', 'is not', null), where('user_agent', 'is not', null)]))
        .orderBy('seq')
        .limit(limit)
        .execute()
      return rows.map(({ seq }) => Number(seq))
    },

    /** The events of a type among the last thousand events about a user, newest first. */
    async listLatestAbout(userId: string, type: string): Promise<AuditRow[]> {
      const last = database.read
        .selectFrom('audit_events')
        .selectAll()
        .where('target_id', '=', userId)
        .orderBy('seq', 'desc')
        .limit(1000)
        .as('last')
      return database.read
        .selectFrom(last)
        .selectAll()
        .where('type', '=', type)
        .orderBy('seq', 'desc')
        .limit(50)
        .execute()
    },

    async forgetOrigin(tx: Tx, seqs: readonly number[]): Promise<void> {
      const nothing = { address: null, user_agent: null }
      await tx.updateTable('audit_events').set(nothing).where('seq', 'in', seqs).execute()
    },

    /** Removes personal data from the rows about and by a user; the rows stay. */
    async erase(tx: Tx, userId: string): Promise<void> {
      const origin = { address: null, user_agent: null }
      const about = { ...origin, changes: null }
      await tx.updateTable('audit_events').set(about).where('target_id', '=', userId).execute()
      await tx.updateTable('audit_events').set(origin).where('actor_id', '=', userId).execute()
    },

    /** Deletes up to `limit` rows before `instant`. Triggers refuse to delete newer rows. @returns the number of rows */
    async deleteBefore(tx: Tx, instant: string, limit: number): Promise<number> {
      await tx
        .insertInto('audit_retention')
        .values({ id: 1, deletable_before: instant })
        .onConflict((conflict) =>
          conflict
            .column('id')
            .doUpdateSet({ deletable_before: instant })
            .where('audit_retention.deletable_before', '<', instant),
        )
        .execute()
      const old = tx
        .selectFrom('audit_events')
        .select('seq')
        .where('at', '<', instant)
        .orderBy('at')
        .limit(limit)
      const { numDeletedRows } = await tx
        .deleteFrom('audit_events')
        .where('seq', 'in', sql<number>`(${old})`)
        .executeTakeFirst()
      return Number(numDeletedRows)
    },
  }
}
