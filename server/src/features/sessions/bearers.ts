/** The caller of an access token: its claims, checked against the current session and user. */

import { createTtlCache } from '../../caches/ttl-cache.ts'
import { type Caller, type Impersonator, isRestricted, type Permission } from '../../caller.ts'
import { monotonicMs, now, nowMs } from '../../clock.ts'
import { wordsOf } from '../../encoding/words.ts'
import type { FactorPolicy } from '../factors/policy.ts'
import type { RoleLookup } from '../roles/lookup.ts'
import { type AccessClaims, type AccessTokens, invalid } from './access-tokens.ts'
import { provenAt } from './authentication.ts'
import type { AccessRow, SessionStore } from './store.ts'

type Origin = Pick<Caller, 'requestId' | 'address' | 'userAgent'>
export type Access = {
  userId: string
  permissions: ReadonlySet<Permission>
  provenAt: string | null
  enrolBy: string | null
  passwordDue: boolean
  expiresMs: number
  /** The last recorded use of a browser session, and its latest end. */
  seenMs: number
  latestExpiry: string | null
  /** The administrator who acts as the user. */
  impersonator: Impersonator | null
}
export type BearerNeeds = {
  permissionsOf: RoleLookup['permissionsOf']
  enrolBy: FactorPolicy['enrolBy']
  /** Whether administrators may act as users. */
  isImpersonationOn: boolean
}

export type Bearers = ReturnType<typeof createBearers>

/**
 * How long this replica caches a session. The permissions of roles are cached for 400 ms in addition, so that a
 * revocation takes effect everywhere within a second.
 */
const rememberMs = 500
const rememberedSessions = 10_000

export function createBearers(
  { permissionsOf, enrolBy, isImpersonationOn }: BearerNeeds,
  store: Pick<SessionStore, 'findAccess'>,
  tokens: AccessTokens,
) {
  const accesses = createTtlCache<Access>(rememberMs, rememberedSessions)

  /** null if no administrator acts as the user; undefined if the administrator may no longer act as the user. */
  const impersonatorOf = async (
    { impersonator_id: userId, impersonator_session_id: sessionId }: AccessRow,
    permissions: ReadonlySet<Permission>,
  ): Promise<Impersonator | null | undefined> => {
    if (userId === null || sessionId === null) return null
    if (!isImpersonationOn || permissions.size > 0) return undefined
    const own = await store.findAccess(sessionId)
    if (!own || !isOpen(own) || own.user_id !== userId) return undefined
    const roles = wordsOf(own.roles)
    const held = await permissionsOf(roles)
    if (!held.has('users:impersonate')) return undefined
    // An administrator who must first replace the password or add a factor may not act as a user.
    const limits = {
      passwordDue: own.must_change_since !== null,
      enrolBy: await enrolBy(userId, roles, wordsOf(own.auth_methods)),
    }
    return isRestricted(limits, now()) ? undefined : { userId, sessionId }
  }

  const find = async (sessionId: string): Promise<Access | undefined> => {
    const known = accesses.get(sessionId)
    if (known) return known
    const startedMs = monotonicMs()
    const row = await store.findAccess(sessionId)
    if (!row || !isOpen(row)) {
      accesses.delete(sessionId)
      return undefined
    }
    const roles = wordsOf(row.roles)
    const permissions = await permissionsOf(roles)
    const impersonator = await impersonatorOf(row, permissions)
    if (impersonator === undefined) return undefined
    const access = {
      userId: row.user_id,
      permissions,
      impersonator,
      provenAt: impersonator ? null : provenAt(row),
      enrolBy: impersonator ? null : await enrolBy(row.user_id, roles, wordsOf(row.auth_methods)),
      passwordDue: row.must_change_since !== null && impersonator === null,
      expiresMs: Date.parse(row.expires_at),
      seenMs: Date.parse(row.last_seen_at),
      latestExpiry: row.latest_expiry,
    }
    // The result is not cached, because it depends on two sessions and two users.
    if (impersonator === null) accesses.set(sessionId, access, startedMs)
    return access
  }
  const authenticateAfresh = async (token: string, origin: Origin): Promise<Caller> => {
    const claims = await tokens.verify(token)
    const access = await find(claims.sessionId)
    if (!access) throw invalid()
    return callerOf(claims, access, origin)
  }

  return {
    /**
     * The result is synchronous if token and session are cached. @throws invalid_token if the token, its session or its
     * user is not valid
     */
    authenticate(token: string, origin: Origin): Caller | Promise<Caller> {
      const claims = tokens.recall(token)
      const access = claims && accesses.get(claims.sessionId)
      return access ? callerOf(claims, access, origin) : authenticateAfresh(token, origin)
    },

    /** The caller of an open session; undefined when it or its user is no longer valid. */
    accessOf: find,

    /** The next request reads the session from the database. */
    forget(sessionId: string): void {
      accesses.delete(sessionId)
    },

    forgetUser(userId: string): void {
      accesses.deleteWhere((access) => access.userId === userId)
    },

    forgetAll(): void {
      accesses.clear()
    },
  }
}

function callerOf(claims: AccessClaims, access: Access, origin: Origin): Caller {
  if (access.userId !== claims.userId) throw invalid()
  return userIn(claims.sessionId, access, 'token', origin)
}

/** The user of an open session. @param method how the request proves the session */
export function userIn(
  sessionId: string,
  access: Access,
  method: 'token' | 'cookie',
  origin: Origin,
): Caller {
  return {
    kind: 'user',
    userId: access.userId,
    sessionId,
    apiKeyId: null,
    permissions: access.permissions,
    authMethods: [method],
    provenAt: access.provenAt,
    enrolBy: access.enrolBy,
    passwordDue: access.passwordDue,
    ...(access.impersonator && { impersonator: access.impersonator }),
    requestId: origin.requestId,
    address: origin.address,
    userAgent: origin.userAgent,
  }
}

export function isOpen(row: AccessRow): boolean {
  return (
    row.ended_at === null &&
    row.disabled_at === null &&
    row.deleted_at === null &&
    Date.parse(row.expires_at) > nowMs()
  )
}
