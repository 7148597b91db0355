/**
 * A mail is leased to the replica that sends it, by the clock of the database, and no other replica takes it during the
 * lease. A lease is short, so that another replica soon sends the mails of a crashed one, and it is renewed while the
 * mail is sent. The value of `leased_until` shows that this replica still has the lease: another replica writes another
 * value.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { monotonicMs } from '../clock.ts'
import type { Database, Tx } from '../database/database.ts'
import type { createOutboxStore, OutboxRow } from './outbox-store.ts'

export type Held = {
  row: OutboxRow
  /** The value in the database. */
  until: string
  /** The monotonic time until which this replica certainly has the lease. */
  safeUntilMs: number
  isLost: boolean
}

type Needs = { database: Database; store: Store; leaseSeconds: number }
type Store = ReturnType<typeof createOutboxStore>
export type Leases = ReturnType<typeof createLeases>

/** How long writing the result is retried. */
const settleMs = 60_000

export function createLeases({ database, store, leaseSeconds }: Needs) {
  /** The minimum rest of the lease for ending a mail, because the server needs time to answer. */
  const marginMs = (leaseSeconds * 1000) / 2
  const held = new Set<Held>()
  let last: Promise<unknown> = Promise.resolve()
  /** Renewals and checks run one after the other, so that no check reads a lease that is being renewed. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work)
    last = result.catch(() => {})
    return result
  }

  const renew = async (some: readonly Held[]): Promise<void> => {
    const askedMs = monotonicMs()
    const until = await database.transaction(async (tx) => {
      const renewed: (string | undefined)[] = []
      for (const one of some) renewed.push(await store.renew(tx, one.row.id, one.until, leaseSeconds))
      return renewed
    })
    some.forEach((one, index) => {
      one.isLost = until[index] === undefined
      one.until = until[index] ?? one.until
      one.safeUntilMs = askedMs + leaseSeconds * 1000
    })
  }

  const timer = setInterval(() => {
    // Without the database no other replica can lease them either.
    if (held.size > 0) inTurn(() => renew([...held].filter(({ isLost }) => !isLost))).catch(() => {})
  }, leaseSeconds * 300).unref()

  return {
    /** Leases up to `limit` due mails. */
    async claim(limit: number, at: string): Promise<Held[]> {
      if (!(await store.hasDue(at))) return []
      const safeUntilMs = monotonicMs() + leaseSeconds * 1000
      const rows = await database.transaction((tx) => store.claim(tx, at, leaseSeconds, limit))
      const claimed = rows.map((row) => ({ row, until: row.leased_until ?? '', safeUntilMs, isLost: false }))
      for (const one of claimed) held.add(one)
      return claimed
    },

    /** Renews the lease for some seconds. @throws when it is lost, or cannot be verified */
    confirm: (one: Held): Promise<void> =>
      inTurn(async () => {
        try {
          if (one.safeUntilMs - monotonicMs() < marginMs) await renew([one])
          else if (!(await store.isLeased(one.row.id, one.until))) one.isLost = true
        } catch (error) {
          one.isLost = true
          throw error
        }
        if (one.isLost) throw new Error('the mail is no longer ours')
      }),

    /**
     * Writes the result, with retries for a minute. Success is always written, other results only while this replica has
     * the lease.
     * @returns the last error when it could not be written
     */
    async settle(
      one: Held,
      columns: Partial<OutboxRow>,
      signal: AbortSignal,
      more: (tx: Tx) => Promise<void> = async () => {},
    ): Promise<unknown> {
      held.delete(one)
      await last
      const untilMs = monotonicMs() + settleMs
      for (;;) {
        try {
          await database.transaction(async (tx) => {
            const proof = columns.sent_at ? undefined : one.until
            if (await store.update(tx, one.row.id, { ...columns, leased_until: null }, proof)) await more(tx)
          })
          return undefined
        } catch (error) {
          if (monotonicMs() > untilMs || signal.aborted) return error
        }
        await sleep(500)
      }
    },

    /** Stops renewing, so that another replica sends the mail after the end of the lease. */
    abandon: (one: Held) => void held.delete(one),

    stop: () => clearInterval(timer),
  }
}
