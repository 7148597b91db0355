/** The table `logout_notices`. */
import type { Selectable } from 'kysely'
import type { Database, Tx } from '../../../database/database.ts'
import type { LogoutNoticesTable } from '../../../database/schema/schema.ts'

export type NoticeRow = Selectable<LogoutNoticesTable>

export function createNoticeStore({ read, dialect }: Database) {
  return {
    /** The applications that have a `backchannel_logout_uri`. */
    async listenersAmong(tx: Tx, applicationIds: readonly string[]): Promise<string[]> {
      if (applicationIds.length === 0) return []
      const rows = await tx
        .selectFrom('applications')
        .select('id')
        .where('id', 'in', applicationIds)
        .where('backchannel_logout_uri', 'is not', null)
        .execute()
      return rows.map(({ id }) => id)
    },

    async insert(tx: Tx, rows: readonly NoticeRow[]): Promise<void> {
      if (rows.length > 0) await tx.insertInto('logout_notices').values(rows).execute()
    },

    async hasDue(at: string): Promise<boolean> {
      const row = await read
        .selectFrom('logout_notices')
        .select('id')
        .where('next_attempt_at', '<=', at)
        .limit(1)
        .executeTakeFirst()
      return row !== undefined
    },

    /** Leases due notices, by the clock of the database, so that other replicas continue if this one crashes. */
    async claim(tx: Tx, at: string, seconds: number, limit: number): Promise<NoticeRow[]> {
      const due = tx
        .selectFrom('logout_notices')
        .select('id')
        .where('next_attempt_at', '<=', at)
        .where((row) =>
          row.or([row('leased_until', 'is', null), row('leased_until', '<', dialect.instantIn(0))]),
        )
        .orderBy('next_attempt_at')
        .limit(limit)
      return tx
        .updateTable('logout_notices')
        .set({ leased_until: dialect.instantIn(seconds) })
        .where('id', 'in', due)
        .where((row) =>
          row.or([row('leased_until', 'is', null), row('leased_until', '<', dialect.instantIn(0))]),
        )
        .returningAll()
        .execute()
    },

    async putOff(tx: Tx, id: string, attempts: number, nextAttemptAt: string): Promise<void> {
      await tx
        .updateTable('logout_notices')
        .set({ attempts, next_attempt_at: nextAttemptAt, leased_until: null })
        .where('id', '=', id)
        .execute()
    },

    async delete(tx: Tx, id: string): Promise<void> {
      await tx.deleteFrom('logout_notices').where('id', '=', id).execute()
    },
  }
}
