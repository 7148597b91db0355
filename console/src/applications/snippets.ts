/** Configurations of common software, ready to copy. Each is on a page of `docs/connect/` and tried there. */

export type Values = {
  issuer: string
  clientId: string
  clientSecret: string
  redirectUri: string
  /** 32 random characters. */
  random: string
}

export const snippets = {
  oauth2_proxy: ({ issuer, clientId, clientSecret, redirectUri, random }: Values) =>
    `http_address = "127.0.0.1:4180"
upstreams = ["http://127.0.0.1:8080"]
provider = "oidc"
oidc_issuer_url = "${issuer}"
client_id = "${clientId}"
client_secret = "${clientSecret}"
redirect_url = "${redirectUri}"
scope = "openid profile email roles"
oidc_groups_claim = "roles"
allowed_groups = ["user"]
email_domains = ["*"]
code_challenge_method = "S256"
skip_provider_button = true
# openssl rand -hex 16
cookie_secret = "${random}"
cookie_refresh = "1s"
`,
  apache: ({ issuer, clientId, clientSecret, redirectUri, random }: Values) =>
    `OIDCProviderMetadataURL ${issuer}/.well-known/openid-configuration
OIDCClientID ${clientId}
OIDCClientSecret ${clientSecret}
OIDCRedirectURI ${redirectUri}
OIDCCryptoPassphrase ${random}
OIDCScope "openid profile email roles"
OIDCPKCEMethod S256
OIDCRemoteUserClaim preferred_username

<Location />
  AuthType openid-connect
  Require claim roles:user
</Location>
<Location ${pathOf(redirectUri)}>
  AuthType openid-connect
  Require valid-user
</Location>
`,
  environment: ({ issuer, clientId, clientSecret, redirectUri }: Values) =>
    `OIDC_ISSUER=${issuer}
OIDC_CLIENT_ID=${clientId}
OIDC_CLIENT_SECRET=${clientSecret}
OIDC_REDIRECT_URI=${redirectUri}
`,
} as const

export type SnippetName = keyof typeof snippets

/** Commands for a program without a user; the last two lines are those of `docs/connect-an-application.md`. */
export function machineSnippet({
  issuer,
  clientId,
  clientSecret,
  scope,
}: Pick<Values, 'issuer' | 'clientId' | 'clientSecret'> & { scope: string }): string {
  return `API='${issuer}' CLIENT='${clientId}:${clientSecret}' SCOPE='${scope}'
TOKEN=$(curl -s -u "$CLIENT" $API/oauth2/token -d grant_type=client_credentials -d "scope=$SCOPE" | grep -o '"access_token":"[^"]*' | cut -c17-)
curl -s "$API/users?fields=username" -H "authorization: Bearer $TOKEN"
`
}

function pathOf(uri: string): string {
  return URL.canParse(uri) ? new URL(uri).pathname : '/callback'
}
