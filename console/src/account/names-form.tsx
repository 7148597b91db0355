import { useQueryClient } from '@tanstack/react-query'
import { sessionQuery } from '../api/session.ts'
import { readLanguage } from '../text/language.ts'
import { currentLanguage } from '../text/text.ts'
import { TextField } from '../ui/field.tsx'
import { LocaleField } from '../users/locale-field.tsx'
import { UserForm } from '../users/user-form.tsx'
import type { VersionedUser } from '../users/user-query.ts'

const fields = { username: 'username', first_name: 'given-name', last_name: 'family-name' } as const
const names = ['username', 'first_name', 'last_name'] as const

/** The names and the language of the signed-in user. */
export function NamesForm({ versioned }: { versioned: VersionedUser }) {
  const queries = useQueryClient()
  /** The page is reloaded if its language changes. */
  async function followLanguage() {
    const { user, impersonator } = await queries.fetchQuery({ ...sessionQuery, staleTime: 0 })
    if (!impersonator && readLanguage(user.locale) !== currentLanguage()) location.reload()
  }
  return (
    <UserForm versioned={versioned} shown={[...names, 'locale']} onSaved={() => void followLanguage()}>
      {(form) => (
        <>
          {names.map((name) => (
            <TextField key={name} {...form.text(name)} autoComplete={fields[name]} />
          ))}
          <LocaleField form={form} />
        </>
      )}
    </UserForm>
  )
}
