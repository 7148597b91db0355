/**
 * Checks Roster's access tokens in another service: signature (Ed25519 or RS256), issuer, audience, type and time. It
 * does not ask Roster, so a session that was ended is noticed only when its token expires, ten minutes at most.
 */
import { type KeySet, keySet } from './keys.ts'

export type AccessTokenClaims = {
  /** The id of the user. */
  sub: string
  /** The id of the session. */
  sid?: string
  iss: string
  aud: string | string[]
  exp: number
  iat: number
  jti: string
  roles?: string[]
  client_id?: string
  scope?: string
} & Record<string, unknown>

export type VerifierOptions = {
  /** The public URL of Roster, exactly as in its setting `ROSTER_PUBLIC_URL`. */
  issuer: string
  /** The required audience; the issuer by default. */
  audience?: string
  /** The URL of the keys; `<issuer>/.well-known/jwks.json` by default. */
  jwksUrl?: string
  /** The maximum difference of the clocks; 30 seconds by default. */
  clockToleranceSeconds?: number
  fetch?: typeof fetch
}

/** The token is not valid; `message` says why. For the log, not for the caller. */
export class InvalidTokenError extends Error {
  override readonly name = 'InvalidTokenError'
}

export type Verify = (token: string) => Promise<AccessTokenClaims>

/**
 * Creates a function that checks tokens. Create it once, because it caches the keys. The function throws
 * `InvalidTokenError`, or another error when the keys cannot be fetched.
 */
export function createVerifier(options: VerifierOptions): Verify {
  const { issuer, audience = issuer, clockToleranceSeconds: tolerance = 30 } = options
  const url = options.jwksUrl ?? `${issuer.replace(/\/+$/, '')}/.well-known/jwks.json`
  const keys = keySet(url, options.fetch ?? ((...parameters) => globalThis.fetch(...parameters)))
  return async (token) => {
    const { header, claims, signed, signature } = parsed(token)
    await checkSignature(keys, header, signed, signature)
    checkClaims(claims, { issuer, audience, tolerance })
    return claims as AccessTokenClaims
  }
}

const verifiers = new Map<string, Verify>()

/** Checks one token. The keys are cached between calls, for each issuer and audience. */
export function verifyAccessToken(token: string, options: VerifierOptions): Promise<AccessTokenClaims> {
  if (options.fetch) return createVerifier(options)(token)
  const name = JSON.stringify([
    options.issuer,
    options.audience,
    options.jwksUrl,
    options.clockToleranceSeconds,
  ])
  let verify = verifiers.get(name)
  if (!verify) {
    verify = createVerifier(options)
    verifiers.set(name, verify)
  }
  return verify(token)
}

type Parsed = {
  header: Record<string, unknown>
  claims: Record<string, unknown>
  signed: Uint8Array<ArrayBuffer>
  signature: Uint8Array<ArrayBuffer>
}

function parsed(token: string): Parsed {
  const parts = token.split('.')
  if (token.length > 10_000 || parts.length !== 3) throw new InvalidTokenError('It is not a JWT.')
  const [header, claims, signature] = parts as [string, string, string]
  return {
    header: object(header),
    claims: object(claims),
    signed: new TextEncoder().encode(`${header}.${claims}`),
    signature: bytes(signature),
  }
}

function object(part: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes(part)))
  } catch (error) {
    throw error instanceof InvalidTokenError ? error : new InvalidTokenError('It is not a JWT.')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InvalidTokenError('It is not a JWT.')
  return value as Record<string, unknown>
}

/** Strict base64url: different texts have different bytes. */
function bytes(part: string): Uint8Array<ArrayBuffer> {
  if (!/^[A-Za-z0-9_-]+$/.test(part)) throw new InvalidTokenError('It is not a JWT.')
  let text: string
  try {
    text = atob(part.replaceAll('-', '+').replaceAll('_', '/'))
  } catch {
    throw new InvalidTokenError('It is not a JWT.')
  }
  const again = btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
  if (again !== part) throw new InvalidTokenError('It is not a JWT.')
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0))
}

async function checkSignature(
  keys: KeySet,
  header: Record<string, unknown>,
  signed: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const { alg, kid, typ } = header
  if (alg !== 'EdDSA' && alg !== 'RS256') throw new InvalidTokenError('Its algorithm is not allowed.')
  if (typeof typ !== 'string' || !/^(application\/)?at\+jwt$/i.test(typ))
    throw new InvalidTokenError('It is not an access token.')
  if ('crit' in header) throw new InvalidTokenError('It has an extension that is not understood.')
  if (typeof kid !== 'string') throw new InvalidTokenError('It does not name its key.')
  const key = await keys.find(kid, alg)
  if (!key) throw new InvalidTokenError('Its key is not known.')
  const algorithm = alg === 'EdDSA' ? 'Ed25519' : 'RSASSA-PKCS1-v1_5'
  if (!(await crypto.subtle.verify(algorithm, key, signature, signed)))
    throw new InvalidTokenError('Its signature is wrong.')
}

function checkClaims(
  claims: Record<string, unknown>,
  expected: { issuer: string; audience: string; tolerance: number },
): void {
  const { iss, aud, sub, exp, iat, nbf } = claims
  const seconds = Date.now() / 1000
  const isFor = Array.isArray(aud) ? aud.includes(expected.audience) : aud === expected.audience
  if (iss !== expected.issuer) throw new InvalidTokenError('It is from another issuer.')
  if (!isFor) throw new InvalidTokenError('It is for another audience.')
  if (typeof sub !== 'string' || sub === '') throw new InvalidTokenError('It names no user.')
  if (typeof exp !== 'number' || exp + expected.tolerance <= seconds)
    throw new InvalidTokenError('It has expired.')
  for (const from of [iat, nbf]) {
    if (from !== undefined && (typeof from !== 'number' || from - expected.tolerance > seconds))
      throw new InvalidTokenError('It is not valid yet.')
  }
}
