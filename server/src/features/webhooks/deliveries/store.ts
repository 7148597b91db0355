/** The table `webhook_deliveries`. A delivery waits while it is neither delivered nor given up. */
import { type ExpressionBuilder, type Insertable, type Selectable, sql } from 'kysely'
import { updater } from '../../../database/batch.ts'
import type { Database, Tx } from '../../../database/database.ts'
import type { Tables, WebhookDeliveriesTable } from '../../../database/schema/schema.ts'

export type DeliveryRow = Selectable<WebhookDeliveriesTable>
export type NewDeliveryRow = Insertable<WebhookDeliveriesTable>

export function createDeliveryStore(database: Database) {
  const { read, scan, dialect } = database
  const updateLeased = updater(database, 'webhook_deliveries', 'seq', 'leased_until')
  const isWaiting = (row: ExpressionBuilder<Tables, 'webhook_deliveries'>) =>
    row.and([row('delivered_at', 'is', null), row('failed_at', 'is', null)])

  /** Waits, and is not leased by the clock of the database. */
  const isUnleased = (row: ExpressionBuilder<Tables, 'webhook_deliveries'>) =>
    row.and([
      isWaiting(row),
      row.or([row('leased_until', 'is', null), row('leased_until', '<', dialect.instantIn(0))]),
    ])
  /** The same, and due by this replica's clock. */
  const isFree = (webhookId: string, at: string) => (row: ExpressionBuilder<Tables, 'webhook_deliveries'>) =>
    row.and([row('webhook_id', '=', webhookId), row('next_attempt_at', '<=', at), isUnleased(row)])

  /**
   * No earlier event of the same user waits. `offset` keeps PostgreSQL from joining all rows that wait with each other, and
   * `order by` makes the index of the user the cheapest, also while the table has no statistics.
   */
  const isNext = sql<boolean>`not exists (select 1 from webhook_deliveries as earlier
    where earlier.webhook_id = webhook_deliveries.webhook_id and earlier.user_id = webhook_deliveries.user_id
    and earlier.position < webhook_deliveries.position and earlier.delivered_at is null and earlier.failed_at is null
    order by earlier.position limit 1 offset 0)`

  return {
    /** A delivery that is there already begins anew. */
    async insert(tx: Tx, rows: readonly NewDeliveryRow[]): Promise<void> {
      if (rows.length === 0) return
      await tx
        .insertInto('webhook_deliveries')
        .values(rows)
        .onConflict((conflict) =>
          conflict.columns(['webhook_id', 'position']).doUpdateSet((to) => ({
            next_attempt_at: to.ref('excluded.next_attempt_at'),
            created_at: to.ref('excluded.created_at'),
            attempts: 0,
            delivered_at: null,
            failed_at: null,
            error: null,
          })),
        )
        .execute()
    },

    /** How many wait, counted up to `limit`. The order chooses the index of those that wait. */
    async countWaiting(webhookId: string, limit: number): Promise<number> {
      const some = read
        .selectFrom('webhook_deliveries')
        .select('seq')
        .where('webhook_id', '=', webhookId)
        .where(isWaiting)
        .orderBy('next_attempt_at')
        .limit(limit)
      const { count } = await read
        .selectFrom(some.as('some_deliveries'))
        .select((at) => at.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow()
      return Number(count)
    },

    /** Whether anything could be claimed: asked first, so that no work costs no write. */
    async hasDue(webhookId: string, at: string): Promise<boolean> {
      const row = await read
        .selectFrom('webhook_deliveries')
        .select('seq')
        .where(isFree(webhookId, at))
        .where(isNext)
        .limit(1)
        .executeTakeFirst()
      return row !== undefined
    },

    /**
     * Leases up to `limit` deliveries, of each user the earliest only. The second statement has the condition as well: of
     * two replicas that chose the same row, the second sees the lease of the first.
     */
    async claim(
      tx: Tx,
      webhookId: string,
      at: string,
      seconds: number,
      limit: number,
    ): Promise<DeliveryRow[]> {
      const due = await tx
        .selectFrom('webhook_deliveries')
        .select('seq')
        .where(isFree(webhookId, at))
        .where(isNext)
        .orderBy('next_attempt_at')
        .limit(limit)
        .execute()
      if (due.length === 0) return []
      const chosen = due.map(({ seq }) => seq)
      return tx
        .updateTable('webhook_deliveries')
        .set({ leased_until: dialect.instantIn(seconds) })
        .where('seq', 'in', chosen)
        .where(isUnleased)
        .returningAll()
        .execute()
    },

    /** Changes the delivery if its lease is still the one until `until`. @returns whether it was */
    async settle(tx: Tx, seq: number, until: string, changes: Partial<NewDeliveryRow>): Promise<boolean> {
      return (await updateLeased(tx, [seq, until], { ...changes, leased_until: null })) > 0
    },

    async find(webhookId: string, id: string): Promise<DeliveryRow | undefined> {
      return read
        .selectFrom('webhook_deliveries')
        .selectAll()
        .where('id', '=', id)
        .where('webhook_id', '=', webhookId)
        .executeTakeFirst()
    },

    async update(tx: Tx, id: string, changes: Partial<NewDeliveryRow>): Promise<void> {
      await tx.updateTable('webhook_deliveries').set(changes).where('id', '=', id).execute()
    },

    /** Newest first. */
    async list(
      webhookId: string,
      limit: number,
      beyond: number | null,
      direction: 'next' | 'prev',
    ): Promise<DeliveryRow[]> {
      const forward = direction === 'next'
      let query = scan.selectFrom('webhook_deliveries').selectAll().where('webhook_id', '=', webhookId)
      if (beyond !== null) query = query.where('seq', forward ? '<' : '>', beyond)
      const rows = await query
        .orderBy('seq', forward ? 'desc' : 'asc')
        .limit(limit)
        .execute()
      return forward ? rows : rows.reverse()
    },

    /** Takes what was sent about a user out of the log of deliveries. */
    async forgetUser(tx: Tx, userId: string): Promise<void> {
      const nothing = { request_body: null, response_body: null }
      await tx.updateTable('webhook_deliveries').set(nothing).where('user_id', '=', userId).execute()
    },

    /** Deletes up to `limit` deliveries from before `instant`; returns how many. */
    async deleteBefore(tx: Tx, instant: string, limit: number): Promise<number> {
      const old = tx
        .selectFrom('webhook_deliveries')
        .select('seq')
        .where('created_at', '<', instant)
        .orderBy('created_at')
        .limit(limit)
      const { numDeletedRows } = await tx
        .deleteFrom('webhook_deliveries')
        .where('seq', 'in', sql<number>`(${old})`)
        .executeTakeFirst()
      return Number(numDeletedRows)
    },
  }
}

export type DeliveryStore = ReturnType<typeof createDeliveryStore>
