/** Whose session a cookie is. The use of a session is noted beside the request, which neither waits for it nor fails with it. */

import { createTtlCache } from '../../caches/ttl-cache.ts'
import { anonymousCaller, type Caller } from '../../caller.ts'
import { instant, monotonicMs, nowMs } from '../../clock.ts'
import type { Database } from '../../database/database.ts'
import { sha256 } from '../../encoding/sha256.ts'
import type { Access, Bearers } from './bearers.ts'
import { idleSeconds } from './session.ts'
import type { SessionStore } from './store.ts'

type Origin = Pick<Caller, 'requestId' | 'address' | 'userAgent'>

/** A session in use does not write on every request. */
const precisionMs = 5 * 60_000
const rememberMs = 60_000
const rememberedCookies = 10_000
const form = /^[A-Za-z0-9_-]{43}$/

export function createCookies(
  database: Database,
  store: Pick<SessionStore, 'findByCookie' | 'keepAlive'>,
  bearers: Pick<Bearers, 'accessOf'>,
) {
  // A cookie never changes its session, but a new proof replaces it: the former one is known for this time. Whether the
  // session is open is asked of `bearers`.
  const sessionIds = createTtlCache<string>(rememberMs, rememberedCookies)
  const writing = new Set<string>()

  const sessionIdOf = async (secret: string): Promise<string | undefined> => {
    const hash = sha256(secret)
    const known = sessionIds.get(hash)
    if (known !== undefined) return known
    const startedMs = monotonicMs()
    const id = await store.findByCookie(hash)
    if (id !== undefined) sessionIds.set(hash, id, startedMs)
    return id
  }

  /** Moves the end of an idle session, up to the latest instant at which it ends in any case. */
  const noteUse = (id: string, access: Access, address: string | null): void => {
    const atMs = nowMs()
    if (atMs - access.seenMs < precisionMs || writing.has(id)) return
    writing.add(id)
    const expiresMs = Math.min(atMs + idleSeconds * 1000, access.latestExpiryMs)
    database
      .transaction((tx) => store.keepAlive(tx, id, instant(atMs), instant(expiresMs), address))
      .then(
        () => {
          access.seenMs = atMs
          access.expiresMs = expiresMs
        },
        () => {}, // The next request tries again.
      )
      .finally(() => writing.delete(id))
  }

  return {
    /** A cookie of no open session gives the anonymous caller, so that pages for everybody still open. */
    async authenticateCookie(secret: string, origin: Origin): Promise<Caller> {
      const id = form.test(secret) ? await sessionIdOf(secret) : undefined
      const access = id === undefined ? undefined : await bearers.accessOf(id)
      if (id === undefined || access === undefined || access.expiresMs <= nowMs())
        return anonymousCaller(origin)
      noteUse(id, access, origin.address)
      return {
        kind: 'user',
        userId: access.userId,
        sessionId: id,
        apiKeyId: null,
        permissions: access.permissions,
        authMethods: ['cookie'],
        provenAt: access.provenAt,
        enrolBy: access.enrolBy,
        passwordDue: access.passwordDue,
        requestId: origin.requestId,
        address: origin.address,
        userAgent: origin.userAgent,
      }
    },
  }
}
