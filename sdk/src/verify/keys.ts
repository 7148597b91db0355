/** The public keys of the issuer: fetched at the first use, cached, and fetched again for a token with an unknown key. */

export type KeySet = {
  /** @throws when the keys cannot be fetched and none are known */
  find(kid: string, alg: 'EdDSA' | 'RS256'): Promise<CryptoKey | undefined>
}

type Jwk = JsonWebKey & { kid?: string }

/** After this time the keys are fetched again, so that a revoked key is not used for long. */
const keptMs = 5 * 60_000
/** Unknown key ids cost at most one request in this time. */
const pauseMs = 10_000

export function keySet(url: string, fetchKeys: typeof fetch): KeySet {
  let keys = new Map<string, { jwk: Jwk; key: Promise<CryptoKey> | undefined }>()
  let fetchedMs = Number.NEGATIVE_INFINITY
  let triedMs = Number.NEGATIVE_INFINITY
  let running: Promise<void> | undefined

  const load = async (): Promise<void> => {
    triedMs = Date.now()
    const response = await fetchKeys(url, {
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(10_000),
    })
    if (!response.ok) throw new Error(`${url} answered ${response.status}`)
    const { keys: list } = (await response.json()) as { keys: Jwk[] }
    keys = new Map(list.flatMap((jwk) => (jwk.kid ? [[jwk.kid, { jwk, key: undefined }]] : [])))
    fetchedMs = Date.now()
  }
  const loadOnce = () => {
    running ??= load().finally(() => {
      running = undefined
    })
    return running
  }

  return {
    async find(kid, alg) {
      const now = Date.now()
      const isStale = now - fetchedMs > keptMs || !keys.has(kid)
      // Without cached keys a failure is thrown; cached keys are used while the issuer cannot be reached.
      if (isStale && (running !== undefined || now - triedMs > pauseMs || keys.size === 0)) {
        await loadOnce().catch((error: unknown) => {
          if (!keys.has(kid)) throw error
        })
      }
      const entry = keys.get(kid)
      if (!entry || !fits(entry.jwk, alg)) return undefined
      entry.key ??= imported(entry.jwk, alg)
      return entry.key
    },
  }
}

/** A key has one algorithm, regardless of the header of the token. */
function fits(jwk: Jwk, alg: 'EdDSA' | 'RS256'): boolean {
  if (jwk.use !== undefined && jwk.use !== 'sig') return false
  if (jwk.alg !== undefined && jwk.alg !== alg) return false
  return alg === 'EdDSA' ? jwk.kty === 'OKP' && jwk.crv === 'Ed25519' : jwk.kty === 'RSA'
}

function imported({ kty, crv, x, n, e }: Jwk, alg: 'EdDSA' | 'RS256'): Promise<CryptoKey> {
  return alg === 'EdDSA'
    ? crypto.subtle.importKey('jwk', { kty, crv, x } as JsonWebKey, 'Ed25519', false, ['verify'])
    : crypto.subtle.importKey(
        'jwk',
        { kty, n, e } as JsonWebKey,
        { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
        false,
        ['verify'],
      )
}
