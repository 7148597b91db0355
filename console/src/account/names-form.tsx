import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ApiError } from '../api/call.ts'
import { sessionQuery } from '../api/session.ts'
import { t } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import { TextField } from '../ui/field.tsx'
import { faultOf, ProblemNotice } from '../ui/problem.tsx'
import { toast } from '../ui/toasts.tsx'
import { changesOf, draftOf } from '../users/draft.ts'
import { patchUser, readUser, useTakeOver, type VersionedUser } from '../users/user-query.ts'
import { VersionConflict } from '../users/version-conflict.tsx'

const names = ['username', 'first_name', 'last_name'] as const

export function NamesForm({ versioned }: { versioned: VersionedUser }) {
  const queries = useQueryClient()
  const takeOver = useTakeOver()
  const [base, setBase] = useState(versioned)
  const [draft, setDraft] = useState(draftOf(versioned.user))
  const [error, setError] = useState<unknown>(null)
  const [isBusy, setBusy] = useState(false)
  const [newer, setNewer] = useState<VersionedUser | null>(null)
  const changes = changesOf(base.user, draft)
  const isDirty = Object.keys(changes).length > 0
  if (versioned !== base && !isDirty) start(versioned)

  function start(from: VersionedUser) {
    setBase(from)
    setDraft(draftOf(from.user))
    setNewer(null)
  }
  async function save(on: VersionedUser) {
    setBusy(true)
    setError(null)
    try {
      const saved = await patchUser(on.user.id, changes, on.etag)
      start(saved)
      takeOver(saved)
      void queries.invalidateQueries({ queryKey: sessionQuery.queryKey })
      toast(t('saved'))
    } catch (caught) {
      if (caught instanceof ApiError && caught.status === 412) setNewer(await readUser(on.user.id))
      else setError(caught)
    }
    setBusy(false)
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void save(base)
  }
  return (
    <form className="card pad stack" onSubmit={submit} noValidate>
      <ProblemNotice error={error} shown={names} />
      {names.map((name) => (
        <TextField
          key={name}
          label={t(`user.${name}`)}
          name={name}
          value={draft[name]}
          autoComplete={{ username: 'username', first_name: 'given-name', last_name: 'family-name' }[name]}
          problem={faultOf(error, name)}
          onChange={({ target }) => setDraft({ ...draft, [name]: target.value })}
        />
      ))}
      <div className="actions">
        <Button type="submit" kind="primary" isBusy={isBusy} disabled={!isDirty}>
          {t('save')}
        </Button>
      </div>
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
