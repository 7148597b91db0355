/**
 * An administrator acts as a user in a short session of the user that names the administrator. The session is valid
 * only while the administrator's own session is open and has the permission.
 */

import type { AuditLog, NewAuditEvent } from '../../../audit-events.ts'
import { type Caller, systemCaller } from '../../../caller.ts'
import { fromNow, newId, newSecret, now } from '../../../clock.ts'
import type { Database, Tx } from '../../../database/database.ts'
import { sha256 } from '../../../encoding/sha256.ts'
import { AppError } from '../../../errors.ts'
import { accessTokenSeconds, impersonationSeconds } from '../../../lifetimes.ts'
import type { BearerNeeds, Bearers } from '../bearers.ts'
import { type EndReason, type Session, type SessionRow, sessionOf } from '../session.ts'
import type { EndedRow, SessionStore } from '../store.ts'

export type ImpersonationNeeds = Pick<BearerNeeds, 'isImpersonationOn'> & {
  database: Database
  audit: AuditLog
  /** Locks a user, and asserts that the caller may act as this user. @throws not_found, forbidden */
  holdToImpersonate(tx: Tx, caller: Caller, userId: string): Promise<unknown>
  tellImpersonated(tx: Tx, userId: string): Promise<void>
}

/** `secret`: the value of the cookie for a browser. `accessToken`: for a program. */
export type Impersonation = { session: Session; secret: string | null; accessToken: string | null }

type Parts = {
  bearers: Pick<Bearers, 'accessOf'>
  endRows(tx: Tx, caller: Caller, ids: readonly string[], reason: EndReason): Promise<unknown>
  /** An access token of the session. */
  tokenOf(caller: Caller, row: SessionRow): Promise<string>
}

export function createImpersonations(
  { database, audit, isImpersonationOn, ...needs }: ImpersonationNeeds,
  store: Pick<SessionStore, 'insert' | 'isOpenIn' | 'listActing' | 'listNotEnded'>,
  { bearers, endRows, tokenOf }: Parts,
) {
  return {
    /**
     * Opens the session. A browser gets a cookie, which is valid only together with the cookie of the administrator's own
     * session. A program gets one access token, and the session ends with it.
     * @throws forbidden, not_while_impersonating, not_found, invalid_token, denied_by_hook, dependency_unavailable
     */
    async start(caller: Caller, userId: string, reason: string): Promise<Impersonation> {
      const { sessionId } = caller
      if (caller.impersonator) throw new AppError('not_while_impersonating')
      if (caller.kind !== 'user' || caller.userId === null || sessionId === null)
        throw new AppError('forbidden', { detail: 'Only a person with a session can act as a user.' })
      if (!isImpersonationOn)
        throw new AppError('forbidden', { detail: 'Acting as a user is off here (ROSTER_IMPERSONATION).' })
      const isBrowser = caller.authMethods.includes('cookie')
      const secret = isBrowser ? newSecret() : null
      const [at, end] = [now(), fromNow(isBrowser ? impersonationSeconds : accessTokenSeconds)]
      const row: SessionRow = {
        id: newId(),
        user_id: userId,
        // The audit log has the network and the browser of the administrator; the user does not see them.
        ...{ user_agent: null, address: null },
        auth_methods: 'impersonation',
        ...{ created_at: at, last_seen_at: at, proven_at: at, expires_at: end },
        ...{ ended_at: null, end_reason: null },
        kind: isBrowser ? 'browser' : 'api',
        cookie_hash: secret === null ? null : sha256(secret),
        latest_expiry: isBrowser ? end : null,
        ...{ impersonator_id: caller.userId, impersonator_session_id: sessionId },
      }
      await database.transaction(async (tx) => {
        await needs.holdToImpersonate(tx, caller, userId)
        if (!(await store.isOpenIn(tx, sessionId, at))) throw new AppError('invalid_token')
        await endRows(tx, caller, await store.listActing(tx, [sessionId]), 'replaced')
        await store.insert(tx, row)
        await audit.record(tx, caller, {
          type: 'user.impersonated_start',
          target: { kind: 'user', id: userId },
          changes: { impersonator_id: caller.userId, session_id: row.id, reason },
        })
        await needs.tellImpersonated(tx, userId)
      })
      const accessToken = isBrowser ? null : await tokenOf(caller, row)
      return { session: sessionOf(row, null), secret, accessToken }
    },

    /** Ends the session in which the caller acts as a user. Does nothing for other callers. */
    async stop(caller: Caller): Promise<void> {
      const { sessionId } = caller
      if (caller.impersonator && sessionId !== null)
        await database.transaction((tx) => endRows(tx, caller, [sessionId], 'stopped'))
    },

    /** Housekeeping: ends expired sessions, and those whose administrator may not act as the user any more. */
    async endOver(limit: number): Promise<number> {
      let count = 0
      for (let after = ''; ; ) {
        const found = await store.listNotEnded(after, limit)
        for (const { id, expires_at } of found) {
          const isOver = expires_at <= now()
          if (!isOver && (await bearers.accessOf(id))) continue
          const reason = isOver ? 'expired' : 'impersonator_left'
          await database.transaction((tx) => endRows(tx, systemCaller, [id], reason))
          count += 1
        }
        if (found.length < limit) return count
        after = found.at(-1)!.impersonator_session_id ?? ''
      }
    },
  }
}

/** The events of sessions that ended. Where an administrator acted as the user, both are named. */
export function eventOfEnd(reason: EndReason) {
  return ({ id, user_id, impersonator_id }: EndedRow): NewAuditEvent =>
    impersonator_id === null
      ? {
          type: reason === 'logout' ? 'auth.logout' : 'session.revoked',
          reason,
          target: { kind: 'session', id },
        }
      : {
          type: 'user.impersonated_end',
          reason,
          target: { kind: 'user', id: user_id },
          changes: { impersonator_id, session_id: id },
        }
}
