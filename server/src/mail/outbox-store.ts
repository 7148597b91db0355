/** The table `mail_outbox`. */
import type { ExpressionBuilder, Insertable, Selectable } from 'kysely'
import { inserter } from '../database/batch.ts'
import type { Database, Tx } from '../database/database.ts'
import type { MailOutboxTable, Tables } from '../database/schema/schema.ts'

export type OutboxRow = Selectable<MailOutboxTable>

export type OutboxStatus = {
  /** The number of queued mails. */
  queued: number
  /** The time at which the oldest of them was queued. */
  oldest_created_at: string | null
  /** The number of failed mails that are still stored. */
  failed: number
}

export function createOutboxStore(database: Database) {
  const { read, scan, dialect } = database
  const insertRows = inserter(database, 'mail_outbox')
  const leased = database.prepare<{ id: string }>(
    read.selectFrom('mail_outbox').select('id').where('id', '=', '').where('leased_until', '=', '').compile(),
  )
  /** Queued, due by the clock of this replica, and not leased by the clock of the database. */
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

    /** Whether there is a mail to lease. It is checked first, so that an empty outbox causes no write. */
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
     * Leases up to `limit` due mails. The second statement repeats the condition: if two replicas select the same row,
     * the second one sees the lease of the first. In one statement, PostgreSQL without statistics could run the selection
     * once for each waiting mail.
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

    /** @returns the new end of the lease; undefined if the lease does not end at `until` any more */
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

    /** Changes the mail; with `until` only if its lease still ends then. @returns whether it did */
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

    /** Deletes up to `limit` mails that were sent, failed or expired before `instant`. */
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
