import type { AuditEvent } from '../api/types.ts'
import { t } from '../text/text.ts'
import { Tag } from '../ui/bits.tsx'

/** The outcome of an event, unless it succeeded. */
export function OutcomeTag({ outcome }: Pick<AuditEvent, 'outcome'>) {
  if (outcome === 'success') return null
  return <Tag tone={outcome === 'denied' ? 'bad' : 'warn'}>{t(`outcome.${outcome}`)}</Tag>
}
