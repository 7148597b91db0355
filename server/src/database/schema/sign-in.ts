/** The tables of second factors and of applications; see `schema.ts`. */
import type { Permission } from '../../caller.ts'
import type { JsonText } from '../../encoding/json-text.ts'

/** Owner: features/applications. The id is the `client_id` of OAuth 2. */
export type ApplicationsTable = {
  id: string
  name: string
  kind: string
  redirect_uris: string
  post_logout_redirect_uris: string
  /** Users with one of these roles may use the application; all users when it is empty. */
  roles: string
  /** What a machine may do over our own API, for itself. */
  permissions: JsonText<Permission[]>
  audience: string | null
  token_algorithm: string
  first_party_at: string | null
  backchannel_logout_uri: string | null
  version: number
  created_at: string
  updated_at: string
}

/** Owner: features/applications. */
export type ApplicationSecretsTable = {
  id: string
  application_id: string
  secret_hash: string
  created_at: string
}

/** Owner: features/applications. What OAuth 2 and OpenID Connect keep: codes, tokens, grants, interactions, sessions. */
export type OauthRecordsTable = {
  kind: string
  /** The SHA-256 (base64url) of the code, token or identifier. */
  id: string
  /** The record as JSON, encrypted. */
  content: string
  user_id: string | null
  application_id: string | null
  grant_id: string | null
  /** The browser session of Roster that a grant was given in. */
  session_id: string | null
  uid: string | null
  user_code: string | null
  created_at: string
  expires_at: string
  consumed_at: string | null
}

/** Owner: features/applications. What a user allowed an application to have. */
export type ApplicationConnectionsTable = {
  user_id: string
  application_id: string
  scopes: JsonText<string[]>
  created_at: string
  last_sign_in_at: string
}

/** Owner: features/applications. Applications that have yet to be told that a user is signed out. */
export type LogoutNoticesTable = {
  id: string
  application_id: string
  user_id: string
  sid: string | null
  created_at: string
  attempts: number
  next_attempt_at: string
  leased_until: string | null
}

/** Owner: features/factors. The authenticator app of a user. */
export type TotpFactorsTable = {
  user_id: string
  /** Encrypted. */
  secret: string
  created_at: string
  /** From when the factor counts. */
  confirmed_at: string | null
  /** The step of the last code that was used: no code works twice. */
  last_step: number | null
  /** Wrong codes until `failures_until`. */
  failures: number
  failures_until: string | null
  /** Wrong codes since the last right one. */
  wrong_in_row: number
}

/** Owner: features/factors. One row a code that was not used, by a hash. */
export type RecoveryCodesTable = { user_id: string; hash: string; created_at: string }

/** Owner: features/factors. Sign-ins that wait for a second factor, by the SHA-256 of their challenge. */
export type SignInChallengesTable = {
  hash: string
  user_id: string
  /** How the first step was proven; `pwd` when it is null. */
  first_method: string | null
  /** Of the code that was mailed, and the address it went to; null when the account has a factor. */
  code_hash: string | null
  email_key: string | null
  attempts: number
  created_at: string
  expires_at: string
}

/** Owner: features/factors. */
export type PasskeysTable = {
  id: string
  user_id: string
  /** As the authenticator made it, in base64url. */
  credential_id: string
  /** A COSE key in base64url. */
  public_key: string
  /** How often the authenticator signed, as it said last; many always say 0. */
  counter: number
  /** Separated by blanks. */
  transports: string
  /** The model of the authenticator. */
  aaguid: string
  name: string
  /** The host of the public URL when it was made; it works for no other. */
  rp_id: string | null
  /** From when the passkey is known to be synchronised or copied. */
  backed_up_at: string | null
  created_at: string
  last_used_at: string | null
}

/** Owner: features/factors. Challenges of passkeys that were answered, by their SHA-256, until they would have expired. */
export type UsedPasskeyChallengesTable = { hash: string; expires_at: string }

/** Owner: features/factors. Browsers that are not asked for the second factor, by the SHA-256 of their secret. */
export type TrustedBrowsersTable = {
  id: string
  user_id: string
  secret_hash: string
  user_agent: string | null
  created_at: string
  last_used_at: string
  expires_at: string
}

/** Owner: features/factors. Users whom the policy asks for a second factor and who have none, since when. */
export type FactorDutiesTable = { user_id: string; since: string }

/**
 * Owner: features/account. Sign-ins by mail that are going on, by the SHA-256 of their challenge. The user and the hashes
 * of the code and of the token are there from when the mail was made.
 */
export type EmailSignInsTable = {
  hash: string
  user_id: string | null
  email_key: string | null
  code_hash: string | null
  token_hash: string | null
  attempts: number
  created_at: string
  expires_at: string
}

export type SignInTables = {
  totp_factors: TotpFactorsTable
  recovery_codes: RecoveryCodesTable
  sign_in_challenges: SignInChallengesTable
  passkeys: PasskeysTable
  factor_duties: FactorDutiesTable
  used_passkey_challenges: UsedPasskeyChallengesTable
  trusted_browsers: TrustedBrowsersTable
  email_sign_ins: EmailSignInsTable
}
