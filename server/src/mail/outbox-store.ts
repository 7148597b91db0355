/** The table `mail_outbox`. */
import type { ExpressionBuilder, Insertable, Selectable } from 'kysely'
import { inserter } from '../database/batch.ts'
import type { Database, Tx } from '../database/database.ts'
import type { MailOutboxTable, Tables } from '../database/schema/schema.ts'

export type OutboxRow = Selectable<MailOutboxTable>

export type OutboxStatus = {
  /** Mails that wait to be sent. */
  queued: number
  /** When the oldest of them was queued. */
  oldest_created_at: string | null
  /** Mails that were given up and are still remembered. */
  failed: number
}

export function createOutboxStore(database: Database) {
  const { read, scan, dialect } = database
  const insertRows = inserter(database, 'mail_outbox')
  const leased = database.prepare<{ id: string }>(
    read.selectFrom('mail_outbox').select('id').where('id', '=', '').where('leased_until', '=', '').compile(),
  )
  /** Open, due by this replica's clock, and not leased by the clock of the database. */
  const isFree = (at: string) => (row: ExpressionBuilder<Tables, 'mail_outbox'>) =>
    row.and([
      row('sent_at', 'is', null),
      row('failed_at', 'is', null),
      row('next_attempt_at', '<=', at),
      row.or([row('leased_until', 'is', null), row('leased_until', '<', dialect.instantIn(0))]),
    ])

  return {
    async insert(tx: Tx, row: Insertable<MailOutboxTable>): Promise<void> {
      await insertRows(tx, [row])
    },

    /** Whether anything could be claimed: asked before every claim, so that an empty outbox costs no write. */
    async hasDue(at: string): Promise<boolean> {
      const row = await read
        .selectFrom('mail_outbox')
        .select('id')
        .where(isFree(at))
        .limit(1)
        .executeTakeFirst()
      return row !== undefined
    },

    /**
     * Leases up to `limit` mails that are due. The second statement has the condition as well: of two replicas that chose
     * the same row, the second sees the lease of the first. In one statement, PostgreSQL without statistics could make the
     * choice once for each mail that waits.
     */
    async claim(tx: Tx, at: string, seconds: number, limit: number): Promise<OutboxRow[]> {
      const due = await tx
        .selectFrom('mail_outbox')
        .select('id')
        .where(isFree(at))
        .orderBy('priority')
        .orderBy('next_attempt_at')
        .limit(limit)
        .execute()
      if (due.length === 0) return []
      const chosen = due.map(({ id }) => id)
      return tx
        .updateTable('mail_outbox')
        .set({ leased_until: dialect.instantIn(seconds) })
        .where('id', 'in', chosen)
        .where(isFree(at))
        .returningAll()
        .execute()
    },

    /** @returns until when the lease lasts now; undefined when it is no longer the one that lasted until `until` */
    async renew(tx: Tx, id: string, until: string, seconds: number): Promise<string | undefined> {
      const row = await tx
        .updateTable('mail_outbox')
        .set({ leased_until: dialect.instantIn(seconds) })
        .where('id', '=', id)
        .where('leased_until', '=', until)
        .returning('leased_until')
        .executeTakeFirst()
      return row?.leased_until ?? undefined
    },

    async isLeased(id: string, until: string): Promise<boolean> {
      return (await leased(id, until)) !== undefined
    },

    /** Changes the mail, or only if its lease is still the one until `until`. @returns whether it was */
    async update(
      tx: Tx,
      id: string,
      changes: Partial<Omit<OutboxRow, 'id'>>,
      until?: string,
    ): Promise<boolean> {
      let query = tx.updateTable('mail_outbox').set(changes).where('id', '=', id)
      if (until !== undefined) query = query.where('leased_until', '=', until)
      return (await query.returning('id').executeTakeFirst()) !== undefined
    },

    async status(): Promise<OutboxStatus> {
      const waiting = await read
        .selectFrom('mail_outbox')
        .select((at) => [at.fn.countAll<number>().as('queued'), at.fn.min('created_at').as('oldest')])
        .where('sent_at', 'is', null)
        .where('failed_at', 'is', null)
        .executeTakeFirstOrThrow()
      const { failed } = await scan
        .selectFrom('mail_outbox')
        .select((at) => at.fn.countAll<number>().as('failed'))
        .where('failed_at', 'is not', null)
        .executeTakeFirstOrThrow()
      return {
        queued: Number(waiting.queued),
        oldest_created_at: waiting.oldest,
        failed: Number(failed),
      }
    },

    /** Up to `limit` mails that were sent or given up before `instant`, or never and have expired before it. */
    async listDoneBefore(instant: string, limit: number): Promise<string[]> {
      const rows = await scan
        .selectFrom('mail_outbox')
        .select('id')
        .where((where) =>
          where.or([
            where('sent_at', '<', instant),
            where('failed_at', '<', instant),
            where('expires_at', '<', instant),
          ]),
        )
        .limit(limit)
        .execute()
      return rows.map(({ id }) => id)
    },

    async delete(tx: Tx, ids: readonly string[]): Promise<void> {
      if (ids.length > 0) await tx.deleteFrom('mail_outbox').where('id', 'in', ids).execute()
    },
  }
}
