/** When the person behind a session last proved who they are. */
import { type Bearers, isOpen, provenAt } from './bearers.ts'
import type { SessionStore } from './store.ts'

export function createSessionProofs(
  store: Pick<SessionStore, 'findAccess' | 'prove'>,
  bearers: Pick<Bearers, 'forget'>,
) {
  return {
    /** Undefined when the session is over. */
    async provenAt(sessionId: string): Promise<string | undefined> {
      const row = await store.findAccess(sessionId)
      return row && isOpen(row) ? provenAt(row) : undefined
    },

    /** Notes a new proof. @returns whether the session is still open */
    prove: store.prove,

    /** After a commit: what is remembered of this session is out of date. */
    forgetSession: bearers.forget,
  }
}
