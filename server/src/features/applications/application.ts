/** An application that signs users in through this service (an OAuth 2 client). */
import type { Selectable } from 'kysely'
import type { Permission } from '../../caller.ts'
import type { ApplicationsTable } from '../../database/schema/schema.ts'
import { fromJsonText } from '../../encoding/json-text.ts'

/**
 * `web`: has a server with a secret. `browser` and `native`: public, with PKCE. `machine`: acts without a user (client
 * credentials). `device`: has no browser, such as a television; the user enters its code on another device.
 */
export const applicationKinds = ['web', 'browser', 'native', 'machine', 'device'] as const
export type ApplicationKind = (typeof applicationKinds)[number]

export const idTokenAlgorithms = ['RS256', 'EdDSA'] as const
export type IdTokenAlgorithm = (typeof idTokenAlgorithms)[number]

export type ApplicationFields = {
  name: string
  redirect_uris: string[]
  post_logout_redirect_uris: string[]
  /** Users with one of these roles may use the application; all users when it is empty. */
  roles: string[]
  /** The permissions of a machine in our own API. */
  permissions: Permission[]
  /** Users are not asked for consent. */
  first_party: boolean
  /** The `aud` of its access tokens, which are then JWTs. Without an audience, access tokens are opaque. */
  audience: string | null
  /** The URL that gets a logout token when a user is signed out (OpenID Connect Back-Channel Logout). */
  backchannel_logout_uri: string | null
  /** The algorithm that signs ID tokens and JWT access tokens. */
  token_algorithm: IdTokenAlgorithm
}

export type Application = ApplicationFields & {
  client_id: string
  kind: ApplicationKind
  created_at: string
  updated_at: string
  /** The time, to the minute, at which a machine last got a token or called our API; null for other kinds. */
  last_used_at: string | null
}

/** A secret with which the application authenticates. */
export type KnownSecret = { id: string; hash: string }
export type ProvableApplication = Application & { secrets: KnownSecret[] }

export type ApplicationRow = Selectable<ApplicationsTable>

/** Kinds that authenticate with a secret. */
export function isConfidential(kind: ApplicationKind): boolean {
  return kind === 'web' || kind === 'machine'
}

/** Kinds that use redirect URIs. */
export function hasRedirects(kind: ApplicationKind): boolean {
  return kind !== 'machine' && kind !== 'device'
}

export function applicationOf(row: ApplicationRow): Application {
  return {
    client_id: row.id,
    name: row.name,
    kind: row.kind,
    redirect_uris: fromJsonText(row.redirect_uris),
    post_logout_redirect_uris: fromJsonText(row.post_logout_redirect_uris),
    roles: fromJsonText(row.roles),
    permissions: fromJsonText(row.permissions),
    first_party: row.first_party_at !== null,
    audience: row.audience,
    backchannel_logout_uri: row.backchannel_logout_uri,
    token_algorithm: row.token_algorithm,
    created_at: row.created_at,
    updated_at: row.updated_at,
    last_used_at: row.last_used_at,
  }
}

/** Whether a user with these roles may use the application. */
export function hasRoleFor(
  application: { roles: readonly string[] },
  user: { roles: readonly string[] },
): boolean {
  return application.roles.length === 0 || application.roles.some((role) => user.roles.includes(role))
}
