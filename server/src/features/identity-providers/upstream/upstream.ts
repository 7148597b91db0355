/**
 * The protocol with other providers, by `openid-client`. This is the only file that imports the library; it is loaded at
 * the first sign-in that needs it.
 */
import type * as Library from 'openid-client'
import { createTtlCache } from '../../../caches/ttl-cache.ts'
import { monotonicMs } from '../../../clock.ts'
import { type Egress, egressReason } from '../../../egress/egress.ts'
import { appleSecret } from './apple.ts'
import { type Claims, claimsOfTokens, textOf } from './claims.ts'
import { githubClaims, githubMetadata } from './github.ts'
import type { Provider, ProviderRow } from './provider.ts'

export type Fetch = Egress['fetch']

/** The values to which one sign-in is bound. */
export type Checks = { state: string; nonce: string; verifier: string }

/** `cancelled`: the user or the provider refused. `failed`: the answer is not valid. */
export type Refusal = 'cancelled' | 'failed' | 'unavailable'
export type Identified = { claims: Claims } | { refusal: Refusal; error: unknown }

export type TestResult = { ok: boolean; detail: string; authorization_endpoint: string | null }

type Needs = {
  fetch: Fetch
  open(provider: Pick<ProviderRow, 'id' | 'client_secret'>): string | null
}
type Registered = { provider: Provider; row: ProviderRow }

const rememberMs = 10 * 60_000
const timeoutSeconds = 10
/** The parameters of a callback; `iss` protects against an answer of another provider (RFC 9207). */
const answerParameters = ['code', 'state', 'iss', 'error', 'error_description'] as const

export type Upstream = ReturnType<typeof createUpstream>

