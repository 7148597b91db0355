/** The tables of other identity providers and of their accounts; see `schema.ts`. */
import type { JsonText } from '../../encoding/json-text.ts'

/** Owner: features/identity-providers. */
export type IdentityProvidersTable = {
  /** Chosen by the administrator; part of the callback URL. */
  id: string
  kind: 'oidc' | 'google' | 'microsoft' | 'apple' | 'gitlab' | 'github'
  name: string
  issuer: string
  client_id: string
  /** Encrypted. */
  client_secret: string | null
  /** For Apple's signed secret. */
  team_id: string | null
  key_id: string | null
  scopes: JsonText<string[]>
  /** The domains of e-mail addresses for which the provider is trusted; `*` means all. */
  domains: JsonText<string[]>
  sign_up: 'off' | 'open' | 'domains'
  role_rules: JsonText<{ claim: string; value: string; role: string }[]>
  enabled_at: string | null
  version: number
  created_at: string
  updated_at: string
}

/** Owner: features/identity-providers. An account at a provider with which a user signs in. */
export type IdentitiesTable = {
  id: string
  user_id: string
  issuer: string
  subject: string
  /** The data of the last sign-in, for display only. */
  email: string | null
  created_at: string
  last_used_at: string | null
}

/** Owner: features/identity-providers. Unfinished sign-ins, by the SHA-256 of their `state` or token. */
export type ProviderAttemptsTable = {
  hash: string
  kind: 'state' | 'waiting'
  provider_id: string
  /** SHA-256 of the cookie of the browser that began it. */
  browser_hash: string
  /** Encrypted. */
  content: string
  created_at: string
  expires_at: string
}
