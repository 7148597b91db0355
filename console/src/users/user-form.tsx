import { type FormEvent, type ReactNode, useState } from 'react'
import { ApiError } from '../api/call.ts'
import { t } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import type { TextField } from '../ui/field.tsx'
import { LeaveGuard } from '../ui/leave-guard.tsx'
import { faultOf, ProblemNotice } from '../ui/problem.tsx'
import { toast } from '../ui/toasts.tsx'
import { type Changes, changesOf, type Draft, draftOf } from './draft.ts'
import { type Credentials, UnprovenAccount } from './unproven-account.tsx'
import { patchUser, readUser, useTakeOver, type VersionedUser } from './user-query.ts'
import { VersionConflict } from './version-conflict.tsx'

type TextName = 'username' | 'email' | 'first_name' | 'last_name' | 'external_id'

export type UserFormState = {
  /** The user in the form. */
  user: VersionedUser['user']
  draft: Draft
  changes: Changes
  error: unknown
  set(part: Partial<Draft>): void
  /** The properties of the field of this name. */
  text(name: TextName): Parameters<typeof TextField>[0]
}

type Props = {
  versioned: VersionedUser
  /** The members whose faults are shown next to their fields. */
  shown: readonly string[]
  isReadOnly?: boolean
  className?: string
  onSaved?(): void
  children(form: UserFormState): ReactNode
}

/** A form with fields of a user. It saves only the changed fields, for the version from which it was filled. */
export function UserForm({ versioned, shown, isReadOnly = false, className = '', onSaved, children }: Props) {
  const takeOver = useTakeOver()
  const [base, setBase] = useState(versioned)
  const [draft, setDraft] = useState(draftOf(versioned.user))
  const [error, setError] = useState<unknown>(null)
  const [isBusy, setBusy] = useState(false)
  const [newer, setNewer] = useState<VersionedUser | null>(null)
  /** The version of an account that needs a decision about its credentials, and the typed password. */
  const [unproven, setUnproven] = useState<{ on: VersionedUser; password?: string | undefined } | null>(null)
  const changes = changesOf(base.user, draft)
  const isDirty = Object.keys(changes).length > 0

  // Until the user types, the form shows changes of other users.
  if (versioned !== base && !isDirty) start(versioned)

  function start(from: VersionedUser) {
    setBase(from)
    setDraft(draftOf(from.user))
    setError(null)
    setNewer(null)
  }
  const set = (part: Partial<Draft>) => setDraft({ ...draft, ...part })
  const text = (name: TextName) => ({
    label: t(`user.${name}`),
    name,
    value: draft[name],
    autoComplete: 'off',
    readOnly: isReadOnly,
    problem: faultOf(error, name),
    onChange: ({ target }: { target: HTMLInputElement }) => set({ [name]: target.value }),
  })
  async function save(on: VersionedUser, password?: string, credentials?: Credentials) {
    setBusy(true)
    setError(null)
    try {
      const body = { ...changes, ...(password && { current_password: password }) }
      const saved = await patchUser(on.user.id, body, on.etag, credentials)
      start(saved)
      takeOver(saved)
      onSaved?.()
      toast(t('saved'))
    } catch (caught) {
      if (caught instanceof ApiError && caught.status === 412) setNewer(await readUser(on.user.id))
      else if (caught instanceof ApiError && caught.code === 'unproven_account') setUnproven({ on, password })
      else setError(caught)
    }
    setBusy(false)
  }
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    void save(base, String(new FormData(event.currentTarget).get('current_password') ?? ''))
  }

  return (
    <form className={`card pad stack ${className}`} onSubmit={submit} noValidate>
      <LeaveGuard isDirty={isDirty} />
      <ProblemNotice error={error} shown={shown} />
      {children({ user: base.user, draft, changes, error, set, text })}
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
      {unproven && (
        <UnprovenAccount
          email={String(changes.email ?? unproven.on.user.email)}
          onClose={() => setUnproven(null)}
          choose={(credentials) => {
            setUnproven(null)
            void save(unproven.on, unproven.password, credentials)
          }}
        />
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
