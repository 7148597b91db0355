/** The sessions in which administrators act as users. */
import type { Database, Tx } from '../../../database/database.ts'

type NotEnded = { id: string; expires_at: string; impersonator_session_id: string | null }

export function createImpersonationStore({ read }: Database) {
  return {
    /** The ids of the open sessions in which the users of these sessions act as other users. */
    async listActing(tx: Tx, sessionIds: readonly string[]): Promise<string[]> {
      if (sessionIds.length === 0) return []
      const rows = await tx
        .selectFrom('sessions')
        .select('id')
        .where('impersonator_session_id', 'in', sessionIds)
        .where('ended_at', 'is', null)
        .execute()
      return rows.map(({ id }) => id)
    },

    /**
     * A page of the sessions that have not ended, including expired ones, in the order of the administrators' sessions,
     * starting after `after`. For each administrator's session there is at most one.
     */
    async listNotEnded(after: string, limit: number): Promise<NotEnded[]> {
      return read
        .selectFrom('sessions')
        .select(['id', 'expires_at', 'impersonator_session_id'])
        .where('impersonator_session_id', 'is not', null)
        .where('ended_at', 'is', null)
        .where('impersonator_session_id', '>', after)
        .orderBy('impersonator_session_id')
        .limit(limit)
        .execute()
    },
  }
}
