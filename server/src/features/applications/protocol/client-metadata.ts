/** An application as a client of the library. */
import type { AdapterPayload } from 'oidc-provider'
import {
  type ApplicationKind,
  hasRedirects,
  isConfidential,
  type KnownSecret,
  type ProvableApplication,
} from '../application.ts'
import { deviceGrant } from './settings.ts'

/** What `findClient` adds to the standard metadata. */
export type OwnMetadata = {
  first_party: boolean
  secrets: KnownSecret[]
  audience: string | null
  /** The permissions of a machine in our own API. */
  permissions: readonly string[]
  /** Only users who have one of these roles may use it; without roles every user may. */
  roles: string[]
  kind: string
}

/** Our own members of a client, which the types of the library do not have. */
export function ownMetadataOf(client: object): OwnMetadata {
  return client as OwnMetadata
}

const withUsers = ['authorization_code', 'refresh_token']
const grantTypes: Readonly<Record<ApplicationKind, readonly string[]>> = {
  web: withUsers,
  browser: withUsers,
  native: withUsers,
  machine: ['client_credentials'],
  device: [deviceGrant, 'refresh_token'],
}

/** A device stays connected when the user signs out in the browser in which the code was typed. */
export function lasting(kind: string, scopes: readonly string[]): string[] {
  return kind === 'device' ? [...new Set([...scopes, 'offline_access'])] : [...scopes]
}

/** OpenID Connect Dynamic Client Registration §2, with members of our own. */
export function metadataOf(application: ProvableApplication): AdapterPayload {
  const { kind, secrets } = application
  return {
    client_id: application.client_id,
    client_name: application.name,
    application_type: kind === 'native' ? 'native' : 'web',
    redirect_uris: application.redirect_uris,
    post_logout_redirect_uris: application.post_logout_redirect_uris,
    grant_types: grantTypes[kind],
    response_types: hasRedirects(kind) ? ['code'] : [],
    token_endpoint_auth_method: isConfidential(kind) ? 'client_secret_basic' : 'none',
    // The library requires a secret; our check compares hashes instead.
    ...(isConfidential(kind) && { client_secret: secrets[0]?.hash ?? 'none' }),
    id_token_signed_response_alg: application.token_algorithm,
    first_party: application.first_party,
    secrets,
    audience: application.audience,
    roles: application.roles,
    permissions: application.permissions,
    kind,
  } as AdapterPayload
}
