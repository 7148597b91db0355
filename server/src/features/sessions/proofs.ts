/** The time of the last proof of identity in a session. */

import { newSecret, nowMs } from '../../clock.ts'
import type { Tx } from '../../database/database.ts'
import { sha256 } from '../../encoding/sha256.ts'
import { wordsOf } from '../../encoding/words.ts'
import { sharedComputerSeconds } from '../../lifetimes.ts'
import { provenAt } from './authentication.ts'
import { type Bearers, isOpen } from './bearers.ts'
import type { SessionRow } from './session.ts'
import type { SessionStore } from './store.ts'

/**
 * `seconds`: how long the browser keeps the cookie. Null means until the browser closes, which is used on a shared
 * computer and on the last day of a session.
 */
export type NewCookie = { secret: string; seconds: number | null }

export function createSessionProofs(
  store: Pick<SessionStore, 'findAccess' | 'findOpenForChange' | 'prove'>,
  bearers: Pick<Bearers, 'forget'>,
) {
  return {
    /** Undefined when the session has ended. */
    async provenAt(sessionId: string): Promise<string | undefined> {
      const row = await store.findAccess(sessionId)
      return row && isOpen(row) ? provenAt(row) : undefined
    },

    /**
     * Records a new proof and its method. A browser session gets a new cookie. The former cookie is valid while
     * replicas have it in their cache, so that concurrent requests of the page do not fail.
     * @param hasCookie whether the request had the cookie
     * @returns undefined when the session has ended; null without a new cookie
     */
    async prove(
      tx: Tx,
      sessionId: string,
      { at, method, hasCookie }: { at: string; method: string; hasCookie: boolean },
    ): Promise<NewCookie | null | undefined> {
      const row = await store.findOpenForChange(tx, sessionId)
      if (!row) return undefined
      const auth_methods = [...new Set([...wordsOf(row.auth_methods), method])].join(' ')
      const cookie = hasCookie && row.cookie_hash !== null ? newCookieOf(row) : null
      const cookie_hash = cookie === null ? row.cookie_hash : sha256(cookie.secret)
      await store.prove(tx, sessionId, { proven_at: at, auth_methods, cookie_hash })
      return cookie
    },

    /** Called after a commit: removes the session from the cache. */
    forgetSession: bearers.forget,
  }
}

function newCookieOf({ created_at, latest_expiry }: SessionRow): NewCookie {
  const endMs = Date.parse(latest_expiry ?? created_at)
  const seconds = Math.max(1, Math.floor((endMs - nowMs()) / 1000))
  return { secret: newSecret(), seconds: seconds <= sharedComputerSeconds ? null : seconds }
}
