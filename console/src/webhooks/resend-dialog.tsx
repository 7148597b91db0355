import { type FormEvent, useState } from 'react'
import { call } from '../api/call.ts'
import type { Webhook } from '../api/types.ts'
import { t } from '../text/text.ts'
import { TextField } from '../ui/field.tsx'
import { FormActions } from '../ui/form-actions.tsx'
import { Dialog } from '../ui/later.tsx'
import { faultOf, ProblemNotice } from '../ui/problem.tsx'
import { toast } from '../ui/toasts.tsx'
import { hostOf } from './webhook-status.tsx'

type Props = { webhook: Webhook; onClose(): void; onSent(): unknown }

/** Sends all events since a time again, for a receiver that has lost data. */
export function ResendDialog({ webhook, onClose, onSent }: Props) {
  const [error, setError] = useState<unknown>(null)
  const [isBusy, setBusy] = useState(false)

  async function send(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const since = new Date(String(new FormData(event.currentTarget).get('since')))
    if (Number.isNaN(since.getTime())) return
    setBusy(true)
    setError(null)
    try {
      await call('POST', `/webhooks/${webhook.id}/resend`, { body: { since: since.toISOString() } })
      toast(t('hook.resent_since'))
      onSent()
      onClose()
    } catch (caught) {
      setError(caught)
      setBusy(false)
    }
  }

  return (
    <Dialog title={t('hook.resend_title', { host: hostOf(webhook) })} isOpen onClose={onClose}>
      <form className="stack" onSubmit={send}>
        <p className="dim">{t('hook.resend_text')}</p>
        <ProblemNotice error={error} shown={['since']} />
        <TextField
          label={t('hook.resend_since')}
          name="since"
          type="datetime-local"
          required
          problem={faultOf(error, 'since')}
        />
        <FormActions button={t('hook.resend_all')} onCancel={onClose} isBusy={isBusy} />
      </form>
    </Dialog>
  )
}