export function createUpstream(needs: Needs) {
  const connections = createTtlCache<Promise<Library.Configuration>>(rememberMs, 100)
  const library = () => import('openid-client')
  const fetch: Library.CustomFetch = (url, { method, headers, body, signal }) => {
    if (body instanceof ArrayBuffer || body instanceof ReadableStream)
      throw new Error('the library sends forms and texts only')
    return needs.fetch(url, { method, headers, body: body ?? null, ...(signal && { signal }) })
  }

  const metadataOf = async ({ kind, issuer }: Provider): Promise<Library.ServerMetadata> => {
    if (kind === 'github') return githubMetadata(issuer)
    const client = await library()
    const found = await client.discovery(new URL(issuer), 'discovery', undefined, client.None(), {
      timeout: timeoutSeconds,
      [client.customFetch]: fetch,
      ...(isPlain(issuer) && { execute: [client.allowInsecureRequests] }),
    })
    return found.serverMetadata()
  }
  const open = async ({ provider, row }: Registered): Promise<Library.Configuration> => {
    const client = await library()
    const { kind, client_id, team_id, key_id, issuer } = provider
    const metadata = await metadataOf(provider)
    const stored = needs.open(row)
    const secret =
      kind === 'apple' && stored !== null
        ? appleSecret({ privateKey: stored, clientId: client_id, teamId: team_id ?? '', keyId: key_id ?? '' })
        : stored
    const isBasic = metadata.token_endpoint_auth_methods_supported?.includes('client_secret_basic') ?? true
    const authentication =
      secret === null
        ? client.None()
        : isBasic && kind !== 'apple' && kind !== 'github'
          ? client.ClientSecretBasic(secret)
          : client.ClientSecretPost(secret)
    const configuration = new client.Configuration(
      metadata,
      client_id,
      { [client.clockTolerance]: 30 },
      authentication,
    )
    configuration.timeout = timeoutSeconds
    configuration[client.customFetch] = fetch
    if (isPlain(issuer)) client.allowInsecureRequests(configuration)
    // Without this, the signatures of ID tokens from the token endpoint would not be verified.
    client.enableNonRepudiationChecks(configuration)
    return configuration
  }
  const connect = (registered: Registered): Promise<Library.Configuration> => {
    const key = `${registered.row.id} ${registered.row.version} ${registered.row.created_at}`
    const known = connections.get(key)
    if (known) return known
    const opening = open(registered)
    connections.set(key, opening, monotonicMs())
    opening.catch(() => connections.delete(key))
    return opening
  }
  const identify = async (
    registered: Registered,
    callback: string,
    answer: URLSearchParams,
    checks: Checks,
  ): Promise<Claims> => {
    const client = await library()
    const configuration = await connect(registered)
    const { provider } = registered
    const url = new URL(callback)
    // GitHub sends its own issuer; callback URL and state bind the answer to the provider.
    for (const name of answerParameters)
      for (const value of answer.getAll(name))
        if (name !== 'iss' || provider.kind !== 'github') url.searchParams.append(name, value)
    const isOpenid = provider.kind !== 'github'
    const tokens = await client.authorizationCodeGrant(configuration, url, {
      pkceCodeVerifier: checks.verifier,
      expectedState: checks.state,
      ...(isOpenid && { expectedNonce: checks.nonce, idTokenExpected: true }),
    })
    if (!isOpenid) return githubClaims(provider.issuer, tokens.access_token, needs.fetch)
    const said = tokens.claims()!
    const isEnough = said['email'] !== undefined && rulesAreAnswered(provider, said)
    const info =
      isEnough || !configuration.serverMetadata().userinfo_endpoint
        ? {}
        : await client.fetchUserInfo(configuration, tokens.access_token, said.sub)
    return claimsOfTokens(said, info, provider.kind === 'apple' ? textOf(answer.get('user')) : undefined)
  }

  return {
    /** The URL at which the browser signs in at the provider. Rejects when the provider cannot be reached. */
    async authorizationUrl(
      registered: Registered,
      callback: string,
      { state, nonce, verifier }: Checks,
    ): Promise<string> {
      const client = await library()
      const { kind, scopes } = registered.provider
      const url = client.buildAuthorizationUrl(await connect(registered), {
        redirect_uri: callback,
        scope: scopes.join(' '),
        state,
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...(kind !== 'github' && { nonce }),
        ...(kind === 'apple' && { response_mode: 'form_post' }),
      })
      return url.href
    },

    /** The user who has signed in at the provider, from the parameters of the callback. */
    async identify(
      registered: Registered,
      callback: string,
      answer: URLSearchParams,
      checks: Checks,
    ): Promise<Identified> {
      const client = await library()
      try {
        return { claims: await identify(registered, callback, answer, checks) }
      } catch (error) {
        if (error instanceof client.AuthorizationResponseError) return { refusal: 'cancelled', error }
        const isAnswer =
          error instanceof client.ClientError ||
          error instanceof client.ResponseBodyError ||
          error instanceof client.WWWAuthenticateChallengeError
        return { refusal: isAnswer ? 'failed' : 'unavailable', error }
      }
    },

    /** Requests the metadata of the provider, without the cache. */
    async test({ provider }: Registered): Promise<TestResult> {
      try {
        const { authorization_endpoint = null } = await metadataOf(provider)
        const ok = authorization_endpoint !== null
        const detail = ok ? 'The provider answers.' : 'The provider names no authorization endpoint.'
        return { ok, detail, authorization_endpoint }
      } catch (error) {
        return { ok: false, detail: reasonOf(error), authorization_endpoint: null }
      }
    },
  }
}

/** Only where the operator allows it; `egress` decides. */
function isPlain(issuer: string): boolean {
  return new URL(issuer).protocol === 'http:'
}

function rulesAreAnswered({ role_rules }: Provider, claims: Record<string, unknown>): boolean {
  return role_rules.every(({ claim }) => claims[claim.split('.')[0]!] !== undefined || claim in claims)
}

/** One sentence for the administrator, without content of the provider's answer. */
function reasonOf(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (egressReason(at) !== undefined) return `The provider cannot be reached: ${at.message}.`
    if (/^[\w "'().,:-]{1,120}$/.test(at.message) && !(at.cause instanceof Error))
      return `The discovery failed: ${at.message}.`
  }
  return 'The discovery failed.'
}
