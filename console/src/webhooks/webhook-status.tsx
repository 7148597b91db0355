import type { Webhook } from '../api/types.ts'
import { t, textOr } from '../text/text.ts'
import { Tag } from '../ui/bits.tsx'

/** The host of a URL, as the name of a webhook. */
export function hostOf({ url }: Pick<Webhook, 'url'>): string {
  return new URL(url).host
}

export function WebhookStatus({ webhook }: { webhook: Webhook }) {
  const { enabled, disabled_reason: reason, failing_since: failing } = webhook
  if (!enabled)
    return (
      <Tag tone={reason === 'manual' ? 'plain' : 'bad'}>{textOr(`hook.off.${reason}`, t('hook.off'))}</Tag>
    )
  return failing === null ? <Tag tone="good">{t('hook.on')}</Tag> : <Tag tone="warn">{t('hook.failing')}</Tag>
}

/** The types of events that a webhook receives. */
export function EventTypes({ events }: { events: readonly string[] }) {
  if (events.includes('*')) return <span className="dim">{t('hook.all_events')}</span>
  return (
    <span className="tags">
      {events.map((type) => (
        <Tag key={type}>{type}</Tag>
      ))}
    </span>
  )
}
