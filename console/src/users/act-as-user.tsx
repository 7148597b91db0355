import { type FormEvent, useState } from 'react'
import { call } from '../api/call.ts'
import type { User } from '../api/types.ts'
import { page } from '../page.ts'
import { t } from '../text/text.ts'
import { TextArea } from '../ui/field.tsx'
import { FormActions } from '../ui/form-actions.tsx'
import { Dialog } from '../ui/later.tsx'
import { faultOf, ProblemNotice } from '../ui/problem.tsx'

/** Asks why, and opens the account pages as the user. */
export function ActAsUser({ user, onClose }: { user: User; onClose(): void }) {
  const [error, setError] = useState<unknown>(null)
  const [isBusy, setBusy] = useState(false)

  async function begin(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const reason = String(new FormData(event.currentTarget).get('reason')).trim()
    setBusy(true)
    setError(null)
    try {
      await call('POST', `/users/${user.id}/impersonation`, { body: { reason } })
      location.assign(`${page.base}/account`)
    } catch (caught) {
      setError(caught)
      setBusy(false)
    }
  }

  return (
    <Dialog title={t('acting.title', { name: user.username })} isOpen onClose={onClose}>
      <form className="stack" onSubmit={begin} noValidate>
        <p>{t('acting.about')}</p>
        <ProblemNotice error={error} shown={['reason']} />
        <TextArea
          label={t('acting.reason')}
          hint={t('acting.reason_hint')}
          name="reason"
          rows={3}
          maxLength={500}
          required
          problem={faultOf(error, 'reason')}
        />
        <FormActions button={t('acting.begin')} onCancel={onClose} isBusy={isBusy} />
      </form>
    </Dialog>
  )
}
