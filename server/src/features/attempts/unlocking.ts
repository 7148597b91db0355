/** The delays of an account: how long they last, and their end by an administrator. */
import { nowMs } from '../../clock.ts'
import type { Database, Tx } from '../../database/database.ts'
import type { createAttemptStore } from './store.ts'

type Subject = [accountId: string, names: readonly string[], addresses: readonly string[]]

/** `keysOf` gives the keys of the counters of an account under its names, everywhere and in the networks of the addresses. */
export function createUnlocking(
  database: Database,
  store: ReturnType<typeof createAttemptStore>,
  keysOf: (...subject: Subject) => string[],
) {
  return {
    /** Until when sign-ins are refused, for all unknown networks or from one of the addresses; null when they are not. */
    async delayedUntil(...subject: Subject): Promise<string | null> {
      const rows = await store.list(database.read, keysOf(...subject))
      const blocked = rows.flatMap(({ blocked_until }) => blocked_until ?? [])
      const last = blocked.sort().at(-1)
      return last !== undefined && Date.parse(last) > nowMs() ? last : null
    },

    /** Counts from the start again, everywhere and in the networks of the addresses. */
    async unlock(tx: Tx, ...subject: Subject): Promise<void> {
      await store.delete(tx, keysOf(...subject))
    },
  }
}
