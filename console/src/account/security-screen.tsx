import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { call } from '../api/call.ts'
import { useSession } from '../api/session.ts'
import { ConnectedApplications } from '../applications/connected-applications.tsx'
import { page } from '../page.ts'
import { SessionList } from '../sessions/session-list.tsx'
import { Screen } from '../shell/screens.tsx'
import { t } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import { PasswordField } from '../ui/field.tsx'
import { faultOf, faultOfEmpty, ProblemNotice } from '../ui/problem.tsx'
import { toast } from '../ui/toasts.tsx'
import { LinkedAccounts } from './linked-accounts.tsx'
import { TrustedBrowsers } from './trusted-browsers.tsx'
import { TwoStep } from './two-step.tsx'

/** Your password, second factors and sessions. */
export function SecurityScreen() {
  const { user, duty } = useSession()
  // Until a second factor is added, the service refuses the requests of the other parts.
  const isOpen = !duty.overdue
  return (
    <div className="narrow">
      <Screen title={t('nav.security')}>
        <div className="stack">
          {isOpen && <PasswordForm userId={user.id} username={user.username} />}
          <TwoStep userId={user.id} />
          {isOpen && <TrustedBrowsers userId={user.id} mayRemove />}
          {isOpen && <LinkedAccounts userId={user.id} isOwn mayUnlink />}
          {isOpen && <SessionList userId={user.id} mayEnd />}
          {isOpen && <ConnectedApplications userId={user.id} isOwn mayRemove />}
        </div>
      </Screen>
    </div>
  )
}

function PasswordForm({ userId, username }: { userId: string; username: string }) {
  const queries = useQueryClient()
  const [error, setError] = useState<unknown>(null)
  const [isBusy, setBusy] = useState(false)

  async function save(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = event.currentTarget
    const body = Object.fromEntries(new FormData(form))
    setBusy(true)
    setError(null)
    try {
      await call('PUT', `/users/${userId}/password`, { body })
      form.reset()
      toast(t('password.changed'))
      await queries.invalidateQueries({ queryKey: ['sessions', userId] })
    } catch (caught) {
      setError(faultOfEmpty(caught, 'current_password', body['current_password']))
    }
    setBusy(false)
  }

  return (
    <form className="card pad stack" onSubmit={save} noValidate>
      <h2>{t('password')}</h2>
      <ProblemNotice error={error} shown={['password', 'current_password']} />
      <input type="text" hidden autoComplete="username" value={username} readOnly />
      <PasswordField
        label={t('password.current')}
        name="current_password"
        autoComplete="current-password"
        problem={faultOf(error, 'current_password')}
      />
      <PasswordField
        label={t('password.new')}
        name="password"
        autoComplete="new-password"
        hint={t('password.hint', { count: page.passwordMinLength })}
        problem={faultOf(error, 'password')}
      />
      <div className="actions">
        <Button type="submit" kind="primary" isBusy={isBusy}>
          {t('password.change')}
        </Button>
      </div>
    </form>
  )
}
