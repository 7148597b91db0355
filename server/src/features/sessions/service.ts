/** Sessions: opened by a sign-in, continued by refresh tokens, listed and ended by their user and by administrators. */

import { createHmac } from 'node:crypto'
import { type Caller, isSelf, systemCaller } from '../../caller.ts'
import { fromNow, now, nowMs } from '../../clock.ts'
import type { Tx } from '../../database/database.ts'
import { sha256 } from '../../encoding/sha256.ts'
import { wordsOf } from '../../encoding/words.ts'
import { AppError } from '../../errors.ts'
import { accessTokenSeconds, graceSeconds, idleSeconds } from '../../lifetimes.ts'
import type { AccessTokens } from './access-tokens.ts'
import { type Authentication, authenticationOf } from './authentication.ts'
import { createBearers, isOpen } from './bearers.ts'
import { createCookies } from './cookies.ts'
import { createImpersonations, eventOfEnd } from './impersonation/service.ts'
import type { SessionsNeeds } from './needs.ts'
import { createOpening } from './opening.ts'
import { createSessionProofs } from './proofs.ts'
import { type EndReason, type Session, type SessionRow, sessionOf } from './session.ts'
import type { SessionStore } from './store.ts'
import { createTokenClaims } from './token-claims.ts'

export type Tokens = {
  access_token: string
  token_type: 'Bearer'
  expires_in: number
  refresh_token: string
  refresh_expires_in: number
}

type EndOfAll = {
  userId: string
  reason: EndReason
  /** The session that stays open. */
  exceptId?: string | null
}

export type { SessionsNeeds }
export type Sessions = ReturnType<typeof createSessions>

