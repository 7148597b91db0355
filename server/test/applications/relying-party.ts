/** An application that signs users in with openid-client; its requests go to the port of the service. */
import assert from 'node:assert/strict'
import * as client from 'openid-client'
import type { Credentials, Service } from '../harness.ts'
import { createBrowser, patiently } from './browser.ts'

export const publicUrl = 'http://roster.test'
export const callback = 'https://wiki.example.com/callback'

export type Registered = { client_id: string; client_secret: string | null }

export async function register(service: Service, fields: object = {}): Promise<Registered> {
  const { status, body } = await service.call('POST', '/applications', {
    as: (await service.admin()).token,
    body: { name: 'Wiki', kind: 'web', redirect_uris: [callback], ...fields },
  })
  assert.equal(status, 201, JSON.stringify(body))
  return body as Registered
}

export async function connect(
  service: Service,
  { client_id, client_secret }: Registered,
  authentication?: client.ClientAuth,
): Promise<client.Configuration> {
  const fetchHere = (url: string, options: unknown) =>
    patiently(url.replace(publicUrl, service.url), options as never)
  const config = await client.discovery(
    new URL(publicUrl),
    client_id,
    client_secret ?? undefined,
    authentication ?? (client_secret === null ? client.None() : client.ClientSecretBasic(client_secret)),
    { execute: [client.allowInsecureRequests], [client.customFetch]: fetchHere },
  )
  config[client.customFetch] = fetchHere
  return config
}

export async function authorize(
  service: Service,
  config: client.Configuration,
  as: Credentials,
  parameters: Record<string, string> = {},
  browser = createBrowser(service.url, publicUrl, as),
) {
  const verifier = client.randomPKCECodeVerifier()
  const state = client.randomState()
  const nonce = client.randomNonce()
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: callback,
    scope: 'openid profile email roles',
    state,
    nonce,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...parameters,
  })
  const landing = await browser.follow(url.href)
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce }
  return { landing, browser, checks }
}

export async function signIn(
  service: Service,
  config: client.Configuration,
  as: Credentials,
  parameters: Record<string, string> = {},
  browser?: ReturnType<typeof createBrowser>,
) {
  const { landing, checks, browser: used } = await authorize(service, config, as, parameters, browser)
  assert.ok(landing.location, landing.text)
  const tokens = await client.authorizationCodeGrant(config, landing.location, checks)
  return { tokens, browser: used, location: landing.location, checks }
}

export const offline = { scope: 'openid offline_access', prompt: 'consent' }
