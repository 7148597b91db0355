import { Plus, Trash2 } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { t } from '../text/text.ts'
import { Button } from '../ui/button.tsx'
import { TextField } from '../ui/field.tsx'
import { faultOf, ProblemNotice } from '../ui/problem.tsx'
import { toast } from '../ui/toasts.tsx'
import { patchUser, useTakeOver, type VersionedUser } from '../users/user-query.ts'

type Profile = VersionedUser['user']['profile']

/** Your profile: the details that applications keep with your account and that you may change. */
export function OwnProfile({ versioned: { user, etag } }: { versioned: VersionedUser }) {
  const takeOver = useTakeOver()
  const [values, setValues] = useState(textsOf(user.profile))
  const [name, setName] = useState('')
  const [value, setValue] = useState('')
  const [error, setError] = useState<unknown>(null)
  const [isBusy, setBusy] = useState(false)
  const changes = changesOf(user.profile, values)
  const newName = name.trim()
  if (newName !== '') changes[newName] = value.trim()
  const isDirty = Object.keys(changes).length > 0

  async function save(event: FormEvent) {
    event.preventDefault()
    setBusy(true)
    setError(null)
    try {
      takeOver(await patchUser(user.id, { profile: changes }, etag))
      toast(t('saved'))
    } catch (caught) {
      setError(caught)
    }
    setBusy(false)
  }

  return (
    <form className="card pad stack" onSubmit={save} noValidate>
      <h2>{t('own_profile.title')}</h2>
      <p className="dim">{t('own_profile.about')}</p>
      {Object.entries(values).map(([key, text]) => (
        <div className="entry" key={key}>
          <TextField
            label={key}
            value={text}
            onChange={({ target }) => setValues({ ...values, [key]: target.value })}
            autoComplete="off"
          />
          <Button
            kind="quiet"
            label={t('own_profile.remove', { name: key })}
            icon={<Trash2 size={18} aria-hidden />}
            onClick={() =>
              setValues(Object.fromEntries(Object.entries(values).filter(([other]) => other !== key)))
            }
          />
        </div>
      ))}
      <div className="columns">
        <TextField
          label={t('own_profile.name')}
          value={name}
          onChange={({ target }) => setName(target.value)}
          autoComplete="off"
          problem={faultOf(error, 'profile')}
        />
        <TextField
          label={t('own_profile.value')}
          value={value}
          onChange={({ target }) => setValue(target.value)}
          autoComplete="off"
        />
      </div>
      <ProblemNotice error={error} shown={['profile']} />
      <div className="actions">
        <Button
          type="submit"
          kind="primary"
          isBusy={isBusy}
          disabled={!isDirty}
          icon={newName !== '' ? <Plus size={18} aria-hidden /> : undefined}
        >
          {t('save')}
        </Button>
      </div>
    </form>
  )
}

/** Each member as a text; what is not a text is shown as JSON. */
function textsOf(profile: Profile): Record<string, string> {
  return Object.fromEntries(Object.entries(profile).map(([name, value]) => [name, textOf(value)]))
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** A merge patch from the texts. A member that was not a text stays JSON if the new text is valid JSON. */
function changesOf(before: Profile, values: Record<string, string>): Record<string, unknown> {
  const changes: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(before)) {
    const text = values[name]
    if (text === undefined) changes[name] = null
    else if (text !== textOf(value)) changes[name] = typeof value === 'string' ? text : parsed(text)
  }
  return changes
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}
