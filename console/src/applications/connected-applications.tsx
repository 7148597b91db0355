import { useQuery, useQueryClient } from '@tanstack/react-query'
import { AppWindow } from 'lucide-react'
import { call } from '../api/call.ts'
import type { ConnectedApplication } from '../api/types.ts'
import { list, t, textOr } from '../text/text.ts'
import { Time } from '../ui/bits.tsx'
import { ConfirmButton } from '../ui/dialog.tsx'
import { Failed, Loading } from '../ui/states.tsx'
import { toast } from '../ui/toasts.tsx'

/** The applications that a user has signed in to, and their access. */
export function ConnectedApplications(props: { userId: string; isOwn?: boolean; mayRemove: boolean }) {
  const { userId, isOwn = false, mayRemove } = props
  const queries = useQueryClient()
  const queryKey = ['connected-applications', userId]
  const path = `/users/${userId}/connected-applications`
  const query = useQuery({
    queryKey,
    queryFn: async () => (await call<ConnectedApplication[]>('GET', path)).data,
  })
  const remove = async (id: string) => {
    await call('DELETE', `${path}/${id}`)
    toast(t('connected.removed'))
    await queries.invalidateQueries({ queryKey })
  }
  const applications = query.data ?? []
  return (
    <section className="card">
      <header>
        <h2 className="grow">{t('connected.title')}</h2>
      </header>
      {query.isPending && <Loading rows={1} />}
      {query.isError && <Failed error={query.error} retry={() => void query.refetch()} />}
      {query.isSuccess && applications.length === 0 && <p className="pad-text dim">{t('connected.none')}</p>}
      <ul className="items">
        {applications.map(({ application_id: id, name, scopes, last_sign_in_at }) => (
          <li key={id}>
            <AppWindow size={20} aria-hidden />
            <div className="grow">
              <p className="title">{name}</p>
              <p className="dim small">
                {list(scopes.map((scope) => textOr(`scope.${scope}`, scope)))} · {t('connected.last')}{' '}
                <Time at={last_sign_in_at} />
              </p>
            </div>
            {mayRemove && (
              <ConfirmButton
                title={t('connected.sure', { name })}
                text={t(isOwn ? 'connected.sure_text' : 'connected.sure_text_other')}
                button={t('connected.remove')}
                act={() => remove(id)}
              />
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}
