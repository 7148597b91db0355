import { type ChangeEvent, type FormEvent, useState } from 'react'
import { call } from '../api/call.ts'
import type { IdentityProvider } from '../api/types.ts'
import { page } from '../page.ts'
import { t } from '../text/text.ts'
import { Secret } from '../ui/bits.tsx'
import { Button } from '../ui/button.tsx'
import { CheckField, PasswordField, SelectField, TextArea, TextField } from '../ui/field.tsx'
import { FormActions } from '../ui/form-actions.tsx'
import { Dialog } from '../ui/later.tsx'
import { faultOf, ProblemNotice } from '../ui/problem.tsx'
import { type RoleRule, RoleRules } from './role-rules.tsx'

type Kind = IdentityProvider['kind']

const kinds: readonly Kind[] = ['google', 'microsoft', 'apple', 'gitlab', 'github', 'oidc']
const names: Readonly<Record<Kind, string>> = {
  google: 'Google',
  microsoft: 'Microsoft',
  apple: 'Apple',
  gitlab: 'GitLab',
  github: 'GitHub',
  oidc: 'OpenID Connect',
}
/** Kinds without a default issuer. */
const needsIssuer: readonly Kind[] = ['microsoft', 'oidc']
const issuerHints = { microsoft: 'idp.issuer_microsoft', oidc: 'idp.issuer_oidc' } as Readonly<
  Partial<Record<Kind, 'idp.issuer_microsoft' | 'idp.issuer_oidc'>>
>
const shown = ['id', 'name', 'issuer', 'client_id', 'client_secret', 'team_id', 'key_id', 'domains']

type Props = { provider: IdentityProvider | null; onClose(): void; onSaved(): unknown }

/** Registers or changes a provider; then shows the redirect URI for the provider. */
export function ProviderDialog({ provider, onClose, onSaved }: Props) {
  const [kind, setKind] = useState<Kind>(provider?.kind ?? 'google')
  const [id, setId] = useState('')
  const [rules, setRules] = useState<RoleRule[]>(provider?.role_rules ?? [])
  const [made, setMade] = useState<IdentityProvider | null>(null)
  const [error, setError] = useState<unknown>(null)
  const [isBusy, setBusy] = useState(false)

  async function save(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const body = { ...bodyOf(new FormData(event.currentTarget)), role_rules: rules }
    setBusy(true)
    setError(null)
    try {
      if (provider) {
        await call('PATCH', `/identity-providers/${provider.id}`, { body })
        onClose()
      } else {
        const { data } = await call<IdentityProvider>('POST', '/identity-providers', {
          body: { kind, ...body },
        })
        setMade(data)
      }
      onSaved()
    } catch (caught) {
      setError(caught)
    }
    setBusy(false)
  }

  if (made) return <Made provider={made} onClose={onClose} />
  const title = provider ? t('idps.change_title', { name: provider.name }) : t('idps.new')
  return (
    <Dialog title={title} isOpen onClose={onClose} width="wide">
      <form className="stack" onSubmit={save} noValidate>
        <ProblemNotice error={error} shown={shown} />
        {!provider && (
          <>
            <SelectField
              label={t('idp.kind')}
              value={kind}
              onChange={({ target }) => setKind(target.value as Kind)}
            >
              {kinds.map((each) => (
                <option key={each} value={each}>
                  {names[each]}
                </option>
              ))}
            </SelectField>
            {kind === 'oidc' && (
              <Text
                name="id"
                hint={t('idp.id_hint')}
                provider={provider}
                error={error}
                placeholder={kind}
                onChange={({ target }) => setId(target.value.trim())}
              />
            )}
          </>
        )}
        <div className="field">
          <p className="label">{t('idp.callback')}</p>
          <Secret text={provider?.callback_url ?? callbackOf(kind === 'oidc' && id !== '' ? id : kind)} />
          <p className="hint">{t('idp.callback_hint')}</p>
        </div>
        <Text name="name" provider={provider} error={error} placeholder={names[kind]} />
        {(provider !== null || needsIssuer.includes(kind) || kind === 'gitlab' || kind === 'github') && (
          <Text
            name="issuer"
            provider={provider}
            error={error}
            hint={t(issuerHints[kind] ?? 'idp.issuer_hint')}
          />
        )}
        <Text name="client_id" provider={provider} error={error} />
        {kind === 'apple' ? (
          <>
            <Text name="team_id" provider={provider} error={error} />
            <Text name="key_id" provider={provider} error={error} />
            <TextArea
              label={t('idp.private_key')}
              hint={provider ? t('idp.secret_kept') : t('idp.private_key_hint')}
              name="client_secret"
              rows={4}
              spellCheck={false}
              problem={faultOf(error, 'client_secret')}
            />
          </>
        ) : (
          <PasswordField
            label={t('idp.client_secret')}
            hint={provider?.has_client_secret ? t('idp.secret_kept') : undefined}
            name="client_secret"
            autoComplete="off"
            problem={faultOf(error, 'client_secret')}
          />
        )}
        <TextField
          label={t('idp.domains')}
          hint={t('idp.domains_hint')}
          name="domains"
          autoComplete="off"
          defaultValue={provider?.domains.join(' ')}
          problem={faultOf(error, 'domains')}
        />
        <SelectField label={t('idp.sign_up')} name="sign_up" defaultValue={provider?.sign_up ?? 'off'}>
          {(['off', 'domains', 'open'] as const).map((rule) => (
            <option key={rule} value={rule}>
              {t(`idp.sign_up.${rule}`)}
            </option>
          ))}
        </SelectField>
        <RoleRules rules={rules} change={setRules} />
        <CheckField label={t('idp.enabled')} name="enabled" defaultChecked={provider?.enabled ?? true} />
        <FormActions button={t('save')} onCancel={onClose} isBusy={isBusy} />
      </form>
    </Dialog>
  )
}

