import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link2 } from 'lucide-react'
import { useEffect, useState } from 'react'
import { call } from '../api/call.ts'
import type { Identity, SignInProvider } from '../api/types.ts'
import { t, textOr } from '../text/text.ts'
import { Time } from '../ui/bits.tsx'
import { Button } from '../ui/button.tsx'
import { Confirm } from '../ui/dialog.tsx'
import { problemText } from '../ui/problem.tsx'
import { Failed, Loading } from '../ui/states.tsx'
import { toast, toastError } from '../ui/toasts.tsx'

type Props = {
  userId: string
  /** Whether it is the user's own account, to which accounts can be linked. */
  isOwn?: boolean
  mayUnlink: boolean
}

/** The accounts at other providers with which a user signs in. Nothing is shown when there are neither accounts nor providers. */
export function LinkedAccounts({ userId, isOwn = false, mayUnlink }: Props) {
  const queries = useQueryClient()
  const [leaving, setLeaving] = useState<Identity | null>(null)
  const query = useQuery({
    queryKey: ['identities', userId],
    queryFn: async () => (await call<Identity[]>('GET', `/users/${userId}/identities`)).data,
  })
  const providers = useQuery({
    queryKey: ['sign-in-providers'],
    enabled: isOwn,
    queryFn: async () => (await call<SignInProvider[]>('GET', '/auth/providers')).data,
  })
  useEffect(() => {
    if (isOwn) sayHowItEnded()
  }, [isOwn])

  const link = async (provider: string) => {
    try {
      const { data } = await call<{ authorization_url: string }>(
        'POST',
        `/users/${userId}/identities/start`,
        {
          body: { provider },
        },
      )
      location.assign(data.authorization_url)
    } catch (error) {
      toastError(problemText(error))
    }
  }
  const unlink = async ({ id }: Identity) => {
    await call('DELETE', `/users/${userId}/identities/${id}`)
    toast(t('identities.unlinked'))
    await queries.invalidateQueries({ queryKey: ['identities', userId] })
  }
  const identities = query.data ?? []
  const linked = new Set(identities.map(({ provider }) => provider))
  const others = (providers.data ?? []).filter(({ id }) => !linked.has(id))
  if (query.isSuccess && identities.length === 0 && others.length === 0) return null
  return (
    <section className="card">
      <header>
        <h2 className="grow">{t('identities.title')}</h2>
      </header>
      {query.isPending && <Loading rows={1} />}
      {query.isError && <Failed error={query.error} retry={() => void query.refetch()} />}
      {query.isSuccess && identities.length === 0 && <p className="pad-text dim">{t('identities.none')}</p>}
      <ul className="items">
        {identities.map((identity) => (
          <li key={identity.id}>
            <Link2 size={20} aria-hidden />
            <div className="grow">
              <p className="title">{identity.provider_name ?? identity.issuer}</p>
              <p className="dim small">
                {identity.email ?? identity.subject} · {t('identities.used')}{' '}
                <Time at={identity.last_used_at} />
              </p>
            </div>
            {mayUnlink && <Button onClick={() => setLeaving(identity)}>{t('identities.unlink')}</Button>}
          </li>
        ))}
        {others.map(({ id, name }) => (
          <li key={id}>
            <Link2 size={20} aria-hidden />
            <div className="grow">
              <p className="title">{name}</p>
              <p className="dim small">{t('identities.not_linked')}</p>
            </div>
            <Button onClick={() => link(id)}>{t('identities.link')}</Button>
          </li>
        ))}
      </ul>
      <Confirm
        title={t('identities.unlink_title', { name: leaving?.provider_name ?? leaving?.issuer ?? '' })}
        text={t('identities.unlink_text')}
        button={t('identities.unlink')}
        isDangerous
        isOpen={leaving !== null}
        onClose={() => setLeaving(null)}
        act={async () => {
          if (leaving) await unlink(leaving)
        }}
      />
    </section>
  )
}

/** After the return from the provider: shows once whether the account was linked. */
function sayHowItEnded() {
  const query = new URLSearchParams(location.search)
  const code = query.get('provider_error')
  if (code !== null) toast(textOr(`identities.error.${code}`, t('identities.error.failed')))
  else if (query.has('linked')) toast(t('identities.linked'))
  else return
  history.replaceState(history.state, '', location.pathname)
}
