/** Access tokens: JWTs of the profile in RFC 9068 (`at+jwt`), signed with Ed25519 or RS256, checked strictly (RFC 8725). */

import { errors as joseErrors, jwtVerify } from 'jose'
import { newId, nowMs } from '../../clock.ts'
import { AppError } from '../../errors.ts'
import { accessTokenSeconds } from '../../lifetimes.ts'
import type { Authentication } from './authentication.ts'
import { signCompact, type TokenAlgorithm, tokenAlgorithms } from './keys/jws.ts'
import type { SigningKeys } from './keys/signing-keys.ts'

export type AccessClaims = { userId: string; sessionId: string; keyId: string; expiresMs: number }

const leewaySeconds = 30
/** Verified tokens are cached: an Ed25519 verification costs more than the rest of a request. */
const remembered = 5000
/** The number of characters at the end of a token that differ from those of all other tokens. */
const signatureEnd = 43
/** The `client_id` (RFC 9068 §2.2) of tokens that the service issues without a registered application. */
const ownClientId = 'roster'
/**
 * Base64url without padding. A signature has 64 bytes (Ed25519) or 256 bytes (RSA); both leave four unused bits, which must
 * be zero.
 */
const strictForm =
  /^[A-Za-z0-9_-]{10,1000}\.[A-Za-z0-9_-]{10,7000}\.(?:[A-Za-z0-9_-]{85}|[A-Za-z0-9_-]{341})[AQgw]$/

export type AccessTokens = ReturnType<typeof createAccessTokens>

/** @param options.algorithm signs new tokens; tokens of all supported algorithms are accepted */
type Issued = {
  userId: string
  sessionId: string
  roles: readonly string[]
  authentication: Authentication
  /** Further claims of the hook of the operator. */
  further: Record<string, unknown>
}

export function createAccessTokens(
  options: { issuer: string; algorithm: TokenAlgorithm },
  keys: SigningKeys,
) {
  const { issuer, algorithm } = options
  /** The key is the end of the signature, because a Map hashes its complete key at each look-up. */
  let known = new Map<string, { token: string; claims: AccessClaims }>()
  const knownOf = (token: string): AccessClaims | undefined => {
    const found = known.get(token.slice(-signatureEnd))
    return found?.token === token ? found.claims : undefined
  }

  const check = async (token: string): Promise<AccessClaims> => {
    if (!strictForm.test(token)) throw invalid()
    const { payload, protectedHeader } = await jwtVerify(
      token,
      async (header) => {
        const allowed = Object.keys(header).every(
          (name) => name === 'alg' || name === 'kid' || name === 'typ',
        )
        const key =
          allowed && typeof header.kid === 'string' ? await keys.find(header.kid, header.alg) : undefined
        if (!key) throw invalid()
        return key
      },
      {
        algorithms: [...tokenAlgorithms],
        typ: 'at+jwt',
        issuer,
        audience: issuer,
        clockTolerance: leewaySeconds,
        maxTokenAge: accessTokenSeconds,
        requiredClaims: ['sub', 'sid', 'jti', 'exp'],
        currentDate: new Date(nowMs()),
      },
    )
    if (!Number.isInteger(payload.exp)) throw invalid()
    return {
      userId: payload.sub!,
      sessionId: String(payload['sid']),
      keyId: protectedHeader.kid!,
      expiresMs: (payload.exp! + leewaySeconds) * 1000,
    }
  }

  return {
    async issue({ userId, sessionId, roles, authentication, further }: Issued): Promise<string> {
      const { acr, amr, at } = authentication
      const { id, key } = await keys.current(algorithm)
      const issuedAt = Math.floor(nowMs() / 1000)
      const header = { alg: algorithm, typ: 'at+jwt', kid: id } as const
      const claims = {
        ...further,
        sid: sessionId,
        client_id: ownClientId,
        roles,
        auth_time: Math.floor(Date.parse(at) / 1000),
        acr,
        amr,
        iss: issuer,
        aud: issuer,
        sub: userId,
        jti: newId(),
        iat: issuedAt,
        exp: issuedAt + accessTokenSeconds,
      }
      return signCompact(header, claims, key)
    },

    /** The claims of a cached token; undefined if the token must be verified. */
    recall(token: string): AccessClaims | undefined {
      const seen = knownOf(token)
      return seen && seen.expiresMs > nowMs() && keys.isPublished(seen.keyId) ? seen : undefined
    },

    /** The claims of the token. The caller must check whether the session is still open. @throws invalid_token */
    async verify(token: string): Promise<AccessClaims> {
      const seen = knownOf(token)
      if (seen) {
        if (seen.expiresMs > nowMs() && (await keys.find(seen.keyId))) return seen
        known.delete(token.slice(-signatureEnd))
        throw invalid()
      }
      try {
        const claims = await check(token)
        if (known.size >= remembered) known = new Map([...known].slice(remembered / 2))
        known.set(token.slice(-signatureEnd), { token, claims })
        return claims
      } catch (error) {
        if (error instanceof joseErrors.JOSEError) throw invalid(error)
        throw error
      }
    },
  }
}

export function invalid(cause?: unknown): AppError {
  return new AppError('invalid_token', { cause })
}
