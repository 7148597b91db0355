/** The shapes of webhooks in requests and answers. */
import { Type } from 'typebox'
import { CurrentPassword } from '../../http/admission/current-password.ts'
import { attemptErrors } from './sending/attempt.ts'
import { disabledReasons } from './webhook.ts'

const Uuid = Type.String({ format: 'uuid' })
const Instant = Type.String({ format: 'date-time' })
const orNull = <T extends import('typebox').TSchema>(schema: T) => Type.Union([schema, Type.Null()])

const Url = Type.String({ minLength: 1, maxLength: 2000, description: 'Where events are posted to; https.' })
const Description = Type.String({ maxLength: 200 })
const Secret = Type.String({
  description: 'Verifies the signatures (Standard Webhooks). It is shown only once.',
})

export const secretParameters = Type.Object({ id: Uuid, secret_id: Uuid })
export const webhookParameters = Type.Object({ id: Uuid })

/** `types`: all types of events. */
export function webhookShapes(types: readonly string[]) {
  const EventNames = Type.Array(Type.Enum(['*', ...types], { $id: 'WebhookEventType' }), {
    minItems: 1,
    maxItems: 50,
    uniqueItems: true,
    description: 'The types of events; `*` for all, also those of later versions.',
  })
  const fields = { url: Url, description: Description, events: EventNames, enabled: Type.Boolean() }
  const properties = {
    id: Uuid,
    ...fields,
    disabled_reason: orNull(Type.Enum([...disabledReasons])),
    failing_since: orNull(Instant),
    created_at: Instant,
    updated_at: Instant,
  }
  const changes = Type.Partial(Type.Object(fields)).properties
  return {
    Webhook: Type.Object(properties, { $id: 'Webhook', title: 'Webhook' }),
    Created: Type.Object(
      { ...properties, secret: Type.Optional(Secret) },
      { $id: 'CreatedWebhook', title: 'CreatedWebhook' },
    ),
    Creation: Type.Object(
      { ...changes, url: Url, current_password: CurrentPassword },
      {
        $id: 'WebhookCreation',
        title: 'WebhookCreation',
        examples: [{ url: 'https://app.example.com/roster', events: ['user.created', 'user.deleted'] }],
      },
    ),
    Replacement: Type.Object(
      { ...changes, url: Url, current_password: CurrentPassword },
      { $id: 'WebhookReplacement', title: 'WebhookReplacement' },
    ),
    Patch: Type.Object(
      { ...changes, current_password: CurrentPassword },
      { $id: 'WebhookPatch', title: 'WebhookPatch' },
    ),
    Secret: Type.Object({ id: Uuid, created_at: Instant }, { $id: 'WebhookSecret', title: 'WebhookSecret' }),
    NewSecret: Type.Object({ id: Uuid, created_at: Instant, secret: Secret }),
  }
}

export const DeliveryShape = Type.Object(
  {
    id: Uuid,
    event_id: Type.String({ format: 'uuid', description: 'The `webhook-id` of the message.' }),
    sequence: orNull(Type.Integer({ description: 'The place in the event feed; null for a test.' })),
    type: Type.String(),
    user_id: orNull(Uuid),
    status: Type.Enum(['pending', 'delivered', 'failed']),
    attempts: Type.Integer(),
    created_at: Instant,
    next_attempt_at: orNull(Instant),
    last_attempt_at: orNull(Instant),
    request: orNull(
      Type.Object({ body: Type.String() }, { description: 'Null without the permission `events:read`.' }),
    ),
    response: orNull(Type.Object({ status: Type.Integer(), body: Type.String() })),
    error: orNull(Type.Enum([...attemptErrors])),
  },
  { $id: 'WebhookDelivery', title: 'WebhookDelivery' },
)

export const ResendShape = Type.Object(
  {
    delivery_id: Type.Optional(Uuid),
    since: Type.Optional(
      Type.String({
        format: 'date-time',
        description: 'All events since this instant that the feed still has.',
      }),
    ),
  },
  { $id: 'WebhookResend', title: 'WebhookResend' },
)
