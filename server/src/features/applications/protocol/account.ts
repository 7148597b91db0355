/** The claims of a user for an application, and whether the user may use it. */
import { type Application, hasRoleFor } from '../application.ts'
import type { AccountClaims } from './provider.ts'

export type Account = {
  id: string
  username: string
  email: string | null
  email_verified: boolean
  first_name: string | null
  last_name: string | null
  locale: string | null
  status: 'active' | 'disabled'
  roles: string[]
  updated_at: string
}

export function mayUse(user: Account, application: Application): boolean {
  return user.status === 'active' && hasRoleFor(application, user)
}

/** OpenID Connect Core §5.1. */
export function claimsOf(user: Account): AccountClaims {
  const name = [user.first_name, user.last_name].filter(Boolean).join(' ')
  return {
    sub: user.id,
    name: name === '' ? user.username : name,
    ...(user.first_name !== null && { given_name: user.first_name }),
    ...(user.last_name !== null && { family_name: user.last_name }),
    preferred_username: user.username,
    ...(user.locale !== null && { locale: user.locale }),
    updated_at: Math.floor(Date.parse(user.updated_at) / 1000),
    ...(user.email !== null && { email: user.email, email_verified: user.email_verified }),
    roles: user.roles,
  }
}
