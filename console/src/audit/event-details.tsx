import type { AuditEvent } from '../api/types.ts'
import { list, t } from '../text/text.ts'
import { CopyButton, Time } from '../ui/bits.tsx'

/** All data of an event. */
export function EventDetails({ event }: { event: AuditEvent }) {
  const facts: [string, string | null][] = [
    [t('audit.type'), event.type],
    [t('audit.reason'), event.reason],
    [t('audit.methods'), event.auth_methods.length > 0 ? list(event.auth_methods) : null],
    [t('audit.user_agent'), event.user_agent],
    [t('audit.session'), event.session_id],
    [t('audit.api_key'), event.actor.api_key_id],
    [t('audit.request'), event.request_id],
    [t('audit.id'), event.id],
  ]
  return (
    <div className="event-details">
      <dl className="facts">
        <dt>{t('audit.at')}</dt>
        <dd>
          <Time at={event.at} isExact /> <span className="dim num">({event.at})</span>
        </dd>
        {facts
          .filter(([, value]) => value !== null)
          .map(([label, value]) => (
            <FactRow key={label} label={label} value={value!} />
          ))}
      </dl>
      {event.changes && Object.keys(event.changes).length > 0 && (
        <div className="stack">
          <h3>{t('audit.changes')}</h3>
          <Changes changes={event.changes} />
        </div>
      )}
      <div>
        <CopyButton text={JSON.stringify(event, null, 2)} label={t('audit.copy')} />
      </div>
    </div>
  )
}

function FactRow({ label, value }: { label: string; value: string }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </>
  )
}

/** Changes as before and after if the event has both, else unchanged. */
function Changes({ changes }: { changes: Record<string, unknown> }) {
  return (
    <dl className="facts">
      {Object.entries(changes).map(([name, value]) => (
        <FactRow key={name} label={name} value={describe(value)} />
      ))}
    </dl>
  )
}

function describe(value: unknown): string {
  if (Array.isArray(value) && value.length === 2) return `${plain(value[0])} → ${plain(value[1])}`
  if (typeof value === 'object' && value !== null && ('from' in value || 'to' in value)) {
    const { from, to } = value as { from?: unknown; to?: unknown }
    return `${plain(from)} → ${plain(to)}`
  }
  return plain(value)
}

function plain(value: unknown): string {
  if (value === null || value === undefined) return '–'
  return typeof value === 'string' ? value : JSON.stringify(value)
}
