import { X } from 'lucide-react'
import { useRef, useState } from 'react'
import { useMay } from '../api/session.ts'
import { t } from '../text/text.ts'
import { TextField } from '../ui/field.tsx'
import { problemText } from '../ui/problem.tsx'
import { type Found, findParty, findUser, isId } from './find-party.ts'
import { useNames } from './names.ts'

type Props = {
  label: 'audit.actor' | 'audit.target' | 'keys.owner'
  value: string | undefined
  set(id?: string): void
}

const labels = {
  'audit.actor': ['audit.actor_user', 'audit.actor_id'],
  'audit.target': ['audit.target_any', 'audit.target_any'],
  'keys.owner': ['keys.owner_user', 'keys.owner_id'],
} as const

function fieldLabel(label: Props['label'], mayReadUsers: boolean) {
  return labels[label][mayReadUsers ? 0 : 1]
}

/** Who did something: one user by username, address or id. What it was done to may be something else. The chosen one is a chip. */
export function PartyFilter({ label, value, set }: Props) {
  const may = useMay()
  const isUser = label !== 'audit.target'
  const [last, setLast] = useState<Found | undefined>()
  const known = useNames([value ?? null]).get(value ?? '')
  const name = known ?? (last?.id === value ? last?.name : undefined)
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
    if (isUser && !may('users:read')) return setProblem(t('audit.needs_id'))
    try {
      const found = await (isUser ? findUser(typed) : findParty(typed, may))
      // Ignores the answer to an earlier entry.
      if (asked.current !== typed) return
      if (!found) return setProblem(t(isUser ? 'audit.unknown_user' : 'audit.unknown_target'))
      setLast(found)
      set(found.id)
    } catch (error) {
      if (asked.current === typed) setProblem(problemText(error))
    }
  }
  return (
    <TextField
      label={t(fieldLabel(label, may('users:read')))}
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
