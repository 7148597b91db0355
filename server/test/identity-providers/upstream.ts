/** A real OpenID provider. The test chooses the user and can make its answers false. */
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { decodeJwt, jwtVerify, SignJWT } from 'jose'
import Provider from 'oidc-provider'

export type Person = { sub: string } & Record<string, unknown>

export type Upstream = {
  issuer: string
  /** Who signs in next. */
  person: Person
  /** Changes the claims of ID tokens; they are signed with the right key. */
  lie: ((claims: Record<string, unknown>) => Record<string, unknown>) | null
  /** Makes the ID token out of the honest one. */
  forge: ((token: string) => string | Promise<string>) | null
  /** Verifies the client secrets that are JWTs, as Apple does. */
  applePublicKey: KeyObject | null
  stop(): Promise<void>
}

/** @param callbacks the redirect URIs of the client `roster` with the secret `upstream-secret` */
export async function startUpstream(callbacks: string[]): Promise<Upstream> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = { ...privateKey.export({ format: 'jwk' }), kid: 'upstream', alg: 'ES256', use: 'sig' }
  const client = {
    client_secret: 'upstream-secret',
    redirect_uris: callbacks,
    grant_types: ['authorization_code'],
    response_types: ['code' as const],
    id_token_signed_response_alg: 'ES256' as const,
  }
  const provider = new Provider(issuer, {
    jwks: { keys: [jwk] },
    clients: [
      { ...client, client_id: 'roster' },
      { ...client, client_id: 'apple', token_endpoint_auth_method: 'client_secret_post' },
    ],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post'],
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    scopes: ['openid', 'profile', 'email', 'name'],
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    cookies: { keys: ['test'] },
    features: { devInteractions: { enabled: false } },
    claims: {
      openid: ['sub'],
      profile: ['preferred_username', 'given_name', 'groups'],
      email: ['email', 'email_verified'],
    },
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    findAccount: (_ctx, sub) => ({
      accountId: sub,
      claims: async () => ({ ...people.get(sub), sub }),
    }),
    async loadExistingGrant(ctx) {
      const grant = new ctx.oidc.provider.Grant({
        clientId: ctx.oidc.client!.clientId,
        accountId: ctx.oidc.session!.accountId!,
      })
      grant.addOIDCScope('openid profile email name')
      await grant.save()
      return grant
    },
  })
  const people = new Map<string, Person>()
  provider.Client.prototype.compareClientSecret = async function (
    this: { clientId: string },
    secret: string,
  ) {
    if (this.clientId !== 'apple') return secret === 'upstream-secret'
    const verified = await jwtVerify(secret, upstream.applePublicKey!, {
      audience: 'https://appleid.apple.com',
    })
    return verified.payload.sub === 'apple' && verified.payload.iss === 'TEAM'
  } as never
  // An honest token is made by the library; a test changes it on the way out.
  provider.use(async (ctx, next) => {
    await next()
    const body = ctx.body as { id_token?: string } | undefined
    if (ctx.path !== '/token' || !body?.id_token) return
    if (upstream.lie) {
      const claims = upstream.lie(decodeJwt(body.id_token))
      body.id_token = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', kid: 'upstream' })
        .sign(privateKey)
    }
    if (upstream.forge) body.id_token = await upstream.forge(body.id_token)
  })
  const handle = provider.callback()
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (!request.url?.startsWith('/interaction/')) return void handle(request, response)
    const { person } = upstream
    people.set(person.sub, person)
    provider.interactionFinished(request, response, { login: { accountId: person.sub } }).catch((error) => {
      response.statusCode = 500
      response.end(String(error))
    })
  })
  const upstream: Upstream = {
    issuer,
    person: { sub: 'nobody' },
    lie: null,
    forge: null,
    applePublicKey: null,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
  return upstream
}

/** A key of Apple's kind: the content of a .p8 file. */
export function appleKey(): { p8: string; publicKey: KeyObject } {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    p8: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    publicKey: createPublicKey(privateKey),
  }
}
