/** The tables of the event feed and of webhooks. */
import type { Generated } from 'kysely'
import type { JsonText } from '../../encoding/json-text.ts'

/** Owner: features/events. One row for each change of a user. */
export type EventsTable = {
  /** In the order of inserts. On PostgreSQL a later one can be committed before an earlier one. */
  seq: Generated<number>
  /** The position in the feed, without gaps; null until a reader requests events after the commit. */
  position: number | null
  id: string
  at: string
  type: string
  user_id: string
  /** The names of the fields that changed; null when they are not known. */
  fields: JsonText<string[]> | null
  /** 1: a change above the limit of its caller. One row represents all such changes that no reader has seen. */
  surplus: number
}

/** Owner: features/events. One row. It is locked while events get positions. */
export type EventFeedTable = { id: number; position: number; deleted_through: number }

/** Owner: features/webhooks. */
export type WebhooksTable = {
  id: string
  url: string
  description: string
  /** The types of events that the webhook receives. */
  events: JsonText<string[]>
  /** The last position of the feed for which deliveries were created. */
  position: number
  disabled_at: string | null
  disabled_reason: 'manual' | 'failing' | 'gone' | null
  /** The time since which all deliveries have failed; null while they succeed. */
  failing_since: string | null
  created_by: string | null
  version: number
  created_at: string
  updated_at: string
}

/** Owner: features/webhooks. The secret is encrypted. */
export type WebhookSecretsTable = { id: string; webhook_id: string; secret: string; created_at: string }

/** Owner: features/webhooks. One event for one webhook, with the last attempt to deliver it. */
export type WebhookDeliveriesTable = {
  seq: Generated<number>
  id: string
  webhook_id: string
  /** The position of the event in the feed; null for a test. */
  position: number | null
  event_id: string
  type: string
  user_id: string | null
  created_at: string
  attempts: number
  next_attempt_at: string
  leased_until: string | null
  last_attempt_at: string | null
  delivered_at: string | null
  /** The time of the permanent failure. */
  failed_at: string | null
  request_body: string | null
  response_status: number | null
  response_body: string | null
  error:
    | ('address_not_allowed' | 'name_not_resolved' | 'connection_refused' | 'tls_failed' | 'timeout')
    | ('no_answer' | 'redirect' | 'bad_status' | 'gone')
    | null
}
