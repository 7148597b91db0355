import { Link } from '@tanstack/react-router'
import { ChevronDown, ChevronRight } from 'lucide-react'
import { Fragment, useState } from 'react'
import { usePages } from '../api/pages.ts'
import type { AuditEvent } from '../api/types.ts'
import { counted, number, t, textOr } from '../text/text.ts'
import { Time } from '../ui/bits.tsx'
import { Button } from '../ui/button.tsx'
import { More } from '../ui/more.tsx'
import { Empty, Failed, Loading } from '../ui/states.tsx'
import { EventDetails } from './event-details.tsx'
import { useNames } from './names.ts'
import { OutcomeTag } from './outcome-tag.tsx'
import { type Thing, useThings } from './things.ts'

type Query = Record<string, string | undefined>

/** The interval in which a live list requests new events. */
const pause = 3000

/** The events of the audit log that match the query, newest first. */
export function AuditList({ query, isLive = false }: { query: Query; isLive?: boolean }) {
  const pages = usePages<AuditEvent>(
    'audit',
    '/audit-events',
    { ...query, limit: 50 },
    true,
    isLive ? pause : undefined,
  )
  const events = pages.data?.pages.flatMap(({ items }) => items) ?? []
  if (pages.isPending) return <Loading rows={8} />
  if (pages.isError && events.length === 0)
    return <Failed error={pages.error} retry={() => void pages.refetch()} />
  if (events.length === 0) return <Empty title={t('audit.none')} text={t('audit.none_text')} />
  return (
    <>
      <EventTable events={events} isStale={pages.isPlaceholderData} />
      <More pages={pages} shown={events.length} />
    </>
  )
}

export function EventTable({
  events,
  isStale = false,
}: {
  events: readonly AuditEvent[]
  isStale?: boolean
}) {
  const [openId, setOpenId] = useState<string | null>(null)
  const names = useNames(
    events.flatMap(({ actor, target }) => [userId(actor), actor.acting_as, userId(target)]),
  )
  const things = useThings(events)
  return (
    <div className={isStale ? 'card table-box stale' : 'card table-box'}>
      <table className="cards">
        <thead>
          <tr>
            <th>{t('audit.at')}</th>
            <th>{t('audit.event')}</th>
            <th>{t('audit.actor')}</th>
            <th>{t('audit.target')}</th>
            <th>{t('audit.address')}</th>
            <th>
              <span className="sr-only">{t('audit.details')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {events.map((event) => {
            const isOpen = event.id === openId
            return (
              <Fragment key={event.id}>
                <tr>
                  <td className="tight">
                    <Time at={event.at} />
                  </td>
                  <td>
                    <span className="event">
                      {nameOf(event)}
                      <OutcomeTag outcome={event.outcome} />
                    </span>
                  </td>
                  <td data-label={t('audit.actor')}>
                    {countOf(event) === null && <Party {...event.actor} names={names} things={things} />}
                    {event.actor.acting_as && (
                      <>
                        {' '}
                        {t('audit.acting_as')}{' '}
                        <Party kind="user" id={event.actor.acting_as} names={names} things={things} />
                      </>
                    )}
                  </td>
                  <td data-label={t('audit.target')}>
                    {event.target && countOf(event) === null && (
                      <Party {...event.target} names={names} things={things} />
                    )}
                  </td>
                  <td className="num spare" data-label={t('audit.address')}>
                    {event.address ?? '–'}
                  </td>
                  <td className="tight corner">
                    <Button
                      kind="quiet"
                      label={t('audit.details')}
                      aria-expanded={isOpen}
                      icon={
                        isOpen ? (
                          <ChevronDown size={16} aria-hidden />
                        ) : (
                          <ChevronRight size={16} aria-hidden />
                        )
                      }
                      onClick={() => setOpenId(isOpen ? null : event.id)}
                    />
                  </td>
                </tr>
                {isOpen && (
                  <tr className="details">
                    <td colSpan={6}>
                      <EventDetails event={event} />
                    </td>
                  </tr>
                )}
              </Fragment>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

function userId(party: { kind: string; id: string | null } | null): string | null {
  return party && (party.kind === 'user' || party.kind === 'api_key') ? party.id : null
}

/** How often an event occurred that one row stands for; null for all others. */
function countOf({ actor, target, changes }: AuditEvent): { count: number; seconds: number } | null {
  if (actor.kind !== 'system' || target?.kind !== 'system' || target.id !== null) return null
  const { count, seconds } = (changes ?? {}) as { count?: unknown; seconds?: unknown }
  return typeof count === 'number' && typeof seconds === 'number' ? { count, seconds } : null
}

function nameOf(event: AuditEvent): string {
  const name = textOr(`event.${event.type}`, event.type)
  const often = countOf(event)
  if (!often) return name
  const seconds = number(often.seconds)
  if (event.type === 'auth.login.failure' && event.reason === 'unknown_name')
    return counted('audit.counted_sign_ins', often.count, { seconds })
  return `${name}: ${t('audit.counted', { count: number(often.count), seconds })}`
}

type PartyProps = {
  kind: string
  id: string | null
  names: ReadonlyMap<string, string>
  things: ReadonlyMap<string, Thing>
}

/** Who did something, or what it was done to. */
function Party({ kind, id, names, things }: PartyProps) {
  const name = id === null ? undefined : names.get(id)
  if (id !== null && name !== undefined)
    return (
      <Link to="/console/users/$id" params={{ id }}>
        {name}
      </Link>
    )
  const word = textOr(`party.${kind}`, kind)
  const thing = id === null ? undefined : things.get(id)
  if (thing)
    return (
      <>
        <span className="dim">{word}</span> <a href={thing.href}>{thing.name}</a>
      </>
    )
  if (id === null) return <span className="dim">{word}</span>
  return (
    <span className="dim" title={id}>
      {word} {id.length > 20 ? `…${id.slice(-6)}` : id}
    </span>
  )
}
