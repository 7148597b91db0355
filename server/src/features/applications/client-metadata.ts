/** An application as the library knows it. */
import type { AdapterPayload } from 'oidc-provider'
import { type Application, type ApplicationKind, hasRedirects, isConfidential } from './application.ts'
import { deviceGrant } from './protocol-settings.ts'

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
export function metadataOf(application: Application & { secret_hashes: string[] }): AdapterPayload {
  const { kind, secret_hashes } = application
  return {
    client_id: application.client_id,
    client_name: application.name,
    application_type: kind === 'native' ? 'native' : 'web',
    redirect_uris: application.redirect_uris,
    post_logout_redirect_uris: application.post_logout_redirect_uris,
    grant_types: grantTypes[kind],
    response_types: hasRedirects(kind) ? ['code'] : [],
    token_endpoint_auth_method: isConfidential(kind) ? 'client_secret_basic' : 'none',
    // The library asks for a secret; its check compares hashes instead.
    ...(isConfidential(kind) && { client_secret: secret_hashes[0] ?? 'none' }),
    id_token_signed_response_alg: application.token_algorithm,
    first_party: application.first_party,
    secret_hashes,
    audience: application.audience,
    roles: application.roles,
    kind,
  } as AdapterPayload
}
