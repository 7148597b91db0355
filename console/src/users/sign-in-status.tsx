import { useQuery, useQueryClient } from '@tanstack/react-query'
import { CircleAlert, CircleCheck, LockOpen } from 'lucide-react'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { useMay } from '../api/session.ts'
import type { SignInStatus, User } from '../api/types.ts'
import { t, textOr } from '../text/text.ts'
import { dateTime } from '../text/time.ts'
import { Time } from '../ui/bits.tsx'
import { Button } from '../ui/button.tsx'
import { problemText } from '../ui/problem.tsx'
import { toast, toastError } from '../ui/toasts.tsx'

const passwordTexts = {
  none: 'sign_in.password_none',
  set: 'sign_in.password_set',
  switched_off: 'sign_in.password_switched_off_short',
} as const

/** The obstacles that unlocking removes. */
const unlockable = new Set(['delayed', 'password_switched_off'])

/** Whether the user can sign in; if not, the reason and the remedy. */
export function SignInStatusCard({ user }: { user: User }) {
  const { data: status } = useQuery({
    queryKey: ['sign-in-status', user.id, user.updated_at],
    retry: false,
    queryFn: async () => (await call<SignInStatus>('GET', `/users/${user.id}/sign-in`)).data,
  })
  // The caller may not read it for a user with more permissions.
  if (!status) return null
  const { password, obstacles, last_failure: last } = status
  return (
    <section className="card pad stack">
      <h2>{t('sign_in.title')}</h2>
      {obstacles.length === 0 ? (
        <p className="notice good">
          <CircleCheck size={18} aria-hidden />
          <span className="body">{t('sign_in.can')}</span>
        </p>
      ) : (
        <div className="notice warn">
          <CircleAlert size={18} aria-hidden />
          <div className="body">
            {obstacles.map((obstacle) => (
              <p key={obstacle}>
                {t(obstacleText(obstacle, user), {
                  until: dateTime(status.delayed_until ?? user.updated_at),
                })}
              </p>
            ))}
          </div>
          {obstacles.some((obstacle) => unlockable.has(obstacle)) && <Unlock user={user} />}
        </div>
      )}
      <dl className="facts">
        <dt>{t('password')}</dt>
        <dd>
          {t(passwordTexts[password.state])}
          {password.changed_at && (
            <span className="dim">
              {' · '}
              {t('sign_in.since')} <Time at={password.changed_at} />
            </span>
          )}
        </dd>
        <dt>{t('sign_in.factor')}</dt>
        <dd>{t(status.second_factor ? 'yes' : 'no')}</dd>
        <dt>{t('user.last_sign_in')}</dt>
        <dd>
          <Time at={user.last_login_at} isExact />
        </dd>
        {last && (
          <>
            <dt>{t('sign_in.last_failure')}</dt>
            <dd>
              <Time at={last.at} isExact />
              <span className="dim">
                {' · '}
                {textOr(`reason.${last.reason}`, last.reason ?? '')}
              </span>
            </dd>
          </>
        )}
      </dl>
    </section>
  )
}

/** The obstacle, and a remedy for the user. */
function obstacleText(obstacle: SignInStatus['obstacles'][number], { email }: User) {
  const isMailed = obstacle === 'no_password' || obstacle === 'unverified_email'
  return email === null && isMailed
    ? (`sign_in.${obstacle}_no_address` as const)
    : (`sign_in.${obstacle}` as const)
}

function Unlock({ user }: { user: User }) {
  const may = useMay()
  const queries = useQueryClient()
  const [isBusy, setBusy] = useState(false)
  if (!may('users:write') && !may('users:support')) return null
  const unlock = async () => {
    setBusy(true)
    try {
      await call('POST', `/users/${user.id}/unlock`)
      toast(t('sign_in.unlocked', { name: user.username }))
      await queries.invalidateQueries({ queryKey: ['sign-in-status', user.id] })
    } catch (error) {
      toastError(problemText(error))
    }
    setBusy(false)
  }
  return (
    <Button isBusy={isBusy} icon={<LockOpen size={16} aria-hidden />} onClick={unlock}>
      {t('sign_in.unlock')}
    </Button>
  )
}
