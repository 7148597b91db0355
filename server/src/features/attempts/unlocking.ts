/** Reads the delays of an account, and resets them for an administrator. */
import { nowMs } from '../../clock.ts'
import type { Database, Tx } from '../../database/database.ts'
import type { createAttemptStore } from './store.ts'

type Subject = [accountId: string, names: readonly string[], addresses: readonly string[]]

/**
 * `keysOf` returns the keys of the counters of an account: for all its names, in total and for the networks of the
 * addresses.
 */
export function createUnlocking(
  database: Database,
  store: ReturnType<typeof createAttemptStore>,
  keysOf: (...subject: Subject) => string[],
) {
  return {
    /**
     * The time until which sign-ins are refused, from all unknown networks or from one of the addresses; null if they are
     * not refused.
     */
    async delayedUntil(...subject: Subject): Promise<string | null> {
      const rows = await store.list(database.read, keysOf(...subject))
      const blocked = rows.flatMap(({ blocked_until }) => blocked_until ?? [])
      const last = blocked.sort().at(-1)
      return last !== undefined && Date.parse(last) > nowMs() ? last : null
    },

    /** Resets the counters, in total and for the networks of the addresses. */
    async unlock(tx: Tx, ...subject: Subject): Promise<void> {
      await store.delete(tx, keysOf(...subject))
    },
  }
}
