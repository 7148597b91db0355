/** The answer of the hook of the operator about a token: further claims, or an error. */
import type { Caller } from '../../caller.ts'
import { sha256 } from '../../encoding/sha256.ts'
import type { SessionsNeeds } from './needs.ts'
import type { SessionStore } from './store.ts'

type Claims = Record<string, unknown>

export function createTokenClaims({ beforeToken, isTokenHooked }: SessionsNeeds, store: SessionStore) {
  return {
    /**
     * Gets further claims for the first token of a session. If the hook refuses, the session ends.
     * @throws denied_by_hook, dependency_unavailable
     */
    ofFirst: (caller: Caller, userId: string, end: () => Promise<unknown>): Promise<Claims> =>
      beforeToken(caller, userId, null).catch(async (error) => {
        await end()
        throw error
      }),

    /** Called before a refresh token is used up, so that the user keeps the session if the hook does not answer. */
    async ofNext(caller: Caller, refreshToken: string): Promise<Claims> {
      const userId = isTokenHooked ? await store.findHolder(sha256(refreshToken)) : undefined
      return userId === undefined ? {} : beforeToken(caller, userId, null)
    },
  }
}
