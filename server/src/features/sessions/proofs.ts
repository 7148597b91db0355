/** When the person behind a session last proved who they are. */
import type { Tx } from '../../database/database.ts'
import { wordsOf } from '../../encoding/words.ts'
import { provenAt } from './authentication.ts'
import { type Bearers, isOpen } from './bearers.ts'
import type { SessionStore } from './store.ts'

export function createSessionProofs(
  store: Pick<SessionStore, 'findAccess' | 'findOpenForChange' | 'prove'>,
  bearers: Pick<Bearers, 'forget'>,
) {
  return {
    /** Undefined when the session is over. */
    async provenAt(sessionId: string): Promise<string | undefined> {
      const row = await store.findAccess(sessionId)
      return row && isOpen(row) ? provenAt(row) : undefined
    },

    /** Notes a new proof, and by which method. @returns whether the session is still open */
    async prove(tx: Tx, sessionId: string, at: string, method: string): Promise<boolean> {
      const row = await store.findOpenForChange(tx, sessionId)
      if (!row) return false
      const methods = new Set([...wordsOf(row.auth_methods), method])
      await store.prove(tx, sessionId, at, [...methods].join(' '))
      return true
    },

    /** After a commit: what is remembered of this session is out of date. */
    forgetSession: bearers.forget,
  }
}
