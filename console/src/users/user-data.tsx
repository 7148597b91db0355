import { type FormEvent, useState } from 'react'
import { ApiError } from '../api/call.ts'
import { useMay } from '../api/session.ts'
import { t } from '../text/text.ts'
import { CodeBlock } from '../ui/bits.tsx'
import { Button } from '../ui/button.tsx'
import { TextArea } from '../ui/field.tsx'
import { LeaveGuard } from '../ui/leave-guard.tsx'
import { faultOf, ProblemNotice } from '../ui/problem.tsx'
import { toast } from '../ui/toasts.tsx'
import { patchUser, useTakeOver, type VersionedUser } from './user-query.ts'

/** The metadata and the profile of a user, to edit as JSON, and the whole record. */
export function UserData({ versioned }: { versioned: VersionedUser }) {
  const { user } = versioned
  const may = useMay()
  return (
    <div className="stack">
      {may('users:write') &&
        (['metadata', 'profile'] as const).map((field) => (
          <JsonForm
            key={`${field} ${JSON.stringify(user[field])}`}
            versioned={versioned}
            field={field}
            title={t(`data.${field}`)}
            label={t(`data.${field}_label`)}
            hint={t(`data.${field}_hint`)}
          />
        ))}
      <section className="card pad stack">
        <CodeBlock head={<h2 className="grow">{t('data.record')}</h2>} text={JSON.stringify(user, null, 2)} />
      </section>
    </div>
  )
}

type JsonFormProps = {
  versioned: VersionedUser
  field: 'metadata' | 'profile'
  title: string
  label: string
  hint: string
}

function JsonForm({ versioned: { user, etag }, field, title, label, hint }: JsonFormProps) {
  const takeOver = useTakeOver()
  const before = JSON.stringify(user[field], null, 2)
  const [text, setText] = useState(before)
  const [error, setError] = useState<unknown>(null)
  const [isBusy, setBusy] = useState(false)
  const wanted = parse(text)

  async function save(event: FormEvent) {
    event.preventDefault()
    if (!wanted) return
    setBusy(true)
    setError(null)
    try {
      // A merge patch keeps missing members, so removed ones are set to null.
      const gone = Object.keys(user[field]).filter((name) => !Object.hasOwn(wanted, name))
      const value = { ...wanted, ...Object.fromEntries(gone.map((name) => [name, null])) }
      takeOver(await patchUser(user.id, { [field]: value }, etag))
      toast(t('saved'))
    } catch (caught) {
      setError(caught)
    }
    setBusy(false)
  }

  return (
    <form className="card pad stack" onSubmit={save} noValidate>
      <LeaveGuard isDirty={text !== before} />
      <h2>{title}</h2>
      <TextArea
        label={label}
        hint={hint}
        value={text}
        spellCheck={false}
        rows={8}
        isChecked
        problem={wanted ? faultOf(error, field) : t('data.not_json')}
        onChange={({ target }) => setText(target.value)}
      />
      {error instanceof ApiError && error.status === 412 ? (
        <div className="notice warn" role="alert">
          {t('data.changed')}
        </div>
      ) : (
        <ProblemNotice error={error} shown={[field]} />
      )}
      <div className="actions">
        <Button type="submit" kind="primary" isBusy={isBusy} disabled={!wanted || text === before}>
          {t('save')}
        </Button>
      </div>
    </form>
  )
}

/** The object in the text, or undefined. */
function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
