/** The table `mail_outbox`. */
import type { Selectable } from 'kysely'
import type { Database, Tx } from '../database/database.ts'
import type { MailOutboxTable } from '../database/schema.ts'

export type OutboxRow = Selectable<MailOutboxTable>

export type OutboxStatus = {
  /** Mails that wait to be sent. */
  queued: number
  /** When the oldest of them was queued. */
  oldest_created_at: string | null
  /** Mails that were given up and are still remembered. */
  failed: number
}

export function createOutboxStore({ read, scan }: Database) {
  return {
    async insert(tx: Tx, row: OutboxRow): Promise<void> {
      await tx.insertInto('mail_outbox').values(row).execute()
    },

    /** Whether anything could be claimed: asked before every claim, so that an empty outbox costs no write. */
    async hasDue(at: string): Promise<boolean> {
      const row = await read
        .selectFrom('mail_outbox')
        .select('id')
        .where('sent_at', 'is', null)
        .where('failed_at', 'is', null)
        .where('next_attempt_at', '<=', at)
        .where((where) => where.or([where('leased_until', 'is', null), where('leased_until', '<', at)]))
        .limit(1)
        .executeTakeFirst()
      return row !== undefined
    },

    /**
     * Leases up to `limit` mails that are due until `until`. The condition stands outside the subquery as well: of two
     * replicas that chose the same row, the second one sees the lease of the first and leaves it alone.
     */
    async claim(tx: Tx, at: string, until: string, limit: number): Promise<OutboxRow[]> {
      const due = tx
        .selectFrom('mail_outbox')
        .select('id')
        .where('sent_at', 'is', null)
        .where('failed_at', 'is', null)
        .where('next_attempt_at', '<=', at)
        .where((where) => where.or([where('leased_until', 'is', null), where('leased_until', '<', at)]))
        .orderBy('next_attempt_at')
        .limit(limit)
      return tx
        .updateTable('mail_outbox')
        .set({ leased_until: until })
        .where('id', 'in', due)
        .where('sent_at', 'is', null)
        .where('failed_at', 'is', null)
        .where((where) => where.or([where('leased_until', 'is', null), where('leased_until', '<', at)]))
        .returningAll()
        .execute()
    },

    async update(tx: Tx, id: string, changes: Partial<Omit<OutboxRow, 'id'>>): Promise<void> {
      await tx.updateTable('mail_outbox').set(changes).where('id', '=', id).execute()
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

    /** Up to `limit` mails that were sent or given up before `instant`. */
    async listDoneBefore(instant: string, limit: number): Promise<string[]> {
      const rows = await scan
        .selectFrom('mail_outbox')
        .select('id')
        .where((where) => where.or([where('sent_at', '<', instant), where('failed_at', '<', instant)]))
        .limit(limit)
        .execute()
      return rows.map(({ id }) => id)
    },

    async delete(tx: Tx, ids: readonly string[]): Promise<void> {
      if (ids.length > 0) await tx.deleteFrom('mail_outbox').where('id', 'in', ids).execute()
    },
  }
}
