import { useNavigate, useSearch } from '@tanstack/react-router'
import { Pause, Play } from 'lucide-react'
import { useState } from 'react'
import { useMay } from '../api/session.ts'
import { Screen } from '../shell/screens.tsx'
import en from '../text/en.json'
import { t, textOr } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import { SelectField, TextField } from '../ui/field.tsx'
import { NoPermission } from '../ui/states.tsx'
import { AuditExport } from './audit-export.tsx'
import { AuditList } from './audit-list.tsx'
import { PartyFilter } from './party-filter.tsx'

const types = Object.keys(en)
  .filter((key) => key.startsWith('event.'))
  .map((key) => key.slice('event.'.length))

/** The types by what they are about, both in the order of their texts. */
function groupedTypes() {
  const shown = types.map((type) => ({ type, text: textOr(`event.${type}`, type) }))
  shown.sort((a, b) => a.text.localeCompare(b.text))
  const groups = new Map<string, typeof shown>()
  for (const each of shown) {
    const group = each.type.split('.')[0]!
    groups.set(group, [...(groups.get(group) ?? []), each])
  }
  return [...groups].sort(([a], [b]) => groupName(a).localeCompare(groupName(b)))
}

const groupName = (group: string) => textOr(`event_group.${group}`, group)

type Filters = { type?: string; actor?: string; target?: string; after?: string; before?: string }

export function AuditScreen() {
  const may = useMay()
  return may('audit:read') ? <Audit /> : <NoPermission />
}

function Audit() {
  const search = useSearch({ from: '/console/audit' })
  const navigate = useNavigate()
  const change = (part: Filters) =>
    void navigate({ to: '/console/audit', search: { ...search, ...part }, replace: true })
  const [isLive, setLive] = useState(false)
  const isFiltered = Object.values(search).some(Boolean)
  return (
    <Screen
      title={t('nav.audit')}
      subtitle={t('audit.text')}
      actions={
        <>
          <Button
            kind="quiet"
            icon={isLive ? <Pause size={16} aria-hidden /> : <Play size={16} aria-hidden />}
            aria-pressed={isLive}
            onClick={() => setLive(!isLive)}
          >
            {t(isLive ? 'audit.pause' : 'audit.live')}
          </Button>
          <AuditExport query={search} />
        </>
      }
    >
      {isLive && (
        <p className="live" role="status">
          {t('audit.is_live')}
        </p>
      )}
      <details className="filter-box" open={isFiltered || matchMedia('(min-width: 800px)').matches}>
        <summary>{t('audit.filters')}</summary>
        <div className="filters">
          <SelectField
            label={t('audit.type')}
            value={search.type ?? ''}
            onChange={({ target }) => change({ type: target.value || undefined })}
          >
            <option value="">{t('audit.all_types')}</option>
            {groupedTypes().map(([group, members]) => (
              <optgroup key={group} label={groupName(group)}>
                {members.map(({ type, text }) => (
                  <option key={type} value={type}>
                    {text}
                  </option>
                ))}
              </optgroup>
            ))}
          </SelectField>
          <PartyFilter label="audit.actor" value={search.actor} set={(actor) => change({ actor })} />
          <PartyFilter label="audit.target" value={search.target} set={(target) => change({ target })} />
          <DayField label={t('audit.after')} value={search.after} set={(after) => change({ after })} />
          <DayField label={t('audit.before')} value={search.before} set={(before) => change({ before })} />
          {isFiltered && (
            <Button
              kind="quiet"
              onClick={() => navigate({ to: '/console/audit', search: {}, replace: true })}
            >
              {t('users.clear')}
            </Button>
          )}
        </div>
      </details>
      <AuditList query={search} isLive={isLive} />
    </Screen>
  )
}

type FieldProps = { label: string; value: string | undefined; set(value: string | undefined): void }

/** A time, entered in the time zone of the user and stored as an instant. */
function DayField({ label, value, set }: FieldProps) {
  return (
    <TextField
      type="datetime-local"
      label={label}
      value={value ? local(value) : ''}
      onChange={({ target }) => set(target.value ? new Date(target.value).toISOString() : undefined)}
    />
  )
}

function local(instant: string): string {
  const at = new Date(instant)
  if (Number.isNaN(at.getTime())) return ''
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
