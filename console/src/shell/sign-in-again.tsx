/** Asks for the password when the session has ended during work. Typed text is kept. */
import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useEffect, useState } from 'react'
import { ApiError, call, whenSessionEnds } from '../api/call.ts'
import { sessionQuery, stopActing, useSession } from '../api/session.ts'
import { page } from '../page.ts'
import { t } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import { PasswordField } from '../ui/field.tsx'
import { Dialog } from '../ui/later.tsx'
import { ProblemNotice } from '../ui/problem.tsx'

export function SignInAgain() {
  const queries = useQueryClient()
  const { user, impersonator } = useSession()
  const [isOpen, setOpen] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const isActing = impersonator !== null
  useEffect(
    () =>
      whenSessionEnds(() => {
        // An administrator who acts as a user cannot sign in as that user: their own session continues.
        if (isActing) void stopActing(user.id).catch(() => location.reload())
        else setOpen(true)
      }),
    [isActing, user.id],
  )

  async function signIn(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const password = String(new FormData(event.currentTarget).get('password'))
    setBusy(true)
    setError(null)
    try {
      const body = { username: user.username, password, shared_computer: false }
      await call('POST', '/auth/session', { body })
      await queries.refetchQueries({ queryKey: sessionQuery.queryKey })
      setOpen(false)
      await queries.invalidateQueries()
    } catch (caught) {
      setError(caught)
    }
    setBusy(false)
  }

  return (
    <Dialog title={t('again.title')} isOpen={isOpen} onClose={() => setOpen(false)}>
      <form className="stack" onSubmit={signIn}>
        <p className="dim">{t('again.text', { name: user.username })}</p>
        <input type="hidden" autoComplete="username" value={user.username} readOnly />
        <PasswordField label={t('password')} name="password" autoComplete="current-password" required />
        <ProblemNotice error={error} />
        {error instanceof ApiError && error.code === 'second_factor_required' && (
          <a href={`${page.base}/sign-in`} target="_blank" rel="noopener">
            {t('again.second_factor')}
          </a>
        )}
        <div className="actions end">
          <a className="button" href={`${page.base}/sign-in`}>
            {t('again.other')}
          </a>
          <Button type="submit" kind="primary" isBusy={isBusy}>
            {t('again.button')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
