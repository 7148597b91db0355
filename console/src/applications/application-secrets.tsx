import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { t } from '../text/text.ts'
import { Secret, Time } from '../ui/bits.tsx'
import { Button } from '../ui/button.tsx'
import { ConfirmButton } from '../ui/dialog.tsx'
import { problemText } from '../ui/problem.tsx'
import { toast } from '../ui/toasts.tsx'

type ListedSecret = { id: string; created_at: string }

/** The secrets of an application: a second one replaces the first without an interruption. */
export function ApplicationSecrets({ clientId }: { clientId: string }) {
  const queries = useQueryClient()
  const path = `/applications/${clientId}/secrets`
  const queryKey = ['application-secrets', clientId]
  const query = useQuery({ queryKey, queryFn: async () => (await call<ListedSecret[]>('GET', path)).data })
  const [added, setAdded] = useState<string | null>(null)
  const refresh = () => queries.invalidateQueries({ queryKey })
  const add = async () => {
    try {
      setAdded((await call<{ client_secret: string }>('POST', path)).data.client_secret)
      await refresh()
    } catch (error) {
      toast(problemText(error))
    }
  }
  const remove = async (id: string) => {
    await call('DELETE', `${path}/${id}`)
    await refresh()
  }
  return (
    <section className="stack">
      <div className="screen-head flush">
        <h3 className="grow">{t('apps.secrets')}</h3>
        {query.data && query.data.length < 2 && <Button onClick={add}>{t('apps.add_secret')}</Button>}
      </div>
      {added !== null && (
        <>
          <p>{t('apps.secret_once')}</p>
          <Secret text={added} />
        </>
      )}
      {query.data?.map(({ id, created_at }) => (
        <div className="screen-head flush" key={id}>
          <span className="grow">
            {t('app.created')} <Time at={created_at} />
          </span>
          <ConfirmButton
            title={t('apps.delete_secret_title')}
            text={t('apps.delete_secret_text')}
            button={t('apps.delete')}
            act={() => remove(id)}
          />
        </div>
      ))}
    </section>
  )
}
