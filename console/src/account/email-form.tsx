import { BadgeCheck, MailWarning } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { call } from '../api/call.ts'
import type { User } from '../api/types.ts'
import { t } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import { PasswordField, TextField } from '../ui/field.tsx'
import { faultOf, faultOfEmpty, ProblemNotice, problemText } from '../ui/problem.tsx'
import { toast, toastError } from '../ui/toasts.tsx'
import { patchUser, useTakeOver } from '../users/user-query.ts'

/** Your address. A new one takes effect after the link in its mail was opened. */
export function EmailForm({ user }: { user: User }) {
  const takeOver = useTakeOver()
  const [email, setEmail] = useState(user.email ?? '')
  const [password, setPassword] = useState('')
  const [error, setError] = useState<unknown>(null)
  const [isBusy, setBusy] = useState(false)
  const [asked, setAsked] = useState<string | null>(null)
  const isChanged = email.trim() !== (user.email ?? '')

  async function save(event: FormEvent) {
    event.preventDefault()
    setBusy(true)
    setError(null)
    try {
      const saved = await patchUser(user.id, { email: email.trim(), current_password: password })
      takeOver(saved)
      if (saved.user.email === email.trim()) toast(t('saved'))
      else setAsked(email.trim())
      setEmail(saved.user.email ?? '')
      setPassword('')
    } catch (caught) {
      setError(faultOfEmpty(caught, 'current_password', password))
    }
    setBusy(false)
  }
  const resend = (address: string) =>
    call('POST', '/auth/verify-email/resend')
      .then(() => toast(t('user.verification_sent', { email: address })))
      .catch((caught) => toastError(problemText(caught)))

  return (
    <form className="card pad stack" onSubmit={save} noValidate>
      <div className="screen-head flush">
        <h2 className="grow">{t('user.email')}</h2>
        {user.email_verified ? (
          <span className="email dim">
            <BadgeCheck size={16} aria-hidden /> {t('email.verified')}
          </span>
        ) : (
          <span className="email dim unproven">
            <MailWarning size={16} aria-hidden /> {t(user.email === null ? 'email.none' : 'email.unverified')}
          </span>
        )}
      </div>
      {asked && (
        <div className="notice good" role="status">
          {t('email.asked', { email: asked })}
        </div>
      )}
      <ProblemNotice error={error} shown={['email', 'current_password']} />
      <TextField
        label={t('user.email')}
        name="email"
        type="email"
        autoComplete="email"
        value={email}
        problem={faultOf(error, 'email')}
        onChange={({ target }) => setEmail(target.value)}
      />
      {isChanged && (
        <PasswordField
          label={t('password.current')}
          name="current_password"
          autoComplete="current-password"
          value={password}
          problem={faultOf(error, 'current_password')}
          onChange={({ target }) => setPassword(target.value)}
        />
      )}
      <div className="actions">
        <Button type="submit" kind="primary" isBusy={isBusy} disabled={!isChanged || email.trim() === ''}>
          {t(user.email === null ? 'email.add' : 'email.change')}
        </Button>
        {user.email !== null && !user.email_verified && (
          <Button onClick={() => resend(user.email ?? '')}>{t('user.send_verification')}</Button>
        )}
      </div>
    </form>
  )
}
