/** Creates the session feature: sessions, signing keys and access tokens. */
import { createAccessTokens } from './access-tokens.ts'
import { signCompact, type TokenAlgorithm } from './keys/jws.ts'
import { createSigningKeys } from './keys/signing-keys.ts'
import { createSessions, type SessionsNeeds } from './service.ts'
import { createSessionStore } from './store.ts'

type Needs = SessionsNeeds &
  Parameters<typeof createSigningKeys>[0] & { tokens: Parameters<typeof createAccessTokens>[0] }

export function createSessionFeature(needs: Needs) {
  const store = createSessionStore(needs.database)
  const signingKeys = createSigningKeys(needs, store)
  const accessTokens = createAccessTokens(needs.tokens, signingKeys)
  /** Signs a token of another type with the current key. */
  const sign = async (algorithm: TokenAlgorithm, typ: string, claims: object): Promise<string> => {
    const { id, key } = await signingKeys.current(algorithm)
    const header = { alg: algorithm, typ, kid: id }
    return signCompact(header, claims, key)
  }
  return { sessions: createSessions(needs, store, accessTokens), signingKeys, sign }
}
