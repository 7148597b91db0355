/** Opens the session of a sign-in: a new one, or the renewed session of the browser. */

import type { AuditLog, NewAuditEvent } from '../../audit-events.ts'
import type { Caller } from '../../caller.ts'
import { fromNow, newId, newSecret, now } from '../../clock.ts'
import type { Database, Tx } from '../../database/database.ts'
import { sha256 } from '../../encoding/sha256.ts'
import { absoluteSeconds, idleSeconds, sharedComputerSeconds } from '../../lifetimes.ts'
import { provenAt } from './authentication.ts'
import type { Bearers } from './bearers.ts'
import type { EndReason, SessionRow } from './session.ts'
import type { SessionStore } from './store.ts'

/**
 * A session with a cookie. On a shared computer it ends earlier. `replaces`: the session of the cookie in the sign-in
 * request.
 */
export type Browser = { sharedComputer: boolean; replaces: string | null }

type Opening = {
  userId: string
  /** Audit events of the sign-in, recorded together with the session. */
  events: readonly NewAuditEvent[]
  /** Null for a program. */
  browser: Browser | null
}

export function createOpening(
  { database, audit }: { database: Pick<Database, 'afterCommit'>; audit: AuditLog },
  store: Pick<
    SessionStore,
    'findDevice' | 'findOpenForChange' | 'insert' | 'listTooMany' | 'prove' | 'trimOver'
  >,
  bearers: Pick<Bearers, 'forget'>,
  rows: {
    endRows(tx: Tx, caller: Caller, ids: readonly string[], reason: EndReason): Promise<unknown>
    addToken(tx: Tx, sessionId: string, refresh: string): Promise<unknown>
  },
) {
  const insert = async (tx: Tx, caller: Caller, row: SessionRow): Promise<void> => {
    const { user_id: userId } = row
    const tooMany = await store.listTooMany(tx, userId, row.created_at)
    if (tooMany.length > 0) {
      await rows.endRows(tx, caller, tooMany, 'limit')
      await audit.record(tx, caller, {
        type: 'session.limit_exceeded',
        target: { kind: 'user', id: userId },
      })
    }
    await store.insert(tx, row)
    await store.trimOver(tx, userId)
  }

  return {
    /**
     * Opens a session in the transaction of the sign-in. For a browser the secret is the value of the cookie, otherwise
     * the refresh token; `tokensOf` creates the pair after the transaction. The device is new if the user had sessions
     * before, but none with this program; the first session of a user causes no notice.
     *
     * A browser with an open session of the user keeps it, so that applications stay signed in. In all other respects
     * the renewed session is new, and the former cookie is refused. The session of another user ends.
     * @param caller the user, with the methods of the sign-in
     */
    async open(
      tx: Tx,
      caller: Caller,
      { userId, events, browser }: Opening,
    ): Promise<{ row: SessionRow; secret: string; isNewDevice: boolean; isFirst: boolean }> {
      const at = now()
      const userAgent = caller.userAgent?.slice(0, 256) ?? null
      const device = await store.findDevice(tx, userId, userAgent)
      const formerId = browser?.replaces ?? null
      const former = formerId === null ? undefined : await store.findOpenForChange(tx, formerId)
      // The session may have ended on another replica.
      if (formerId !== null) database.afterCommit(tx, () => bearers.forget(formerId))
      const isOver = former && (former.user_id !== userId || former.expires_at <= at)
      // If two tabs sign in concurrently, the browser may keep either cookie: the second tab gets a new session.
      const isKept = former && !isOver && provenAt(former) === caller.provenAt
      const secret = browser ? newSecret() : `rt_${newSecret()}`
      const lasts = browser?.sharedComputer ? sharedComputerSeconds : absoluteSeconds
      const state = {
        user_agent: userAgent,
        address: caller.address,
        auth_methods: caller.authMethods.join(' '),
        last_seen_at: at,
        expires_at: fromNow(browser ? Math.min(idleSeconds, lasts) : lasts),
        cookie_hash: browser && sha256(secret),
        latest_expiry: browser && fromNow(lasts),
        proven_at: at,
      }
      const row: SessionRow = isKept
        ? { ...former, ...state }
        : {
            id: newId(),
            user_id: userId,
            created_at: at,
            ended_at: null,
            end_reason: null,
            kind: browser ? 'browser' : 'api',
            impersonator_id: null,
            impersonator_session_id: null,
            ...state,
          }
      if (isKept) await store.prove(tx, row.id, state)
      else await insert(tx, caller, row)
      if (!browser) await rows.addToken(tx, row.id, secret)
      const type = isKept ? 'session.renewed' : 'session.created'
      const target = { kind: 'session', id: row.id } as const
      await audit.record(tx, caller, { type, target, changes: { user_id: userId } }, ...events)
      if (isOver) await rows.endRows(tx, caller, [former.id], 'replaced')
      return { row, secret, isNewDevice: device.hadAny && !device.hadThis, isFirst: !device.hadAny }
    },
  }
}
