/** The deliveries of a webhook: listed, tested with a test event, and repeated. */

import type { AuditLog, NewAuditEvent } from '../../../audit-events.ts'
import { type Caller, may } from '../../../caller.ts'
import { newId, now } from '../../../clock.ts'
import type { Database } from '../../../database/database.ts'
import { AppError } from '../../../errors.ts'
import type { Events } from '../../events/service.ts'
import { type AttemptNeeds, attempt } from '../sending/attempt.ts'
import type { WebhookStore } from '../store.ts'
import { type Delivery, deliveryOf } from './delivery.ts'
import type { DeliveryRow, DeliveryStore } from './store.ts'

type Needs = AttemptNeeds & {
  database: Database
  audit: AuditLog
  secretsOf(webhookId: string): Promise<string[]>
  positionBefore: Events['positionBefore']
  /** Wakes the sending of deliveries. */
  wake(): void
}

export type Deliveries = ReturnType<typeof createDeliveries>

export const testType = 'webhook.test'

export function createDeliveries(needs: Needs, webhooks: WebhookStore, store: DeliveryStore) {
  const { database } = needs
  const find = async (webhookId: string) => {
    const row = await webhooks.find(webhookId)
    if (!row) throw new AppError('not_found')
    return row
  }
  const resent = (id: string, changes: Record<string, unknown>): NewAuditEvent => ({
    type: 'webhook.resent',
    target: { kind: 'webhook', id },
    changes,
  })

  return {
    /** Newest first. */
    async list(
      caller: Caller,
      webhookId: string,
      page: { limit: number; position: number | null; direction: 'next' | 'prev' },
    ): Promise<{ seq: number; delivery: Delivery }[]> {
      await find(webhookId)
      const rows = await store.list(webhookId, page.limit, page.position, page.direction)
      return rows.map((row) => ({ seq: row.seq, delivery: deliveryOf(row, may(caller, 'events:read')) }))
    },

    /** Sends a test event, also to a disabled webhook, and returns the result. */
    async test(caller: Caller, webhookId: string): Promise<Delivery> {
      const { url } = await find(webhookId)
      const [id, at] = [newId(), now()]
      const body = JSON.stringify({ id, sequence: null, type: testType, timestamp: at, data: {} })
      const result = await attempt(needs, { url, secrets: await needs.secretsOf(webhookId), id, body })
      const row: Omit<DeliveryRow, 'seq'> = {
        id: newId(),
        webhook_id: webhookId,
        position: null,
        event_id: id,
        type: testType,
        user_id: null,
        created_at: at,
        attempts: 1,
        next_attempt_at: at,
        leased_until: null,
        last_attempt_at: at,
        delivered_at: result.error === null ? now() : null,
        failed_at: result.error === null ? null : now(),
        ...result,
      }
      await database.transaction((tx) => store.insert(tx, [row]))
      return deliveryOf({ ...row, seq: 0 }, may(caller, 'events:read'))
    },

    /** Sends one event again. @throws not_found for an unknown delivery or a test */
    async resendOne(caller: Caller, webhookId: string, id: string): Promise<void> {
      await find(webhookId)
      const row = await store.find(webhookId, id)
      if (!row || row.position === null) throw new AppError('not_found')
      await database.transaction(async (tx) => {
        const again = {
          attempts: 0,
          next_attempt_at: now(),
          delivered_at: null,
          failed_at: null,
          error: null,
        }
        await store.update(tx, id, again)
        await needs.audit.record(tx, caller, resent(webhookId, { delivery_id: id }))
        needs.database.afterCommit(tx, needs.wake)
      })
    },

    /** Sends all events since `instant` again, by moving the position of the webhook back in the feed. */
    async resendSince(caller: Caller, webhookId: string, instant: string): Promise<void> {
      await find(webhookId)
      const position = await needs.positionBefore(instant)
      await database.transaction(async (tx) => {
        const current = await webhooks.findForChange(tx, webhookId)
        if (!current) throw new AppError('not_found')
        if (position < current.position) await webhooks.update(tx, webhookId, { position })
        await needs.audit.record(tx, caller, resent(webhookId, { since: instant }))
        needs.database.afterCommit(tx, needs.wake)
      })
    },

    forgetUser: store.forgetUser,

    /** Housekeeping. */
    deleteBefore: (instant: string, limit: number) =>
      database.transaction((tx) => store.deleteBefore(tx, instant, limit)),
  }
}
