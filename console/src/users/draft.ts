/** The fields of a user in a form, and their changes. */
import type { User } from '../api/types.ts'

export type Draft = {
  username: string
  email: string
  first_name: string
  last_name: string
  locale: string
  external_id: string
  email_verified: boolean
  roles: string[]
}
export type Changes = Partial<{ [Name in keyof Draft]: Draft[Name] | null }>

export function draftOf(user: User): Draft {
  return {
    username: user.username,
    email: user.email ?? '',
    first_name: user.first_name ?? '',
    last_name: user.last_name ?? '',
    locale: user.locale ?? '',
    external_id: user.external_id ?? '',
    email_verified: user.email_verified,
    roles: [...user.roles],
  }
}

/** Without an address it cannot be verified. */
export function isVerified({ email, email_verified }: Draft): boolean {
  return email_verified && email.trim() !== ''
}

/** The changes of the draft as a merge patch: an empty name or address becomes null. */
export function changesOf(user: User, draft: Draft): Changes {
  const before = draftOf(user)
  const changes: Record<string, unknown> = {}
  for (const name of ['username', 'email', 'first_name', 'last_name', 'locale', 'external_id'] as const) {
    const value = draft[name].trim()
    if (value !== before[name]) changes[name] = value === '' && name !== 'username' ? null : value
  }
  if (isVerified(draft) !== before.email_verified) changes['email_verified'] = isVerified(draft)
  if ([...draft.roles].sort().join() !== [...before.roles].sort().join()) changes['roles'] = draft.roles
  return changes as Changes
}
