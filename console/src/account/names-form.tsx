import { useQueryClient } from '@tanstack/react-query'
import { sessionQuery } from '../api/session.ts'
import { TextField } from '../ui/field.tsx'
import { UserForm } from '../users/user-form.tsx'
import type { VersionedUser } from '../users/user-query.ts'

const fields = { username: 'username', first_name: 'given-name', last_name: 'family-name' } as const
const names = ['username', 'first_name', 'last_name'] as const

/** The names of the signed-in user. */
export function NamesForm({ versioned }: { versioned: VersionedUser }) {
  const queries = useQueryClient()
  return (
    <UserForm
      versioned={versioned}
      shown={names}
      onSaved={() => void queries.invalidateQueries({ queryKey: sessionQuery.queryKey })}
    >
      {({ text }) =>
        names.map((name) => <TextField key={name} {...text(name)} autoComplete={fields[name]} />)
      }
    </UserForm>
  )
}
