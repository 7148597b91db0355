/**
 * Makes deliveries of events. A webhook has a position in the feed; the deliveries of the events after it and the new
 * position are written in one transaction, so a crash loses no event.
 */
import { newId, now } from '../../../clock.ts'
import type { Database } from '../../../database/database.ts'
import type { DeliveryStore, NewDeliveryRow } from '../deliveries/store.ts'
import type { WebhookStore } from '../store.ts'
import { eventsOf, type WebhookRow, wants } from '../webhook.ts'

type FeedRow = { position: number | null; id: string; type: string; user_id: string }

type Needs = {
  database: Database
  listEvents(after: number, limit: number): Promise<FeedRow[]>
}

const eventsAtOnce = 200
/** The maximum of waiting deliveries of a webhook; further events stay in the feed. */
const maxWaiting = 5_000

/** @returns whether there are more events to dispatch now */
export async function dispatch(
  { database, listEvents }: Needs,
  webhooks: WebhookStore,
  deliveries: DeliveryStore,
  webhook: WebhookRow,
): Promise<boolean> {
  if ((await deliveries.countWaiting(webhook.id, maxWaiting)) >= maxWaiting) return false
  const events = await listEvents(webhook.position, eventsAtOnce)
  const last = events.at(-1)?.position ?? null
  if (last === null) return false
  const at = now()
  await database.transaction(async (tx) => {
    const current = await webhooks.findForChange(tx, webhook.id)
    // Another replica has dispatched the events, or the webhook was disabled or moved back in the feed.
    if (current?.position !== webhook.position || current.disabled_at !== null) return
    const wanted = eventsOf(current)
    const rows = events
      .filter(({ type }) => wants(wanted, type))
      .map(
        ({ position, id, type, user_id }): NewDeliveryRow => ({
          id: newId(),
          webhook_id: webhook.id,
          position,
          event_id: id,
          type,
          user_id,
          created_at: at,
          attempts: 0,
          next_attempt_at: at,
        }),
      )
    await deliveries.insert(tx, rows)
    for (const { type, user_id } of events)
      if (type === 'user.erased') await deliveries.forgetUser(tx, user_id)
    await webhooks.update(tx, webhook.id, { position: last })
  })
  return events.length === eventsAtOnce
}
