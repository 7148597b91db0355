/** The public constants of the protocol: paths and scopes. */

export const paths = {
  authorization: '/oauth2/authorize',
  token: '/oauth2/token',
  userinfo: '/oauth2/userinfo',
  introspection: '/oauth2/introspect',
  revocation: '/oauth2/revoke',
  end_session: '/oauth2/logout',
  pushed_authorization_request: '/oauth2/par',
  device_authorization: '/oauth2/device-authorization',
  code_verification: '/oauth2/device',
  jwks: '/.well-known/jwks.json',
} as const

/** The page between the request of an application and the answer: sign-in, then consent. */
export const stepPath = (id: string): string => `/oauth2/interaction/${id}`

/** Names the application of a step to the sign-in page. The cookie of the step is sent with this path too. */
export const applicationPath = (id: string): string => `${stepPath(id)}/application`

export const scopes = ['openid', 'profile', 'email', 'roles', 'groups', 'offline_access'] as const

/** A sign-in with one factor, and one with two. */
export const acrValues = ['aal1', 'aal2'] as const

/** RFC 8628 §3.4. */
export const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'

/** OpenID Connect Discovery 1.0 §3 and RFC 8414 §2: the features of the service, also if no application exists. */
export function discoveryDocument(issuer: string): Record<string, unknown> {
  const url = (path: string) => `${issuer}${path}`
  return {
    issuer,
    authorization_endpoint: url(paths.authorization),
    token_endpoint: url(paths.token),
    userinfo_endpoint: url(paths.userinfo),
    introspection_endpoint: url(paths.introspection),
    revocation_endpoint: url(paths.revocation),
    end_session_endpoint: url(paths.end_session),
    pushed_authorization_request_endpoint: url(paths.pushed_authorization_request),
    device_authorization_endpoint: url(paths.device_authorization),
    jwks_uri: url(paths.jwks),
    scopes_supported: [...scopes],
    response_types_supported: ['code'],
    response_modes_supported: ['form_post', 'fragment', 'query'],
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials', deviceGrant],
    acr_values_supported: [...acrValues],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256', 'EdDSA'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
    introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
    revocation_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
    code_challenge_methods_supported: ['S256'],
    claims_supported: [
      'sub',
      'name',
      'given_name',
      'family_name',
      'preferred_username',
      'locale',
      'updated_at',
      'email',
      'email_verified',
      'roles',
      'groups',
      'sid',
      'auth_time',
      'acr',
      'amr',
      'iss',
    ],
    claims_parameter_supported: false,
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
    authorization_response_iss_parameter_supported: true,
  }
}
