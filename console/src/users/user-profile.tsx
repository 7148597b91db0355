import { type FormEvent, useState } from 'react'
import { ApiError } from '../api/call.ts'
import { useMay, useSession } from '../api/session.ts'
import type { User } from '../api/types.ts'
import { t } from '../text/text.ts'
import { Time } from '../ui/bits.tsx'
import { Button } from '../ui/button.tsx'
import { CheckField, PasswordField, TextField } from '../ui/field.tsx'
import { faultOf, ProblemNotice } from '../ui/problem.tsx'
import { toast } from '../ui/toasts.tsx'
import { changesOf, type Draft, draftOf } from './draft.ts'
import { RoleChoice } from './role-choice.tsx'
import { patchUser, readUser, useTakeOver, type VersionedUser } from './user-query.ts'
import { VersionConflict } from './version-conflict.tsx'

const fields = ['username', 'email', 'first_name', 'last_name', 'external_id', 'roles', 'current_password']

/** The form with the fields of a user. It saves only what was changed, on the version that it was filled from. */
export function UserProfile({ versioned }: { versioned: VersionedUser }) {
  const may = useMay()
  const isOwn = useSession().user.id === versioned.user.id
  const takeOver = useTakeOver()
  const [base, setBase] = useState(versioned)
  const [draft, setDraft] = useState(draftOf(versioned.user))
  const [error, setError] = useState<unknown>(null)
  const [isBusy, setBusy] = useState(false)
  const [newer, setNewer] = useState<VersionedUser | null>(null)
  const changes = changesOf(base.user, draft)
  const isDirty = Object.keys(changes).length > 0
  const isReadOnly = !may('users:write')

  // What others changed is taken over at once while nothing is typed here.
  if (versioned !== base && !isDirty) start(versioned)

  function start(from: VersionedUser) {
    setBase(from)
    setDraft(draftOf(from.user))
    setError(null)
    setNewer(null)
  }
  const set = (part: Partial<Draft>) => setDraft({ ...draft, ...part })
  const text = (name: 'username' | 'email' | 'first_name' | 'last_name' | 'external_id') => ({
    label: t(`user.${name}`),
    name,
    value: draft[name],
    autoComplete: 'off',
    readOnly: isReadOnly,
    problem: faultOf(error, name),
    onChange: ({ target }: { target: HTMLInputElement }) => set({ [name]: target.value }),
  })

  async function save(on: VersionedUser, password?: string) {
    setBusy(true)
    setError(null)
    try {
      const body = { ...changes, ...(password && { current_password: password }) }
      const saved = await patchUser(on.user.id, body, on.etag)
      start(saved)
      takeOver(saved)
      toast(t('saved'))
    } catch (caught) {
      if (caught instanceof ApiError && caught.status === 412) setNewer(await readUser(on.user.id))
      else setError(caught)
    }
    setBusy(false)
  }
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    void save(base, String(new FormData(event.currentTarget).get('current_password') ?? ''))
  }

  return (
    <form className="card pad stack profile" onSubmit={submit} noValidate>
      <ProblemNotice error={error} shown={fields} />
      <div className="columns">
        <TextField {...text('username')} />
        <TextField {...text('email')} type="email" />
        <TextField {...text('first_name')} />
        <TextField {...text('last_name')} />
        <TextField {...text('external_id')} hint={t('user.external_id_hint')} />
        <div className="beside">
          <CheckField
            label={t('user.email_verified')}
            checked={draft.email_verified}
            disabled={isReadOnly}
            onChange={({ target }) => set({ email_verified: target.checked })}
          />
        </div>
      </div>
      {isOwn && 'email' in changes && (
        <PasswordField
          label={t('password.current')}
          name="current_password"
          autoComplete="current-password"
          problem={faultOf(error, 'current_password')}
        />
      )}
      <RoleChoice chosen={draft.roles} change={(roles) => set({ roles })} isDisabled={isReadOnly} />
      {faultOf(error, 'roles') && <p className="problem-text">{faultOf(error, 'roles')}</p>}
      <Facts user={base.user} />
      {!isReadOnly && (
        <div className="actions">
          <Button type="submit" kind="primary" isBusy={isBusy} disabled={!isDirty}>
            {t('save')}
          </Button>
          {isDirty && (
            <Button kind="quiet" onClick={() => start(versioned)}>
              {t('discard')}
            </Button>
          )}
        </div>
      )}
      {newer && (
        <VersionConflict
          was={base.user}
          theirs={newer.user}
          mine={changes}
          onClose={() => setNewer(null)}
          keepMine={() => save(newer)}
          takeTheirs={() => {
            start(newer)
            takeOver(newer)
          }}
        />
      )}
    </form>
  )
}

function Facts({ user }: { user: User }) {
  return (
    <dl className="facts">
      <dt>{t('user.created')}</dt>
      <dd>
        <Time at={user.created_at} isExact />
      </dd>
      <dt>{t('user.updated')}</dt>
      <dd>
        <Time at={user.updated_at} isExact />
      </dd>
      <dt>{t('user.last_sign_in')}</dt>
      <dd>
        <Time at={user.last_login_at} isExact />
      </dd>
    </dl>
  )
}
