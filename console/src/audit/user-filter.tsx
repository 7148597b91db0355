import { X } from 'lucide-react'
import { useRef, useState } from 'react'
import { call } from '../api/call.ts'
import { useMay } from '../api/session.ts'
import { t } from '../text/text.ts'
import { TextField } from '../ui/field.tsx'
import { problemText } from '../ui/problem.tsx'
import { useNames } from './names.ts'

type Found = { id: string; username: string }
type Props = { label: 'audit.actor' | 'audit.target'; value: string | undefined; set(id?: string): void }

const entries = {
  'audit.actor': { byName: 'audit.actor_user', byId: 'audit.actor_id' },
  'audit.target': { byName: 'audit.target_user', byId: 'audit.target_id' },
} as const

/** One user by username, address or id; the chosen one is a chip. */
export function UserFilter({ label, value, set }: Props) {
  const may = useMay()
  const [last, setLast] = useState<Found | undefined>()
  const known = useNames([value ?? null]).get(value ?? '')
  const name = known ?? (last?.id === value ? last?.username : undefined)
  const [problem, setProblem] = useState<string | undefined>()
  const asked = useRef('')

  if (value !== undefined) {
    const text = `${t(label)}: ${name ?? value}`
    return (
      <button
        type="button"
        className="chip set"
        onClick={() => {
          asked.current = ''
          set(undefined)
        }}
        aria-label={t('users.filter.remove', { label: text })}
      >
        <span>{text}</span>
        <X size={14} aria-hidden />
      </button>
    )
  }

  const look = async (typed: string) => {
    if (typed === asked.current) return
    asked.current = typed
    setProblem(undefined)
    if (typed === '') return
    if (isId(typed)) return set(typed)
    if (!may('users:read')) return setProblem(t('audit.needs_id'))
    try {
      const found = await find(typed)
      // A later entry has its own answer.
      if (asked.current !== typed) return
      if (!found) return setProblem(t('audit.unknown_user'))
      setLast(found)
      set(found.id)
    } catch (error) {
      if (asked.current === typed) setProblem(problemText(error))
    }
  }
  return (
    <TextField
      label={t(entries[label][may('users:read') ? 'byName' : 'byId'])}
      problem={problem}
      maxLength={254}
      spellCheck={false}
      autoCapitalize="none"
      onBlur={({ target }) => void look(target.value.trim())}
      onKeyDown={(event) => {
        if (event.key === 'Enter') void look(event.currentTarget.value.trim())
      }}
    />
  )
}

const isId = (text: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)

/** The user may be in the recycle bin. */
async function find(name: string): Promise<Found | undefined> {
  const text = JSON.stringify(name)
  const filter = `username eq ${text} or email eq ${text}`
  for (const deleted of [undefined, true]) {
    const query = { filter, fields: 'id,username', limit: 1, ...(deleted && { deleted }) }
    const { data } = await call<Found[]>('GET', '/users', { query })
    if (data[0]) return data[0]
  }
  return undefined
}
