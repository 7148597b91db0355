import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Monitor, Smartphone, VenetianMask } from 'lucide-react'
import { call } from '../api/call.ts'
import type { Session } from '../api/types.ts'
import { t } from '../text/text.ts'
import { Tag, Time } from '../ui/bits.tsx'
import { Button } from '../ui/button.tsx'
import { problemText } from '../ui/problem.tsx'
import { Failed, Loading } from '../ui/states.tsx'
import { toast, toastError } from '../ui/toasts.tsx'
import { deviceOf } from './device.ts'

/** The open sessions of a user. */
export function SessionList({ userId, mayEnd }: { userId: string; mayEnd: boolean }) {
  const queries = useQueryClient()
  const query = useQuery({
    queryKey: ['sessions', userId],
    queryFn: async () => (await call<Session[]>('GET', `/users/${userId}/sessions`)).data,
  })
  const end = async (path: string) => {
    try {
      await call('DELETE', path)
      toast(t('sessions.ended'))
    } catch (error) {
      toastError(problemText(error))
    }
    await queries.invalidateQueries({ queryKey: ['sessions', userId] })
  }
  const endOthers = async (sessions: readonly Session[]) => {
    for (const { id, current } of sessions)
      if (!current) await call('DELETE', `/users/${userId}/sessions/${id}`).catch(() => undefined)
    toast(t('sessions.ended'))
    await queries.invalidateQueries({ queryKey: ['sessions', userId] })
  }
  const sessions = query.data ?? []
  const others = sessions.filter(({ current }) => !current)
  return (
    <section className="card">
      <header>
        <h2 className="grow">{t('sessions.title')}</h2>
        {mayEnd && others.length > 0 && (
          <Button kind="danger" onClick={() => endOthers(sessions)}>
            {t(others.length < sessions.length ? 'sessions.end_others' : 'sessions.end_all')}
          </Button>
        )}
      </header>
      {query.isPending && <Loading rows={2} />}
      {query.isError && <Failed error={query.error} retry={() => void query.refetch()} />}
      {query.isSuccess && sessions.length === 0 && <p className="pad-text dim">{t('sessions.none')}</p>}
      <ul className="items">
        {sessions.map((session) => {
          const { name, isPhone } = deviceOf(session.user_agent)
          const Icon = session.impersonated ? VenetianMask : isPhone ? Smartphone : Monitor
          return (
            <li key={session.id}>
              <Icon size={20} aria-hidden />
              <div className="grow">
                <p className="title">
                  {session.impersonated ? t('sessions.impersonated') : (name ?? t('sessions.unknown_device'))}
                  {session.current && <Tag tone="good">{t('sessions.current')}</Tag>}
                </p>
                <p className="dim small">
                  {session.impersonated
                    ? t('sessions.impersonated_text')
                    : (session.address ?? t('sessions.no_address'))}{' '}
                  · {t('sessions.seen')} <Time at={session.last_seen_at} />
                </p>
              </div>
              {mayEnd && !session.current && (
                <Button onClick={() => end(`/users/${userId}/sessions/${session.id}`)}>
                  {t('sessions.end')}
                </Button>
              )}
            </li>
          )
        })}
      </ul>
    </section>
  )
}
