import { type FormEvent, useState } from 'react'
import { call } from '../api/call.ts'
import { useSession } from '../api/session.ts'
import { type Application, allPermissions, type CreatedApplication, type Permission } from '../api/types.ts'
import { t } from '../text/text.ts'
import { CheckField, SelectField, TextArea, TextField } from '../ui/field.tsx'
import { FormActions } from '../ui/form-actions.tsx'
import { Dialog } from '../ui/later.tsx'
import { PermissionChoice } from '../ui/permission-choice.tsx'
import { faultOf, ProblemNotice } from '../ui/problem.tsx'
import { Secrets } from '../ui/secrets.tsx'
import { RoleChoice } from '../users/role-choice.tsx'
import { ApplicationMade } from './application-made.tsx'

const kinds = ['web', 'browser', 'native', 'machine', 'device'] as const
const algorithms = ['RS256', 'EdDSA'] as const
const shown = [
  'name',
  'redirect_uris',
  'post_logout_redirect_uris',
  'audience',
  'backchannel_logout_uri',
  'permissions',
]

type Props = { application: Application | null; onClose(): void; onSaved(): unknown }

/** Registers an application, or changes one. */
export function ApplicationDialog({ application, onClose, onSaved }: Props) {
  const [kind, setKind] = useState<string>(application?.kind ?? 'web')
  const [roles, setRoles] = useState<string[]>(application?.roles ?? [])
  const { permissions: held } = useSession()
  const [permissions, setPermissions] = useState<Permission[]>(application?.permissions ?? [])
  const [made, setMade] = useState<CreatedApplication | null>(null)
  const [error, setError] = useState<unknown>(null)
  const [isBusy, setBusy] = useState(false)
  const hasRedirects = kind !== 'machine' && kind !== 'device'
  const hasUsers = kind !== 'machine'

  async function save(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const body = {
      ...bodyOf(new FormData(event.currentTarget)),
      roles,
      ...(kind === 'machine' && { permissions }),
    }
    setBusy(true)
    setError(null)
    try {
      if (application) {
        await call('PATCH', `/applications/${application.client_id}`, { body })
        onClose()
      } else {
        setMade((await call<CreatedApplication>('POST', '/applications', { body: { kind, ...body } })).data)
      }
      onSaved()
    } catch (caught) {
      setError(caught)
    }
    setBusy(false)
  }

  const isAdvanced = Boolean(application?.audience || application?.backchannel_logout_uri)
  const hasFault = ['audience', 'backchannel_logout_uri'].some((name) => faultOf(error, name) !== undefined)
  if (made) return <ApplicationMade application={made} onClose={onClose} />
  const title = application ? t('apps.change_title', { name: application.name }) : t('apps.new')
  return (
    <Dialog title={title} isOpen onClose={onClose} width="wide">
      <div className="stack">
        <form className="stack" onSubmit={save} noValidate>
          <ProblemNotice error={error} shown={shown} />
          <TextField
            label={t('app.name')}
            name="name"
            maxLength={100}
            autoComplete="off"
            defaultValue={application?.name}
            problem={faultOf(error, 'name')}
          />
          {!application && (
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
          )}
          {hasRedirects &&
            (['redirect_uris', 'post_logout_redirect_uris'] as const).map((name) => (
              <TextArea
                key={name}
                label={t(`app.${name}`)}
                hint={t(name === 'redirect_uris' ? 'apps.redirect_hint' : 'apps.post_logout_hint')}
                name={name}
                rows={2}
                spellCheck={false}
                defaultValue={application?.[name].join('\n')}
                problem={faultOf(error, name)}
              />
            ))}
          {kind === 'machine' && (
            <PermissionChoice
              label={t('apps.permissions')}
              offered={allPermissions.filter(
                (each) => held.has(each) || application?.permissions.includes(each),
              )}
              chosen={permissions}
              change={setPermissions}
              problem={faultOf(error, 'permissions')}
            />
          )}
          {hasUsers && (
            <>
              <RoleChoice chosen={roles} change={setRoles} legend={t('apps.roles')} />
              <CheckField
                label={t('app.first_party')}
                hint={t('apps.first_party_hint')}
                name="first_party"
                defaultChecked={application?.first_party ?? true}
              />
            </>
          )}
          <details className="advanced" open={isAdvanced || hasFault}>
            <summary>{t('apps.advanced')}</summary>
            <div className="stack">
              <TextField
                label={t('app.audience')}
                hint={t('apps.audience_hint')}
                name="audience"
                autoComplete="off"
                defaultValue={application?.audience ?? ''}
                problem={faultOf(error, 'audience')}
              />
              <SelectField
                label={t('app.token_algorithm')}
                hint={t('apps.algorithm_hint')}
                name="token_algorithm"
                defaultValue={application?.token_algorithm}
              >
                {algorithms.map((each) => (
                  <option key={each}>{each}</option>
                ))}
              </SelectField>
              {hasUsers && (
                <TextField
                  label={t('app.backchannel_logout_uri')}
                  hint={t('apps.backchannel_hint')}
                  name="backchannel_logout_uri"
                  autoComplete="off"
                  defaultValue={application?.backchannel_logout_uri ?? ''}
                  problem={faultOf(error, 'backchannel_logout_uri')}
                />
              )}
            </div>
          </details>
          <FormActions button={t(application ? 'save' : 'apps.create')} onCancel={onClose} isBusy={isBusy} />
        </form>
        {application && (kind === 'web' || kind === 'machine') && (
          <Secrets
            path={`/applications/${application.client_id}/secrets`}
            onceText={t('apps.secret_once')}
            deleteText={t('apps.delete_secret_text')}
          />
        )}
      </div>
    </Dialog>
  )
}

function bodyOf(data: FormData) {
  const text = (name: string) => String(data.get(name) ?? '').trim()
  const lines = (name: string) => text(name).split(/\s+/).filter(Boolean)
  return {
    name: text('name'),
    redirect_uris: lines('redirect_uris'),
    post_logout_redirect_uris: lines('post_logout_redirect_uris'),
    first_party: data.get('first_party') === 'on',
    audience: text('audience') || null,
    backchannel_logout_uri: text('backchannel_logout_uri') || null,
    token_algorithm: text('token_algorithm'),
  }
}
