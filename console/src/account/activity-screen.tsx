import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useSession } from '../api/session.ts'
import type { AuditEvent } from '../api/types.ts'
import { OutcomeTag } from '../audit/outcome-tag.tsx'
import { deviceOf } from '../sessions/device.ts'
import { Screen } from '../shell/screens.tsx'
import { counted, t, textOr } from '../text/text.ts'
import { Time } from '../ui/bits.tsx'
import { Button } from '../ui/button.tsx'
import { Empty, Failed, Loading } from '../ui/states.tsx'
import { ownDataQuery } from './own-data.ts'

const step = 50

/** The audit events of your account. */
export function ActivityScreen() {
  const { user } = useSession()
  const query = useQuery(ownDataQuery(user.id))
  const [shown, setShown] = useState(step)
  const events = query.data?.audit_events ?? []
  return (
    <Screen title={t('nav.activity')} subtitle={t('activity.text')}>
      {query.isPending && <Loading />}
      {query.isError && <Failed error={query.error} retry={() => void query.refetch()} />}
      {query.isSuccess && events.length === 0 && <Empty title={t('audit.none')} />}
      {events.length > 0 && (
        <>
          <Activity events={events.slice(0, shown)} ownId={user.id} />
          <div className="below">
            <span>{counted('shown', Math.min(shown, events.length))}</span>
            {shown < events.length && (
              <Button onClick={() => setShown(shown + step)}>{t('load_more')}</Button>
            )}
          </div>
        </>
      )}
    </Screen>
  )
}

/** The user is who acted, except where the table says otherwise. */
function Activity({ events, ownId }: { events: readonly AuditEvent[]; ownId: string }) {
  const hasOthers = events.some((event) => actorOf(event, ownId) !== null)
  return (
    <div className="card table-box">
      <table className="cards">
        <thead>
          <tr>
            <th>{t('audit.at')}</th>
            <th>{t('audit.event')}</th>
            {hasOthers && <th>{t('activity.by')}</th>}
            <th>{t('activity.device')}</th>
            <th>{t('activity.address')}</th>
          </tr>
        </thead>
        <tbody>
          {events.map((event) => (
            <tr key={event.id}>
              <td className="tight">
                <Time at={event.at} />
              </td>
              <td>
                <span className="event">
                  {textOr(`event.${event.type}`, event.type)}
                  <OutcomeTag outcome={event.outcome} />
                </span>
              </td>
              {hasOthers && <td data-label={t('activity.by')}>{actorOf(event, ownId)}</td>}
              <td data-label={t('activity.device')}>{deviceOf(event.user_agent).name ?? '–'}</td>
              <td className="num" data-label={t('activity.address')}>
                {event.address ?? '–'}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** Who acted; null for the user. Which administrator it was is not told. */
function actorOf({ actor }: AuditEvent, ownId: string): string | null {
  if (actor.id === ownId || actor.kind === 'anonymous') return null
  return actor.kind === 'user' || actor.kind === 'api_key'
    ? t('activity.administrator')
    : textOr(`party.${actor.kind}`, actor.kind)
}
