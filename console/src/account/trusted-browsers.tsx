import { useQuery, useQueryClient } from '@tanstack/react-query'
import { MonitorCheck } from 'lucide-react'
import { call } from '../api/call.ts'
import type { TrustedBrowser } from '../api/types.ts'
import { deviceOf } from '../sessions/device.ts'
import { t } from '../text/text.ts'
import { Time } from '../ui/bits.tsx'
import { Button } from '../ui/button.tsx'
import { problemText } from '../ui/problem.tsx'
import { toast, toastError } from '../ui/toasts.tsx'

/** The trusted browsers of a user, which need no second factor. Empty if there are none. */
export function TrustedBrowsers({ userId, mayRemove }: { userId: string; mayRemove: boolean }) {
  const queries = useQueryClient()
  const query = useQuery({
    queryKey: ['trusted-browsers', userId],
    queryFn: async () => (await call<TrustedBrowser[]>('GET', `/users/${userId}/trusted-browsers`)).data,
  })
  const remove = async (id: string) => {
    try {
      await call('DELETE', `/users/${userId}/trusted-browsers/${id}`)
      toast(t('trusted.removed'))
    } catch (error) {
      toastError(problemText(error))
    }
    await queries.invalidateQueries({ queryKey: ['trusted-browsers', userId] })
  }
  if (!query.data || query.data.length === 0) return null
  return (
    <section className="card">
      <header>
        <h2>{t('trusted.title')}</h2>
      </header>
      <p className="pad-text dim">{t('trusted.text')}</p>
      <ul className="items">
        {query.data.map((browser) => (
          <li key={browser.id}>
            <MonitorCheck size={20} aria-hidden />
            <div className="grow">
              <p className="title">{deviceOf(browser.user_agent).name ?? t('sessions.unknown_device')}</p>
              <p className="dim small">
                {t('sessions.seen')} <Time at={browser.last_used_at} /> · {t('trusted.until')}{' '}
                <Time at={browser.expires_at} />
              </p>
            </div>
            {mayRemove && <Button onClick={() => remove(browser.id)}>{t('passkeys.remove')}</Button>}
          </li>
        ))}
      </ul>
    </section>
  )
}
