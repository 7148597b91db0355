import { type FormEvent, useState } from 'react'
import { call } from '../api/call.ts'
import type { User } from '../api/types.ts'
import { t } from '../text/text.ts'
import { PasswordField } from '../ui/field.tsx'
import { FormActions } from '../ui/form-actions.tsx'
import { Dialog } from '../ui/later.tsx'
import { faultOf, ProblemNotice } from '../ui/problem.tsx'
import { toast } from '../ui/toasts.tsx'

/** Sets a new password for a user without an address, who cannot get a link. The user must replace it. */
export function HandOutPassword({ user, onClose }: { user: User; onClose(): void }) {
  const [error, setError] = useState<unknown>(null)
  const [isBusy, setBusy] = useState(false)

  async function save(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const password = String(new FormData(event.currentTarget).get('password'))
    setBusy(true)
    setError(null)
    try {
      await call('PUT', `/users/${user.id}/password`, { body: { password } })
      toast(t('hand_out.done', { name: user.username }))
      onClose()
    } catch (caught) {
      setError(caught)
    }
    setBusy(false)
  }

  return (
    <Dialog title={t('hand_out.title')} isOpen onClose={onClose}>
      <form className="stack" onSubmit={save} noValidate>
        <p>{t('hand_out.text', { name: user.username })}</p>
        <ProblemNotice error={error} shown={['password']} />
        <PasswordField
          label={t('password')}
          name="password"
          autoComplete="new-password"
          problem={faultOf(error, 'password')}
        />
        <FormActions button={t('save')} onCancel={onClose} isBusy={isBusy} />
      </form>
    </Dialog>
  )
}