type TextProps = {
  name: 'id' | 'name' | 'issuer' | 'client_id' | 'team_id' | 'key_id'
  provider: IdentityProvider | null
  error: unknown
  hint?: string
  placeholder?: string
  onChange?(event: ChangeEvent<HTMLInputElement>): void
}

function Text({ name, provider, error, ...rest }: TextProps) {
  return (
    <TextField
      label={t(`idp.${name}`)}
      name={name}
      autoComplete="off"
      spellCheck={false}
      defaultValue={provider?.[name] ?? ''}
      problem={faultOf(error, name)}
      {...rest}
    />
  )
}

/** As the server makes it of the short name. */
function callbackOf(id: string): string {
  return `${location.origin}${page.base}/auth/providers/${id}/callback`
}

/** Fields that are empty are left out, so that they keep their value or their default. */
function bodyOf(data: FormData) {
  const texts = ['id', 'name', 'issuer', 'client_id', 'client_secret', 'team_id', 'key_id'] as const
  const given = texts
    .map((name) => [name, String(data.get(name) ?? '').trim()] as const)
    .filter(([name, text]) => text !== '' || name === 'client_id')
  const domains = String(data.get('domains') ?? '')
    .split(/[\s,]+/)
    .filter(Boolean)
  return {
    ...Object.fromEntries(given),
    domains,
    sign_up: data.get('sign_up'),
    enabled: data.get('enabled') === 'on',
  }
}

function Made({ provider, onClose }: { provider: IdentityProvider; onClose(): void }) {
  return (
    <Dialog title={t('idps.made', { name: provider.name })} isOpen onClose={onClose}>
      <div className="stack">
        <p>{t('idps.made_text')}</p>
        <p className="dim">{t('idp.callback')}</p>
        <Secret text={provider.callback_url} />
        <div className="actions end">
          <Button kind="primary" onClick={onClose}>
            {t('done')}
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
