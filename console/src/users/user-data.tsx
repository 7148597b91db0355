import { type FormEvent, useState } from 'react'
import { ApiError } from '../api/call.ts'
import { useMay } from '../api/session.ts'
import { t } from '../text/text.ts'
import { CopyButton } from '../ui/bits.tsx'
import { Button } from '../ui/button.tsx'
import { TextArea } from '../ui/field.tsx'
import { faultOf, ProblemNotice } from '../ui/problem.tsx'
import { toast } from '../ui/toasts.tsx'
import { patchUser, useTakeOver, type VersionedUser } from './user-query.ts'

/** The metadata of a user, to edit as JSON, and the whole record. */
export function UserData({ versioned }: { versioned: VersionedUser }) {
  const { user } = versioned
  const may = useMay()
  return (
    <div className="stack">
      {may('users:write') && <Metadata key={JSON.stringify(user.metadata)} versioned={versioned} />}
      <section className="card pad stack">
        <div className="screen-head flush">
          <h2 className="grow">{t('data.record')}</h2>
          <CopyButton text={JSON.stringify(user, null, 2)} label={t('copy')} />
        </div>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard */}
        <pre className="json" tabIndex={0}>
          {JSON.stringify(user, null, 2)}
        </pre>
      </section>
    </div>
  )
}

function Metadata({ versioned: { user, etag } }: { versioned: VersionedUser }) {
  const takeOver = useTakeOver()
  const before = JSON.stringify(user.metadata, null, 2)
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
      // A merge patch keeps the members that it does not name: those that were taken away are set to null.
      const gone = Object.keys(user.metadata).filter((name) => !Object.hasOwn(wanted, name))
      const metadata = { ...wanted, ...Object.fromEntries(gone.map((name) => [name, null])) }
      takeOver(await patchUser(user.id, { metadata }, etag))
      toast(t('saved'))
    } catch (caught) {
      setError(caught)
    }
    setBusy(false)
  }

  return (
    <form className="card pad stack" onSubmit={save} noValidate>
      <h2>{t('data.metadata')}</h2>
      <TextArea
        label={t('data.metadata_label')}
        hint={t('data.metadata_hint')}
        value={text}
        spellCheck={false}
        rows={8}
        problem={wanted ? faultOf(error, 'metadata') : t('data.not_json')}
        onChange={({ target }) => setText(target.value)}
      />
      {error instanceof ApiError && error.status === 412 ? (
        <div className="notice warn" role="alert">
          {t('data.changed')}
        </div>
      ) : (
        <ProblemNotice error={error} shown={['metadata']} />
      )}
      <div className="actions">
        <Button type="submit" kind="primary" isBusy={isBusy} disabled={!wanted || text === before}>
          {t('save')}
        </Button>
      </div>
    </form>
  )
}

/** The object that the text is, or undefined. */
function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
