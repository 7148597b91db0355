import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useSession } from '../api/session.ts'
import { EventTable } from '../audit/audit-list.tsx'
import { Screen } from '../shell/screens.tsx'
import { counted, t } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import { Empty, Failed, Loading } from '../ui/states.tsx'
import { ownDataQuery } from './own-data.ts'

const step = 50

/** What happened with your account. */
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
          <EventTable events={events.slice(0, shown)} />
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
