/** Earlier imports, from the audit log. */
import { usePages } from '../api/pages.ts'
import type { AuditEvent } from '../api/types.ts'
import { useNames } from '../audit/names.ts'
import { number, t } from '../text/text.ts'
import { Time } from '../ui/bits.tsx'
import { More } from '../ui/more.tsx'

const counts = ['created', 'updated', 'skipped', 'failed'] as const

export function ImportHistory() {
  const pages = usePages<AuditEvent>('audit', '/audit-events', { type: 'users.imported', limit: 20 })
  const events = pages.data?.pages.flatMap(({ items }) => items) ?? []
  const names = useNames(events.map(({ actor }) => actor.id))
  if (events.length === 0) return null
  return (
    <section aria-labelledby="import-history" className="stack">
      <h2 id="import-history">{t('import.history')}</h2>
      <div className="card table-box">
        <table className="cards">
          <thead>
            <tr>
              <th>{t('audit.at')}</th>
              <th>{t('audit.actor')}</th>
              <th>{t('import.format')}</th>
              {counts.map((name) => (
                <th key={name} className="num">
                  {t(`import.${name}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {events.map(({ id, at, actor, changes }) => (
              <tr key={id}>
                <td className="tight">
                  <Time at={at} />
                </td>
                <td data-label={t('audit.actor')}>
                  {(actor.id && names.get(actor.id)) ??
                    t(actor.kind === 'system' ? 'party.system' : 'party.user')}
                </td>
                <td data-label={t('import.format')}>{String(changes?.['format'] ?? '–')}</td>
                {counts.map((name) => (
                  <td key={name} className="num" data-label={t(`import.${name}`)}>
                    {number(Number(changes?.[name] ?? 0))}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <More pages={pages} shown={events.length} />
    </section>
  )
}
