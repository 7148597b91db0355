/** Asks for the password before something that outlives the session, and lets the request go on. */
import { type FormEvent, useEffect, useState } from 'react'
import { call, whenProofIsNeeded } from '../api/call.ts'
import { useSession } from '../api/session.ts'
import { t } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { PasswordField } from '../ui/field.tsx'
import { ProblemNotice } from '../ui/problem.tsx'

type Answer = (isProven: boolean) => void

export function ProveAgain() {
  const { user } = useSession()
  // Several requests may wait for one proof.
  const [waiting, setWaiting] = useState<readonly Answer[]>([])
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  useEffect(() => {
    whenProofIsNeeded(() => new Promise((answer) => setWaiting((others) => [...others, answer])))
  }, [])

  function finish(isProven: boolean) {
    for (const answer of waiting) answer(isProven)
    setWaiting([])
    setError(null)
  }
  async function prove(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const password = String(new FormData(event.currentTarget).get('password'))
    setBusy(true)
    setError(null)
    try {
      await call('POST', '/auth/step-up', { body: { password } })
      finish(true)
    } catch (caught) {
      setError(caught)
    }
    setBusy(false)
  }

  return (
    <Dialog title={t('proof.title')} isOpen={waiting.length > 0} onClose={() => finish(false)}>
      <form className="stack" onSubmit={prove}>
        <p className="dim">{t('proof.text')}</p>
        <input type="hidden" autoComplete="username" value={user.username} readOnly />
        <PasswordField label={t('password')} name="password" autoComplete="current-password" required />
        <ProblemNotice error={error} />
        <div className="actions end">
          <Button onClick={() => finish(false)}>{t('cancel')}</Button>
          <Button type="submit" kind="primary" isBusy={isBusy}>
            {t('proof.button')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