export function createSessions(needs: SessionsNeeds, store: SessionStore, tokens: AccessTokens) {
  const { database, audit } = needs
  const bearers = createBearers(needs, store, tokens)
  const cookies = createCookies(database, store, bearers)
  const tokenClaims = createTokenClaims(needs, store)
  needs.rights.add({ forget: bearers.forgetUser, forgetAll: bearers.forgetAll })

  const successorOf = (token: string) =>
    `rt_${createHmac('sha256', needs.refreshKey).update(token).digest('base64url')}`

  const pair = async (
    row: Pick<SessionRow, 'id' | 'user_id' | 'expires_at' | 'created_at' | 'proven_at' | 'auth_methods'>,
    roles: readonly string[],
    refresh: string,
    claims: Record<string, unknown>,
  ): Promise<Tokens> => ({
    access_token: await tokens.issue({ ...subjectOf(row), roles, further: claims }),
    token_type: 'Bearer',
    expires_in: accessTokenSeconds,
    refresh_token: refresh,
    refresh_expires_in: Math.min(idleSeconds, Math.floor((Date.parse(row.expires_at) - nowMs()) / 1000)),
  })
  const addToken = (tx: Tx, sessionId: string, refresh: string) =>
    store.insertToken(tx, {
      hash: sha256(refresh),
      session_id: sessionId,
      created_at: now(),
      expires_at: fromNow(idleSeconds),
      used_at: null,
    })

  /**
   * Ends sessions, and also the sessions in which their users act as others. @returns the sessions, and events about
   * the others
   */
  const end = async (tx: Tx, ids: readonly string[], reason: EndReason) => {
    const ended = await store.end(tx, ids, now(), reason)
    const left = await store.listActing(tx, ids)
    const acting = await store.end(tx, left, now(), 'impersonator_left')
    database.afterCommit(tx, () => {
      for (const { id } of [...ended, ...acting]) bearers.forget(id)
    })
    return { ended, events: acting.map(eventOfEnd('impersonator_left')) }
  }
  const endRows = async (tx: Tx, caller: Caller, ids: readonly string[], reason: EndReason) => {
    const { ended, events } = await end(tx, ids, reason)
    const endedIds = ended.map(({ id }) => id)
    await needs.grants.endOfSessionsIn(tx, endedIds, reason)
    await audit.record(tx, caller, ...ended.map(eventOfEnd(reason)), ...events)
    return endedIds
  }

  const tokenOf = async (caller: Caller, row: SessionRow): Promise<string> => {
    const revoke = () => database.transaction((tx) => endRows(tx, caller, [row.id], 'revoked'))
    const claims = await tokenClaims.ofFirst(caller, row.user_id, revoke)
    const roles = wordsOf((await store.findAccess(row.id))?.roles ?? '')
    const act = { sub: row.impersonator_id }
    return tokens.issue({ ...subjectOf(row), roles, further: { ...claims, act } })
  }

  return {
    ...createOpening({ database, audit }, store, bearers, { endRows, addToken }),

    /** The first token pair of a new session. @throws denied_by_hook, dependency_unavailable; the session has then ended */
    async tokensOf(caller: Caller, row: SessionRow, roles: readonly string[], refresh: string) {
      const revoke = () => database.transaction((tx) => endRows(tx, caller, [row.id], 'revoked'))
      return pair(row, roles, refresh, await tokenClaims.ofFirst(caller, row.user_id, revoke))
    },

    impersonations: createImpersonations(needs, store, { bearers, endRows, tokenOf }),

    /**
     * Exchanges a refresh token for a new pair. Within 10 s the same token returns the same pair again. A later use means
     * that the token was copied, and ends the session.
     * @throws invalid_grant, denied_by_hook, dependency_unavailable
     */
    async refresh(caller: Caller, token: string): Promise<{ tokens: Tokens; userId: string }> {
      const refused = new AppError('invalid_grant')
      if (!/^rt_[A-Za-z0-9_-]{43}$/.test(token)) throw refused
      const successor = successorOf(token)
      const claims = await tokenClaims.ofNext(caller, token)
      const found = await database.transaction(async (tx) => {
        // Locks the session first, in the same order as every change that ends a session, because different orders
        // cause deadlocks.
        const session = await store.findByTokenForChange(tx, sha256(token))
        const used = session && (await store.findToken(tx, sha256(token)))
        if (
          !used ||
          !session ||
          session.ended_at !== null ||
          session.expires_at <= now() ||
          used.expires_at <= now()
        )
          return undefined
        if (used.used_at !== null && Math.abs(nowMs() - Date.parse(used.used_at)) > graceSeconds * 1000) {
          await endRows(tx, caller, [session.id], 'refresh_reuse')
          await audit.record(tx, caller, {
            type: 'token.refresh_reuse',
            outcome: 'failure',
            reason: 'refresh_reuse',
            target: { kind: 'session', id: session.id },
            changes: { user_id: session.user_id },
          })
          return session
        }
        if (used.used_at === null) {
          await store.useToken(tx, used.hash, now())
          await addToken(tx, session.id, successor)
          await store.trimTokens(tx, session.id)
          await store.see(tx, session.id, now(), caller.address)
        }
        return session
      })
      // This runs after the transaction. The session may have ended, also by this request.
      const access = found && (await store.findAccess(found.id))
      if (!found || !access || !isOpen(access)) {
        if (found) bearers.forget(found.id)
        throw refused
      }
      needs.count({ type: 'session.refreshed', outcome: 'success' })
      return {
        tokens: await pair(found, wordsOf(access.roles), successor, claims),
        userId: found.user_id,
      }
    },

    authenticate: bearers.authenticate,
    ...cookies,

    /** The session of this request; null for callers without one. */
    async current({ sessionId }: Caller): Promise<Session | null> {
      const row = sessionId === null ? undefined : await store.find(sessionId)
      return row ? sessionOf(row, sessionId) : null
    },

    describe: (row: SessionRow): Session => sessionOf(row, row.id),

    isOpenIn: store.isOpenIn,

    /** Includes ended sessions until they are deleted. */
    find: store.find,

    /** The authentication methods of the session; undefined when there is none. */
    async authenticationOf(sessionId: string): Promise<Authentication | undefined> {
      const row = await store.find(sessionId)
      return row && authenticationOf(row)
    },

    async list(caller: Caller, userId: string): Promise<Session[]> {
      return (await store.listOpen(database.read, userId, now())).map((row) =>
        sessionOf(row, caller.sessionId),
      )
    },

    /** All stored data about the sessions of a user, for the export of personal data. */
    listAll: (userId: string): Promise<SessionRow[]> => store.listAll(userId),

    /** @throws not_found when the user has no such open session */
    async endOne(caller: Caller, userId: string, sessionId: string): Promise<void> {
      const session = await store.find(sessionId)
      if (session?.user_id !== userId) throw new AppError('not_found')
      const ended = await database.transaction((tx) => endRows(tx, caller, [sessionId], 'revoked'))
      if (ended.length === 0) throw new AppError('not_found')
    },

    /** In the given transaction, ends all sessions, grants and unfinished sign-ins of a user. */
    async endAllIn(tx: Tx, caller: Caller, { userId, reason, exceptId = null }: EndOfAll): Promise<void> {
      const open = await store.listOpen(tx, userId, now())
      const ids = open.map(({ id }) => id).filter((id) => id !== exceptId)
      const { ended, events } = await end(tx, ids, reason)
      database.afterCommit(tx, () => bearers.forgetUser(userId))
      await needs.grants.endAllIn(tx, userId)
      await needs.endSignIns(tx, userId)
      if (ended.length === 0) return
      const acted = ended.filter(({ impersonator_id }) => impersonator_id !== null)
      await audit.record(
        tx,
        caller,
        {
          type: 'session.revoked_all',
          reason,
          target: { kind: 'user', id: userId },
          changes: { count: ended.length, sessions: ended.map(({ id }) => id) },
        },
        ...acted.map(eventOfEnd(reason)),
        ...events,
      )
    },

    ...createSessionProofs(store, bearers),

    /**
     * Ends the session of this request, if there is one. An administrator who acts as a user in a
     * browser signs out of both sessions, so that the next person at this browser gets neither.
     */
    async logout(caller: Caller): Promise<void> {
      const { sessionId, impersonator } = caller
      if (sessionId === null || caller.userId === null || !isSelf(caller, caller.userId)) return
      if (impersonator && caller.authMethods.includes('cookie')) {
        const { impersonator: _, ...own } = { ...caller, ...impersonator }
        await database.transaction((tx) => endRows(tx, own, [impersonator.sessionId], 'logout'))
        return
      }
      await database.transaction((tx) => endRows(tx, caller, [sessionId], 'logout'))
    },

    /** Housekeeping: deletes sessions that ended or expired before `instant`. @returns the number of rows */
    deleteOver: (instant: string, limit: number): Promise<number> =>
      database.transaction(async (tx) => {
        const { deleted, expired } = await store.deleteOver(tx, instant, limit)
        if (expired > 0)
          await audit.record(tx, systemCaller, {
            type: 'session.expired',
            target: { kind: 'system', id: null },
            changes: { count: expired },
          })
        return deleted
      }),
  }
}

function subjectOf(row: Pick<SessionRow, 'id' | 'user_id' | 'proven_at' | 'created_at' | 'auth_methods'>) {
  return { userId: row.user_id, sessionId: row.id, authentication: authenticationOf(row) }
}
