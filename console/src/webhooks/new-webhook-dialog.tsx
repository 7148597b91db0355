import { type FormEvent, useState } from 'react'
import { call } from '../api/call.ts'
import { type CreatedWebhook, eventTypes } from '../api/types.ts'
import { t } from '../text/text.ts'
import { Secret } from '../ui/bits.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { CheckField, TextField } from '../ui/field.tsx'
import { faultOf, ProblemNotice } from '../ui/problem.tsx'
import { hostOf } from './webhook-status.tsx'

/** Creates a webhook, and shows its secret this once. */
export function NewWebhookDialog({ onClose, onMade }: { onClose(): void; onMade(): unknown }) {
  const [hasAll, setAll] = useState(true)
  const [made, setMade] = useState<CreatedWebhook | null>(null)
  const [error, setError] = useState<unknown>(null)
  const [isBusy, setBusy] = useState(false)

  async function make(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    const body = {
      url: String(data.get('url')).trim(),
      description: String(data.get('description')).trim(),
      events: hasAll ? ['*'] : data.getAll('events'),
    }
    setBusy(true)
    setError(null)
    try {
      setMade((await call<CreatedWebhook>('POST', '/webhooks', { body })).data)
      onMade()
    } catch (caught) {
      setError(caught)
    }
    setBusy(false)
  }

  if (made)
    return (
      <Dialog title={t('hooks.made', { host: hostOf(made) })} isOpen onClose={onClose}>
        <div className="stack">
          <p>{t('hooks.made_text')}</p>
          <Secret text={made.secret ?? ''} />
          <div className="actions end">
            <Button kind="primary" onClick={onClose}>
              {t('done')}
            </Button>
          </div>
        </div>
      </Dialog>
    )
  return (
    <Dialog title={t('hooks.new')} isOpen onClose={onClose} width="wide">
      <form className="stack" onSubmit={make} noValidate>
        <ProblemNotice error={error} shown={['url', 'description']} />
        <TextField
          label={t('hook.url')}
          hint={t('hooks.url_hint')}
          name="url"
          type="url"
          maxLength={2000}
          autoComplete="off"
          problem={faultOf(error, 'url')}
        />
        <TextField
          label={t('hook.description')}
          name="description"
          maxLength={200}
          autoComplete="off"
          problem={faultOf(error, 'description')}
        />
        <CheckField
          label={t('hook.all_events')}
          hint={t('hooks.all_hint')}
          checked={hasAll}
          onChange={({ target }) => setAll(target.checked)}
        />
        {!hasAll && (
          <fieldset className="choices two">
            <legend>{t('hook.events')}</legend>
            {eventTypes.map((type) => (
              <CheckField key={type} label={<code>{type}</code>} name="events" value={type} />
            ))}
          </fieldset>
        )}
        <div className="actions end">
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button type="submit" kind="primary" isBusy={isBusy}>
            {t('hooks.create')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
