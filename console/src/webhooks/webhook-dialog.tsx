import { type FormEvent, useState } from 'react'
import { call } from '../api/call.ts'
import { type CreatedWebhook, eventTypes, type Webhook } from '../api/types.ts'
import { t } from '../text/text.ts'
import { Secret } from '../ui/bits.tsx'
import { Button } from '../ui/button.tsx'
import { CheckField, TextField } from '../ui/field.tsx'
import { FormActions } from '../ui/form-actions.tsx'
import { Dialog } from '../ui/later.tsx'
import { faultOf, ProblemNotice } from '../ui/problem.tsx'
import { Secrets } from '../ui/secrets.tsx'
import { hostOf } from './webhook-status.tsx'

type Props = { webhook: Webhook | null; onClose(): void; onSaved(): unknown }

/** Creates a webhook and shows its secret once, or changes one and its secrets. */
export function WebhookDialog({ webhook, onClose, onSaved }: Props) {
  const [hasAll, setAll] = useState(webhook?.events.includes('*') ?? true)
  const [made, setMade] = useState<CreatedWebhook | null>(null)
  const [error, setError] = useState<unknown>(null)
  const [isBusy, setBusy] = useState(false)

  async function save(event: FormEvent<HTMLFormElement>) {
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
      if (webhook) {
        await call('PATCH', `/webhooks/${webhook.id}`, { body })
        onClose()
      } else {
        setMade((await call<CreatedWebhook>('POST', '/webhooks', { body })).data)
      }
      onSaved()
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
  const title = webhook ? t('hooks.change_title', { host: hostOf(webhook) }) : t('hooks.new')
  return (
    <Dialog title={title} isOpen onClose={onClose} width="wide">
      <div className="stack">
        <form className="stack" onSubmit={save} noValidate>
          <ProblemNotice error={error} shown={['url', 'description', 'events']} />
          <TextField
            label={t('hook.url')}
            hint={t('hooks.url_hint')}
            name="url"
            type="url"
            maxLength={2000}
            autoComplete="off"
            defaultValue={webhook?.url}
            problem={faultOf(error, 'url')}
          />
          <TextField
            label={t('hook.description')}
            name="description"
            maxLength={200}
            autoComplete="off"
            defaultValue={webhook?.description}
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
                <CheckField
                  key={type}
                  label={<code>{type}</code>}
                  name="events"
                  value={type}
                  defaultChecked={webhook?.events.includes(type)}
                />
              ))}
            </fieldset>
          )}
          {faultOf(error, 'events') && <p className="problem">{t('hooks.no_events')}</p>}
          <FormActions button={t(webhook ? 'save' : 'hooks.create')} onCancel={onClose} isBusy={isBusy} />
        </form>
        {webhook && (
          <Secrets
            path={`/webhooks/${webhook.id}/secrets`}
            onceText={t('hooks.made_text')}
            deleteText={t('hooks.delete_secret_text')}
          />
        )}
      </div>
    </Dialog>
  )
}
