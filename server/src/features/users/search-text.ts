/** The fields that the substring search covers. */
import { foldCase } from './names/text.ts'
import type { StoredUser } from './user.ts'

type Searched = Partial<Pick<StoredUser, 'username' | 'email' | 'email_key' | 'first_name' | 'last_name'>>

/** The folded fields, one per line. An international address appears in both spellings. */
export function searchTextOf({ username, email, email_key, first_name, last_name }: Searched): string {
  const addresses = email == null || foldCase(email) === email_key ? [email] : [email, email_key]
  return foldCase([username, ...addresses, first_name, last_name].filter(Boolean).join('\n'))
}
