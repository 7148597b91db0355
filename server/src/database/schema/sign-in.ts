/** The tables of second factors and of applications; see `schema.ts`. */
import type { Permission } from '../../caller.ts'
import type { JsonText } from '../../encoding/json-text.ts'

/** Owner: features/applications. The id is the `client_id` of OAuth 2. */
export type ApplicationsTable = {
  id: string
  name: string
  kind: 'web' | 'browser' | 'native' | 'machine' | 'device'
  redirect_uris: JsonText<string[]>
  post_logout_redirect_uris: JsonText<string[]>
  /** Users with one of these roles may use the application; all users when it is empty. */
  roles: JsonText<string[]>
  /** The permissions of a machine in our own API. */
  permissions: JsonText<Permission[]>
  audience: string | null
  token_algorithm: 'RS256' | 'EdDSA'
  first_party_at: string | null
  backchannel_logout_uri: string | null
  version: number
  created_at: string
  updated_at: string
  /** When a machine last got a token or called our API. */
  last_used_at: string | null
}

/** Owner: features/applications. */
export type ApplicationSecretsTable = {
  id: string
  application_id: string
  secret_hash: string
  created_at: string
}

/**
 * Owner: features/applications. The records of OAuth 2 and OpenID Connect: codes, tokens, grants, interactions, sessions.
 */
export type OauthRecordsTable = {
  kind: string
  /** The SHA-256 (base64url) of the code, token or identifier. */
  id: string
  /** The record as JSON, encrypted. */
  content: string
  user_id: string | null
  application_id: string | null
  grant_id: string | null
  /** The browser session of Roster in which a grant was given. */
  session_id: string | null
  uid: string | null
  user_code: string | null
  created_at: string
  expires_at: string
  consumed_at: string | null
}

/** Owner: features/applications. The scopes that a user has allowed to an application. */
export type ApplicationConnectionsTable = {
  user_id: string
  application_id: string
  scopes: JsonText<string[]>
  created_at: string
  last_sign_in_at: string
}

/** Owner: features/applications. Pending logout notices to applications. */
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
  /** The time since which the factor is required. */
  confirmed_at: string | null
  /** The time step of the last used code, because no code works twice. */
  last_step: number | null
  /** Wrong codes until `failures_until`. */
  failures: number
  failures_until: string | null
  /** Wrong codes since the last right one. */
  wrong_in_row: number
}

/** Owner: features/factors. One row for each unused code, as a hash. */
export type RecoveryCodesTable = { user_id: string; hash: string; created_at: string }

/** Owner: features/factors. Sign-ins that wait for a second factor, by the SHA-256 of their challenge. */
export type SignInChallengesTable = {
  hash: string
  user_id: string
  /** The method of the first step; null means `pwd`. */
  first_method: string | null
  /** The hash of the mailed code, and its address; null when the account has a factor. */
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
  /** The credential id of the authenticator, in base64url. */
  credential_id: string
  /** A COSE key in base64url. */
  public_key: string
  /** The last signature counter of the authenticator; for many it is always 0. */
  counter: number
  /** Separated by blanks. */
  transports: string
  /** The model of the authenticator. */
  aaguid: string
  name: string
  /** The host of the public URL at its creation; the passkey works for no other host. */
  rp_id: string | null
  /** The time since which the passkey is known to be synchronised or copied. */
  backed_up_at: string | null
  created_at: string
  last_used_at: string | null
}

/** Owner: features/factors. Used challenges of passkeys, by their SHA-256, until they expire. */
export type UsedPasskeyChallengesTable = { hash: string; expires_at: string }

/** Owner: features/factors. Trusted browsers, which need no second factor, by the SHA-256 of their secret. */
export type TrustedBrowsersTable = {
  id: string
  user_id: string
  secret_hash: string
  user_agent: string | null
  created_at: string
  last_used_at: string
  expires_at: string
}

/** Owner: features/factors. Users who must add a second factor, and the beginning of their grace period. */
export type FactorDutiesTable = { user_id: string; since: string }

/**
 * Owner: features/account. Unfinished sign-ins by mail, by the SHA-256 of their challenge. The user and the hashes of
 * code and token are added when the mail is created.
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
