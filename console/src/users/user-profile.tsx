import { useMay, useSession } from '../api/session.ts'
import type { User } from '../api/types.ts'
import { t } from '../text/text.ts'
import { Time } from '../ui/bits.tsx'
import { CheckField, PasswordField, TextField } from '../ui/field.tsx'
import { faultOf } from '../ui/problem.tsx'
import { isVerified } from './draft.ts'
import { LocaleField } from './locale-field.tsx'
import { RoleChoice } from './role-choice.tsx'
import { UserForm } from './user-form.tsx'
import type { VersionedUser } from './user-query.ts'

const fields = [
  'username',
  'email',
  'first_name',
  'last_name',
  'locale',
  'external_id',
  'roles',
  'current_password',
]

/** The fields of a user, for administrators. */
export function UserProfile({ versioned }: { versioned: VersionedUser }) {
  const may = useMay()
  const isOwn = useSession().user.id === versioned.user.id
  const isReadOnly = !may('users:write')
  return (
    <UserForm versioned={versioned} shown={fields} isReadOnly={isReadOnly} className="profile">
      {(form) => {
        const { user, draft, changes, error, set, text } = form
        return (
          <>
            <div className="columns">
              <TextField {...text('username')} />
              <TextField {...text('email')} type="email" />
              <TextField {...text('first_name')} />
              <TextField {...text('last_name')} />
              <TextField {...text('external_id')} hint={t('user.external_id_hint')} />
              <div className="beside">
                <CheckField
                  label={t('user.email_verified')}
                  checked={isVerified(draft)}
                  disabled={isReadOnly || draft.email.trim() === ''}
                  onChange={({ target }) => set({ email_verified: target.checked })}
                />
              </div>
              <LocaleField form={form} isReadOnly={isReadOnly} />
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
            <Facts user={user} />
          </>
        )
      }}
    </UserForm>
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
