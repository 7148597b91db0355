/** A webhook: a URL to which events are sent. */
import type { Selectable } from 'kysely'
import type { WebhooksTable } from '../../database/schema/schema.ts'
import { fromJsonText } from '../../encoding/json-text.ts'

/** Why a webhook is disabled: by a user, because it failed for days, or because its receiver answered 410 Gone. */
export const disabledReasons = ['manual', 'failing', 'gone'] as const
export type DisabledReason = (typeof disabledReasons)[number]

export type WebhookFields = {
  url: string
  description: string
  /** Types of events; `*` means all, including those of later versions. */
  events: string[]
  enabled: boolean
}

export type Webhook = WebhookFields & {
  id: string
  disabled_reason: DisabledReason | null
  failing_since: string | null
  created_at: string
  updated_at: string
}

export type WebhookRow = Selectable<WebhooksTable>

export function webhookOf(row: WebhookRow): Webhook {
  return {
    id: row.id,
    url: row.url,
    description: row.description,
    events: eventsOf(row),
    enabled: row.disabled_at === null,
    disabled_reason: row.disabled_reason,
    failing_since: row.failing_since,
    created_at: row.created_at,
    updated_at: row.updated_at,
  }
}

export function eventsOf({ events }: Pick<WebhookRow, 'events'>): string[] {
  return fromJsonText(events)
}

export function wants(events: readonly string[], type: string): boolean {
  return events.includes('*') || events.includes(type)
}
