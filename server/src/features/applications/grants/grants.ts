/**
 * Grants: the access of an application for a user, bound to the session in which it was given. A grant ends with the
 * session, the account or the connection, and all its tokens end with it.
 */
import { now } from '../../../clock.ts'
import type { Database, Tx } from '../../../database/database.ts'
import { fromJsonText, jsonText } from '../../../encoding/json-text.ts'
import { sha256 } from '../../../encoding/sha256.ts'
import type { Notices } from '../logout/notices.ts'
import { recordContext } from '../protocol/adapter.ts'
import type { OauthRecordRow, OauthStore } from '../protocol/oauth-store.ts'
import type { ConnectionRow, ConnectionStore } from './connection-store.ts'

type SessionState = { ended_at: string | null; end_reason: string | null; expires_at: string }

export type Connection = {
  application_id: string
  name: string
  scopes: string[]
  created_at: string
  last_sign_in_at: string
}

type Needs = {
  database: Database
  open(sealed: string, context: string): string
  findSession(id: string): Promise<SessionState | undefined>
  /** Locks the session for the transaction. */
  isSessionOpen(tx: Tx, id: string, at: string): Promise<boolean>
}

export type Grants = ReturnType<typeof createGrants>

export function createGrants(
  needs: Needs,
  store: OauthStore,
  connections: ConnectionStore,
  notices: Pick<Notices, 'queueIn'>,
) {
  const scopesOf = (row: OauthRecordRow) => scopesIn(needs.open(row.content, recordContext('Grant', row.id)))
  const tell = (tx: Tx, rows: readonly OauthRecordRow[]) =>
    notices.queueIn(
      tx,
      rows.flatMap(({ application_id: applicationId, user_id: userId, session_id: sessionId }) =>
        applicationId === null || userId === null ? [] : [{ applicationId, userId, sessionId }],
      ),
    )

  return {
    /** The grant if its tokens are valid; undefined when its session has ended and it has no offline access. */
    async findAlive(grantHash: string, userId: string): Promise<OauthRecordRow | undefined> {
      const grant = await store.find('Grant', grantHash)
      if (!grant || grant.user_id !== userId || grant.expires_at <= now()) return undefined
      const session = grant.session_id === null ? undefined : await needs.findSession(grant.session_id)
      if (session && session.ended_at === null && session.expires_at > now()) return grant
      if (session && session.ended_at !== null && !isByOwner(session.end_reason)) return undefined
      return scopesOf(grant).includes('offline_access') ? grant : undefined
    },

    /** The session in which the grant was given; undefined without a grant. */
    async sessionOf(grantId: string): Promise<string | null | undefined> {
      return (await store.find('Grant', sha256(grantId)))?.session_id
    },

    /**
     * Binds a new grant to its session, and stores the scopes that the user allows.
     * @returns false when the session has ended: there is no grant then
     */
    async bind(
      grantId: string,
      { userId, sessionId, applicationId }: { userId: string; sessionId: string; applicationId: string },
      scopes: readonly string[],
      record: (tx: Tx) => Promise<void>,
    ): Promise<boolean> {
      const before = await connections.find(userId, applicationId)
      return needs.database.transaction(async (tx) => {
        if (!(await needs.isSessionOpen(tx, sessionId, now()))) {
          await store.deleteGrant(tx, sha256(grantId))
          return false
        }
        await store.setSession(tx, 'Grant', sha256(grantId), sessionId)
        const allowed = new Set([...allowedBy(before), ...scopes])
        await connections.upsert(tx, {
          user_id: userId,
          application_id: applicationId,
          scopes: jsonText([...allowed]),
          created_at: now(),
          last_sign_in_at: now(),
        })
        await record(tx)
        return true
      })
    },

    /** The scopes that the user has allowed to the application, in any session. */
    allowed: async (userId: string, applicationId: string): Promise<string[]> =>
      allowedBy(await connections.find(userId, applicationId)),

    /** Ends all grants of an account that is taken over or closed. */
    async endAllIn(tx: Tx, userId: string): Promise<void> {
      await tell(tx, await store.listGrants(tx, userId))
      await store.deleteAllOf(tx, userId)
    },

    /** Called after sessions were ended. Offline access remains valid after a sign-out by the user. */
    async endOfSessionsIn(tx: Tx, sessionIds: readonly string[], reason: string): Promise<void> {
      if (sessionIds.length === 0) return
      const rows = await store.listGrantsOfSessions(tx, sessionIds)
      if (rows.length === 0) return
      await tell(tx, rows)
      const over = rows.filter((row) => !isByOwner(reason) || !scopesOf(row).includes('offline_access'))
      for (const { id } of over) await store.deleteGrant(tx, id)
    },

    async list(userId: string): Promise<Connection[]> {
      return (await connections.list(userId)).map((row) => ({
        application_id: row.application_id,
        name: row.name,
        scopes: allowedBy(row),
        created_at: row.created_at,
        last_sign_in_at: row.last_sign_in_at,
      }))
    },

    /** @returns whether the application had a grant of the user */
    async disconnectIn(tx: Tx, userId: string, applicationId: string): Promise<boolean> {
      const was = await connections.delete(tx, userId, applicationId)
      const rows = (await store.listGrants(tx, userId)).filter((row) => row.application_id === applicationId)
      await tell(tx, rows)
      await store.deleteAllOf(tx, userId, applicationId)
      return was || rows.length > 0
    },
  }
}

/** Called at a sign-out, or a new sign-in in the same browser. */
function isByOwner(reason: string | null): boolean {
  return reason === 'logout' || reason === 'replaced'
}

function allowedBy(row: Pick<ConnectionRow, 'scopes'> | undefined): string[] {
  return row ? fromJsonText(row.scopes) : []
}

function scopesIn(content: string): string[] {
  const { openid }: { openid?: { scope?: string } } = JSON.parse(content)
  return openid?.scope?.split(' ') ?? []
}
