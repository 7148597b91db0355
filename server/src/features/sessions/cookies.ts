/**
 * The session of a cookie. The use of a session is recorded in the background: the request neither waits for it nor fails
 * with it.
 */

import { createTtlCache } from '../../caches/ttl-cache.ts'
import { anonymousCaller, type Caller } from '../../caller.ts'
import { instant, monotonicMs, nowMs } from '../../clock.ts'
import type { Database } from '../../database/database.ts'
import { sha256 } from '../../encoding/sha256.ts'
import { idleSeconds } from '../../lifetimes.ts'
import { type Access, type Bearers, userIn } from './bearers.ts'
import type { CookieRow } from './session.ts'
import type { SessionStore } from './store.ts'

type Origin = Pick<Caller, 'requestId' | 'address' | 'userAgent'>

/** The minimum interval between two recorded uses of a session. */
const precisionMs = 5 * 60_000
const rememberMs = 60_000
const rememberedCookies = 10_000
const form = /^[A-Za-z0-9_-]{43}$/

export function createCookies(
  database: Database,
  store: Pick<SessionStore, 'findByCookie' | 'keepAlive'>,
  bearers: Pick<Bearers, 'accessOf' | 'forget'>,
) {
  // The session of a cookie never changes, but a new proof replaces the cookie. The former cookie is cached for this
  // time. `bearers` checks whether the session is open.
  const sessions = createTtlCache<CookieRow>(rememberMs, rememberedCookies)
  const writing = new Set<string>()

  const sessionOf = async (hash: string): Promise<CookieRow | undefined> => {
    const known = sessions.get(hash)
    if (known !== undefined) return known
    const startedMs = monotonicMs()
    const row = await store.findByCookie(hash)
    if (row !== undefined) sessions.set(hash, row, startedMs)
    return row
  }

  /** Undefined for the cookie of an earlier sign-in, which may still be in the cache. */
  const accessOf = async (hash: string, row: CookieRow): Promise<Access | undefined> => {
    const known = await bearers.accessOf(row.id)
    if (known === undefined || known.latestExpiry === row.latest_expiry) return known
    // If another replica has renewed the session, both caches are out of date.
    bearers.forget(row.id)
    const access = await bearers.accessOf(row.id)
    if (access?.latestExpiry === row.latest_expiry) return access
    sessions.delete(hash)
    return undefined
  }

  /** Extends a session when it is used, but not beyond its latest end. */
  const noteUse = (row: CookieRow, access: Access, address: string | null): void => {
    const { id } = row
    const atMs = nowMs()
    if (atMs - access.seenMs < precisionMs || writing.has(id)) return
    writing.add(id)
    const latestMs = row.latest_expiry === null ? access.expiresMs : Date.parse(row.latest_expiry)
    const expiresMs = Math.min(atMs + idleSeconds * 1000, latestMs)
    const use = { at: instant(atMs), expiresAt: instant(expiresMs), address }
    database
      .transaction((tx) => store.keepAlive(tx, row, use))
      .then(
        () => {
          access.seenMs = atMs
          access.expiresMs = expiresMs
        },
        () => {}, // The next request tries again.
      )
      .finally(() => writing.delete(id))
  }

  const callerOf = async (secret: string, origin: Origin): Promise<Caller> => {
    const hash = form.test(secret) ? sha256(secret) : undefined
    const row = hash === undefined ? undefined : await sessionOf(hash)
    const access = hash && row && (await accessOf(hash, row))
    if (!row || !access || access.expiresMs <= nowMs()) return anonymousCaller(origin)
    noteUse(row, access, access.impersonator ? null : origin.address)
    return userIn(row.id, access, 'cookie', origin)
  }

  return {
    /**
     * A cookie without an open session gives the anonymous caller, so that public pages still open.
     * @param acting the cookie of an administrator who acts as a user. This cookie is valid only together with the
     * cookie of the administrator's own session. If it is invalid, the caller is anonymous, so that a page of the user
     * cannot change the administrator's own account
     */
    async authenticateCookie(secret: string, origin: Origin, acting?: string): Promise<Caller> {
      const own = await callerOf(secret, origin)
      if (own.impersonator) return anonymousCaller(origin)
      if (acting === undefined || own.kind === 'anonymous') return own
      const caller = await callerOf(acting, origin)
      return caller.impersonator?.sessionId === own.sessionId ? caller : anonymousCaller(origin)
    },
  }
}
