/** The table `webhook_deliveries`. A delivery waits until it is delivered or has failed permanently. */
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

  /** Waiting, and not leased by the clock of the database. */
  const isUnleased = (row: ExpressionBuilder<Tables, 'webhook_deliveries'>) =>
    row.and([
      isWaiting(row),
      row.or([row('leased_until', 'is', null), row('leased_until', '<', dialect.instantIn(0))]),
    ])
  /** Waiting deliveries without a lease that are due by the clock of this replica. */
  const isFree = (webhookId: string, at: string) => (row: ExpressionBuilder<Tables, 'webhook_deliveries'>) =>
    row.and([row('webhook_id', '=', webhookId), row('next_attempt_at', '<=', at), isUnleased(row)])

  /**
   * Deliveries for which no earlier event of the same user waits. `offset` prevents PostgreSQL from joining all waiting
   * rows with each other. `order by` makes the index of the user the cheapest one, even while the table has no
   * statistics.
   */
  const isNext = sql<boolean>`not exists (select 1 from webhook_deliveries as earlier
    where earlier.webhook_id = webhook_deliveries.webhook_id and earlier.user_id = webhook_deliveries.user_id
    and earlier.position < webhook_deliveries.position and earlier.delivered_at is null and earlier.failed_at is null
    order by earlier.position limit 1 offset 0)`

  return {
    /** An existing delivery is reset. */
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

    /** The number of waiting deliveries, counted up to `limit`. The order selects the index of waiting ones. */
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

    /** Whether there is a delivery to claim. This is checked first, so that idle polls write nothing. */
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
     * Leases up to `limit` deliveries, only the earliest of each user. The second statement repeats the condition: if two
     * replicas select the same row, the second one sees the lease of the first.
     */
    async claim(
      tx: Tx,
      webhookId: string,
      { at, seconds, limit }: { at: string; seconds: number; limit: number },
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

    /** Changes the delivery if its lease still ends at `until`. @returns whether it did */
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

    /** Removes the data of a user from the log of deliveries. */
    async forgetUser(tx: Tx, userId: string): Promise<void> {
      const nothing = { request_body: null, response_body: null }
      await tx.updateTable('webhook_deliveries').set(nothing).where('user_id', '=', userId).execute()
    },

    /** Deletes up to `limit` deliveries before `instant`. @returns their number */
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
