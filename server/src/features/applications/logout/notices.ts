/**
 * Notices to applications that a user was signed out (OpenID Connect Back-Channel Logout). They are queued in the
 * transaction that ends the access; `sending.ts` delivers them.
 */
import { newId, now } from '../../../clock.ts'
import type { Database, Tx } from '../../../database/database.ts'
import { sha256 } from '../../../encoding/sha256.ts'
import { createNoticeStore } from './notice-store.ts'

export type Ended = { applicationId: string; userId: string; sessionId: string | null }

export type Notices = ReturnType<typeof createNotices>

export function createNotices(database: Database) {
  const store = createNoticeStore(database)
  let wake = () => {}
  return {
    store,
    async queueIn(tx: Tx, ended: readonly Ended[]): Promise<void> {
      const listeners = await store.listenersAmong(tx, [
        ...new Set(ended.map(({ applicationId }) => applicationId)),
      ])
      const at = now()
      const sids = new Set<string>()
      const isFirst = ({ applicationId, sessionId }: Ended) => {
        const key = `${applicationId} ${sessionId}`
        return !sids.has(key) && sids.add(key)
      }
      const rows = ended
        .filter(isFirst)
        .filter(({ applicationId }) => listeners.includes(applicationId))
        .map(({ applicationId, userId, sessionId }) => ({
          id: newId(),
          application_id: applicationId,
          user_id: userId,
          sid: sessionId === null ? null : sidOf(sessionId, applicationId),
          created_at: at,
          attempts: 0,
          next_attempt_at: at,
          leased_until: null,
        }))
      await store.insert(tx, rows)
      if (rows.length > 0) database.afterCommit(tx, () => wake())
    },
    /** Calls the listener after the commit when there are notices. */
    onWake(listener: () => void): void {
      wake = listener
    },
  }
}

/** The `sid` of ID tokens. It differs for each application, so that applications cannot compare sessions. */
export function sidOf(sessionId: string, applicationId: string): string {
  return sha256(`${sessionId} ${applicationId}`)
}
