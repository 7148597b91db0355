import { type FormEvent, useState } from 'react'
import { call } from '../api/call.ts'
import type { CreatedApplication } from '../api/types.ts'
import { t } from '../text/text.ts'
import { Secret } from '../ui/bits.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { CheckField, SelectField, TextArea, TextField } from '../ui/field.tsx'
import { faultOf, ProblemNotice } from '../ui/problem.tsx'

const kinds = ['web', 'browser', 'native', 'machine', 'device'] as const

/** Registers an application, and shows its secret this once. */
export function NewApplicationDialog({ onClose, onMade }: { onClose(): void; onMade(): unknown }) {
  const [kind, setKind] = useState<string>('web')
  const [made, setMade] = useState<CreatedApplication | null>(null)
  const [error, setError] = useState<unknown>(null)
  const [isBusy, setBusy] = useState(false)

  async function make(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    const optional = (name: string) => String(data.get(name) ?? '').trim() || null
    const body = {
      name: String(data.get('name')).trim(),
      kind,
      redirect_uris: String(data.get('redirect_uris') ?? '')
        .split(/\s+/)
        .filter(Boolean),
      first_party: data.get('first_party') === 'on',
      audience: optional('audience'),
      backchannel_logout_uri: optional('backchannel_logout_uri'),
    }
    setBusy(true)
    setError(null)
    try {
      setMade((await call<CreatedApplication>('POST', '/applications', { body })).data)
      onMade()
    } catch (caught) {
      setError(caught)
    }
    setBusy(false)
  }

  if (made) return <Made application={made} onClose={onClose} />
  return (
    <Dialog title={t('apps.new')} isOpen onClose={onClose} width="wide">
      <form className="stack" onSubmit={make} noValidate>
        <ProblemNotice
          error={error}
          shown={['name', 'redirect_uris', 'audience', 'backchannel_logout_uri']}
        />
        <TextField
          label={t('app.name')}
          name="name"
          maxLength={100}
          autoComplete="off"
          problem={faultOf(error, 'name')}
        />
        <SelectField
          label={t('app.kind')}
          name="kind"
          value={kind}
          onChange={({ target }) => setKind(target.value)}
        >
          {kinds.map((each) => (
            <option key={each} value={each}>
              {t(`app.kind.${each}`)}
            </option>
          ))}
        </SelectField>
        {kind !== 'machine' && kind !== 'device' && (
          <TextArea
            label={t('app.redirect_uris')}
            hint={t('apps.redirect_hint')}
            name="redirect_uris"
            rows={2}
            spellCheck={false}
            problem={faultOf(error, 'redirect_uris')}
          />
        )}
        <TextField
          label={t('app.audience')}
          hint={t('apps.audience_hint')}
          name="audience"
          autoComplete="off"
          problem={faultOf(error, 'audience')}
        />
        {kind !== 'machine' && (
          <TextField
            label={t('app.backchannel_logout_uri')}
            hint={t('apps.backchannel_hint')}
            name="backchannel_logout_uri"
            autoComplete="off"
            problem={faultOf(error, 'backchannel_logout_uri')}
          />
        )}
        {kind !== 'machine' && (
          <CheckField
            label={t('app.first_party')}
            hint={t('apps.first_party_hint')}
            name="first_party"
            defaultChecked
          />
        )}
        <div className="actions end">
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button type="submit" kind="primary" isBusy={isBusy}>
            {t('apps.create')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function Made({ application, onClose }: { application: CreatedApplication; onClose(): void }) {
  return (
    <Dialog title={t('apps.made', { name: application.name })} isOpen onClose={onClose}>
      <div className="stack">
        <p>{t('apps.made_text')}</p>
        <p className="dim">{t('app.issuer')}</p>
        <Secret text={location.origin} />
        <p className="dim">{t('app.client_id')}</p>
        <Secret text={application.client_id} />
        {application.client_secret && (
          <>
            <p className="dim">{t('app.client_secret')}</p>
            <Secret text={application.client_secret} />
          </>
        )}
        <div className="actions end">
          <Button kind="primary" onClick={onClose}>
            {t('done')}
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
