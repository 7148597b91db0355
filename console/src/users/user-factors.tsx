import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { TrustedBrowsers } from '../account/trusted-browsers.tsx'
import { call } from '../api/call.ts'
import { useMay, useSession } from '../api/session.ts'
import type { Factors, User } from '../api/types.ts'
import { list, t } from '../text/text.ts'
import { Tag, Time } from '../ui/bits.tsx'
import { Button } from '../ui/button.tsx'
import { Confirm } from '../ui/dialog.tsx'
import { toast } from '../ui/toasts.tsx'

/** The second factors of a user, for administrators, who can reset them. */
export function UserFactors({ user }: { user: User }) {
  const may = useMay()
  const session = useSession()
  const queries = useQueryClient()
  const [isAsking, setAsking] = useState(false)
  const { data: factors } = useQuery({
    queryKey: ['factors', user.id],
    retry: false,
    queryFn: async () => (await call<Factors>('GET', `/users/${user.id}/factors`)).data,
  })
  // The caller may not read it for a user with more permissions.
  if (!factors) return null
  const { totp, passkeys, recovery_codes: codes } = factors
  const hasAny = totp !== null || passkeys.length > 0
  const mayWrite = may('users:write')
  return (
    <>
      <section className="card pad stack">
        <div className="actions">
          <h2 className="grow">{t('factors.title')}</h2>
          {hasAny && mayWrite && user.id !== session.user.id && (
            <Button kind="danger" onClick={() => setAsking(true)}>
              {t('factors.reset')}
            </Button>
          )}
        </div>
        {hasAny ? (
          <dl className="facts">
            <dt>{t('two_step.app')}</dt>
            <dd>
              {totp ? <Time at={totp.created_at} /> : t('no')}{' '}
              {totp?.locked && <Tag tone="warn">{t('two_step.locked')}</Tag>}
            </dd>
            <dt>{t('passkeys.title')}</dt>
            <dd>{passkeys.length > 0 ? list(passkeys.map(({ name }) => name)) : t('no')}</dd>
            <dt>{t('two_step.recovery')}</dt>
            <dd>{codes ? t('two_step.left', { count: codes.left }) : t('no')}</dd>
          </dl>
        ) : (
          <p className="dim">{t('factors.none')}</p>
        )}
      </section>
      <TrustedBrowsers userId={user.id} mayRemove={mayWrite} />
      <Confirm
        title={t('factors.reset_title', { name: user.username })}
        text={<p className="dim">{t('factors.reset_text')}</p>}
        button={t('factors.reset')}
        isDangerous
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        act={async () => {
          await call('DELETE', `/users/${user.id}/factors`)
          toast(t('factors.was_reset'))
          for (const key of ['factors', 'trusted-browsers', 'sign-in-status'])
            await queries.invalidateQueries({ queryKey: [key, user.id] })
        }}
      />
    </>
  )
}
