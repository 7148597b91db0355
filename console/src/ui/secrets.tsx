import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { t } from '../text/text.ts'
import { Secret, Time } from './bits.tsx'
import { Button } from './button.tsx'
import { ConfirmButton } from './dialog.tsx'
import { problemText } from './problem.tsx'
import { toastError } from './toasts.tsx'

type ListedSecret = { id: string; created_at: string }
/** The answer with a new secret. */
type NewSecret = { secret?: string; client_secret?: string }
type Props = {
  path: string
  /** Where the user must enter a new secret. */
  onceText: string
  /** The effect of deleting a secret. */
  deleteText: string
}

/** The secrets of an application or a webhook: a second one replaces the first without an interruption. */
export function Secrets({ path, onceText, deleteText }: Props) {
  const queries = useQueryClient()
  const queryKey = ['secrets', path]
  const query = useQuery({ queryKey, queryFn: async () => (await call<ListedSecret[]>('GET', path)).data })
  const [added, setAdded] = useState<string | null>(null)
  const refresh = () => queries.invalidateQueries({ queryKey })
  const add = async () => {
    try {
      const { secret, client_secret } = (await call<NewSecret>('POST', path)).data
      setAdded(secret ?? client_secret ?? null)
      await refresh()
    } catch (error) {
      toastError(problemText(error))
    }
  }
  const remove = async (id: string) => {
    await call('DELETE', `${path}/${id}`)
    await refresh()
  }
  return (
    <section className="stack">
      <div className="screen-head flush">
        <h3 className="grow">{t('secrets.title')}</h3>
        {query.data && query.data.length < 2 && <Button onClick={add}>{t('secrets.add')}</Button>}
      </div>
      {added !== null && (
        <>
          <p>{onceText}</p>
          <Secret text={added} />
        </>
      )}
      {query.data?.map(({ id, created_at }) => (
        <div className="screen-head flush" key={id}>
          <span className="grow">
            {t('secrets.created')} <Time at={created_at} />
          </span>
          {query.data.length > 1 && (
            <ConfirmButton
              title={t('secrets.delete_title')}
              text={deleteText}
              button={t('secrets.delete')}
              act={() => remove(id)}
            />
          )}
        </div>
      ))}
    </section>
  )
}
