/** Accounts at other providers with which users signed in to the other system. */
import type { ImportedUser } from '../imported-user.ts'
import { type Fields, note } from './fields.ts'

/** Providers whose account ids are the same for every application. */
const issuers: Record<string, string> = {
  google: 'https://accounts.google.com',
  github: 'https://github.com',
  gitlab: 'https://gitlab.com',
  apple: 'https://appleid.apple.com',
}

/** Such an account in a record, with its original values. */
export type Brought = { provider: unknown; subject: unknown; email?: unknown }

/** `google`, `google.com`, `google-oauth2` and `oauth_google` are the same. */
function issuerOf(provider: unknown): string | undefined {
  const name = String(provider)
    .toLowerCase()
    .replace(/^(oauth|sign_in_with)_/, '')
    .replace(/(\.com|-oauth2)$/, '')
  return Object.hasOwn(issuers, name) ? issuers[name] : undefined
}

export function isKnownProvider(provider: string): boolean {
  return issuerOf(provider) !== undefined
}

const longest = 255

/** The accounts at supported providers. Each other account gets a note that it is not imported. */
export function identitiesOf(fields: Fields, accounts: readonly Brought[]): ImportedUser['identities'] {
  const found = accounts.flatMap(({ provider, subject, email }) => {
    const issuer = issuerOf(provider)
    const id = typeof subject === 'number' && Number.isSafeInteger(subject) ? String(subject) : subject
    if (issuer !== undefined && typeof id === 'string' && id !== '' && id.length <= longest)
      return [{ issuer, subject: id, email: typeof email === 'string' && email !== '' ? email : null }]
    note(fields, `signing in through ${provider} is`)
    return []
  })
  const identities = [...new Map(found.map((each) => [`${each.issuer} ${each.subject}`, each])).values()]
  return identities.length > 0 ? identities : undefined
}
