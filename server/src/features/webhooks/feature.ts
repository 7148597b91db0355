/** Creates the webhook feature: registration, deliveries, sending and hooks. */
import { systemCaller } from '../../caller.ts'
import type { Tx } from '../../database/database.ts'
import type { Phrase } from '../../mail/phrases.ts'
import { createDeliveries } from './deliveries/service.ts'
import { createDeliveryStore } from './deliveries/store.ts'
import { createWebhookSending, type SendingNeeds } from './sending/sending.ts'
import { createWebhooks, type WebhookNeeds } from './service.ts'
import { createWebhookStore } from './store.ts'

type Egress = Pick<SendingNeeds, 'fetch'> & { refusalOf(url: string): string | null }

type Needs = Omit<WebhookNeeds, 'refusalOf' | 'endOfFeed'> &
  Pick<SendingNeeds, 'log' | 'reasonOf'> & {
    egress: Egress
    events: SendingNeeds['events'] & { positionBefore(instant: string): Promise<number> }
    /** Mails that a webhook was disabled. */
    tell(tx: Tx, createdBy: string | null, webhook: string, why: Phrase): Promise<void>
  }

const why = { failing: { key: 'webhook_failing' }, gone: { key: 'webhook_gone' } } as const

export function createWebhookFeature(needs: Needs) {
  const { database, events, egress } = needs
  const store = createWebhookStore(database)
  const deliveryStore = createDeliveryStore(database)
  const webhooks = createWebhooks(
    { ...needs, refusalOf: egress.refusalOf, endOfFeed: async () => (await events.advance()).position },
    store,
  )
  const sending = createWebhookSending(
    {
      database,
      events,
      log: needs.log,
      fetch: egress.fetch,
      reasonOf: needs.reasonOf,
      secretsOf: webhooks.secretsOf,
      async switchedOff(tx, { id, url, created_by }, reason) {
        await needs.audit.record(tx, systemCaller, {
          type: 'webhook.disabled',
          reason,
          target: { kind: 'webhook', id },
        })
        await needs.tell(tx, created_by, new URL(url).host, why[reason])
      },
    },
    store,
    deliveryStore,
  )
  const deliveries = createDeliveries(
    {
      database,
      audit: needs.audit,
      fetch: egress.fetch,
      reasonOf: needs.reasonOf,
      secretsOf: webhooks.secretsOf,
      positionBefore: events.positionBefore,
      wake: sending.wake,
    },
    store,
    deliveryStore,
  )
  return { webhooks, deliveries, webhookSending: sending }
}
