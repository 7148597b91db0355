import { useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { ChevronLeft } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { call } from '../api/call.ts'
import { useMay } from '../api/session.ts'
import type { User } from '../api/types.ts'
import { useLacksMail } from '../overview/statistics.ts'
import { page } from '../page.ts'
import { Screen } from '../shell/screens.tsx'
import { t } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import { CheckField, PasswordField, TextField } from '../ui/field.tsx'
import { LeaveGuard } from '../ui/leave-guard.tsx'
import { faultOf, ProblemNotice } from '../ui/problem.tsx'
import { NoPermission } from '../ui/states.tsx'
import { toast } from '../ui/toasts.tsx'
import { RoleChoice } from './role-choice.tsx'

const fields = ['username', 'email', 'password', 'first_name', 'last_name', 'roles', 'external_id']
type Way = 'invite' | 'password'

export function NewUserScreen() {
  const may = useMay()
  return may('users:write') ? <NewUser /> : <NoPermission />
}

function NewUser() {
  const navigate = useNavigate()
  const queries = useQueryClient()
  const lacksMail = useLacksMail()
  const [chosenWay, setWay] = useState<Way | null>(null)
  const way = chosenWay ?? (lacksMail ? 'password' : 'invite')
  const [isTouched, setTouched] = useState(false)
  const [mustChange, setMustChange] = useState(true)
  const [isAnother, setAnother] = useState(false)
  const [roles, setRoles] = useState<string[]>(['user'])
  const [error, setError] = useState<unknown>(null)
  const [isBusy, setBusy] = useState(false)
  const [lacksEmail, setLacksEmail] = useState(false)

  async function create(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = event.currentTarget
    const data = new FormData(form)
    const text = (name: string) => String(data.get(name) ?? '').trim()
    const body: Record<string, unknown> = { username: text('username'), roles }
    for (const name of ['email', 'first_name', 'last_name', 'external_id'])
      if (text(name)) body[name] = text(name)
    if (way === 'password') {
      body['password'] = String(data.get('password'))
      body['must_change_password'] = mustChange
    }
    setError(null)
    const cannotInvite = page.emailOptional && way === 'invite' && !text('email')
    setLacksEmail(cannotInvite)
    if (cannotInvite) return
    setBusy(true)
    try {
      const { data: user } = await call<User>('POST', '/users', { body })
      void queries.invalidateQueries({ queryKey: ['users'] })
      const isInvited = way === 'invite' && user.email !== null
      const invited = lacksMail ? 'new_user.invited_in_log' : 'new_user.invited'
      toast(t(isInvited ? invited : 'new_user.created', { name: user.username }))
      setTouched(false)
      if (isAnother) {
        form.reset()
        form.querySelector('input')?.focus()
      } else await navigate({ to: '/console/users/$id', params: { id: user.id }, ignoreBlocker: true })
    } catch (caught) {
      setError(caught)
    }
    setBusy(false)
  }

  return (
    <div className="narrow">
      <Link to="/console/users" className="back">
        <ChevronLeft size={16} aria-hidden /> {t('users.title')}
      </Link>
      <Screen title={t('new_user.title')}>
        <form className="card pad stack" onSubmit={create} onInput={() => setTouched(true)} noValidate>
          <LeaveGuard isDirty={isTouched} />
          <ProblemNotice error={error} shown={fields} />
          <TextField
            label={t('user.username')}
            name="username"
            autoComplete="off"
            autoCapitalize="none"
            autoFocus
            maxLength={64}
            problem={faultOf(error, 'username')}
          />
          <TextField
            label={t('user.email')}
            name="email"
            type="email"
            autoComplete="off"
            maxLength={254}
            hint={page.emailOptional && t('email.optional_hint')}
            problem={lacksEmail ? t('new_user.invite_needs_email') : faultOf(error, 'email')}
          />
          <fieldset className="choices">
            <legend>{t('new_user.way')}</legend>
            {(['invite', 'password'] as const).map((each) => (
              <label className="check" key={each}>
                <input type="radio" name="way" checked={way === each} onChange={() => setWay(each)} />
                <span>
                  {t(`new_user.${each}`)}
                  <span className="hint">{t(`new_user.${each}_hint`)}</span>
                  {each === 'invite' && lacksMail && <span className="hint">{t('mail.in_log')}</span>}
                </span>
              </label>
            ))}
          </fieldset>
          {way === 'password' && (
            <>
              <PasswordField
                label={t('password')}
                name="password"
                autoComplete="new-password"
                problem={faultOf(error, 'password')}
              />
              <CheckField
                label={t('new_user.must_change')}
                checked={mustChange}
                onChange={({ target }) => setMustChange(target.checked)}
              />
            </>
          )}
          <details>
            <summary>{t('new_user.more')}</summary>
            <div className="stack">
              <div className="columns">
                <TextField
                  label={t('user.first_name')}
                  name="first_name"
                  autoComplete="off"
                  problem={faultOf(error, 'first_name')}
                />
                <TextField
                  label={t('user.last_name')}
                  name="last_name"
                  autoComplete="off"
                  problem={faultOf(error, 'last_name')}
                />
              </div>
              <TextField
                label={t('user.external_id')}
                hint={t('user.external_id_hint')}
                name="external_id"
                autoComplete="off"
                problem={faultOf(error, 'external_id')}
              />
              <RoleChoice chosen={roles} change={setRoles} />
              {faultOf(error, 'roles') && <p className="problem-text">{faultOf(error, 'roles')}</p>}
            </div>
          </details>
          <div className="actions">
            <Button type="submit" kind="primary" isBusy={isBusy}>
              {t(way === 'invite' ? 'new_user.button_invite' : 'new_user.button_create')}
            </Button>
            <CheckField
              label={t('new_user.another')}
              checked={isAnother}
              onChange={({ target }) => setAnother(target.checked)}
            />
          </div>
        </form>
      </Screen>
    </div>
  )
}
