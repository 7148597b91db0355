/**
 * Bounds guessing: every attempt is counted, in the database that all replicas share, before anything is verified.
 * Names that nobody has are counted like all others, so the answer tells nothing about them.
 */
import { createHmac, type KeyObject } from 'node:crypto'
import { fromNow, instant, nowMs } from '../../clock.ts'
import type { Database, Tx } from '../../database/database.ts'
import { AppError, isAppError } from '../../errors.ts'
import { type AttemptRow, createAttemptStore } from './store.ts'

/** How many attempts are free, how long they are remembered, and how long one waits after that. */
export type Limit = {
  name: string
  free: number
  windowSeconds: number
  wait: 'rest of the window' | { maxSeconds: number }
}

/** One account from one network: five wrong passwords, then 1 s, 2 s, 4 s … 15 min. */
const accountFromNetwork: Limit = {
  name: 'account-network',
  free: 5,
  windowSeconds: 24 * 3600,
  wait: { maxSeconds: 15 * 60 },
}
/** One account from everywhere, so that many networks do not help; looser, so that strangers do not lock people out. */
const account: Limit = { name: 'account', free: 30, windowSeconds: 24 * 3600, wait: { maxSeconds: 15 * 60 } }
/** One network at all accounts: against trying one password on many. */
const network: Limit = { name: 'network', free: 20, windowSeconds: 60, wait: 'rest of the window' }
const networkHourly: Limit = {
  name: 'network-hourly',
  free: 100,
  windowSeconds: 3600,
  wait: 'rest of the window',
}

/** A network from which the account was entered lately: what strangers do elsewhere does not delay it. */
const knownNetwork = { name: 'known', seconds: 30 * 24 * 3600, renewAfterSeconds: 24 * 3600 }

export type Attempt = {
  /**
   * It was right: the account starts afresh. The network keeps what it used up this minute, and is known to the account
   * under each of `names` from now on.
   */
  succeeded(tx: Tx, names?: readonly string[]): Promise<void>
}

export type Attempts = ReturnType<typeof createAttempts>

export function createAttempts(needs: { database: Database; key: KeyObject; mode: 'on' | 'off' }) {
  const store = createAttemptStore(needs.database)
  const keyOf = (limit: { name: string }, ...parts: string[]) =>
    `${limit.name}:${createHmac('sha256', needs.key).update(JSON.stringify(parts)).digest('base64url').slice(0, 27)}`

  /** Counts against all limits, or against none when one of them is used up; gives the seconds to wait then. */
  const count = async (tx: Tx, limits: readonly (readonly [Limit, string])[]): Promise<number> => {
    const at = nowMs()
    const taken = await store.take(
      tx,
      limits.map(([limit, key]) => freshRow(limit, key, at)),
    )
    const rows = limits.map(([limit], index) => afresh(taken[index]!, limit, at))
    const blocked = rows.find(({ blocked_until }) => blocked_until !== null && Date.parse(blocked_until) > at)
    if (blocked) return Math.ceil((Date.parse(blocked.blocked_until!) - at) / 1000)
    await store.put(
      tx,
      rows.map((row, index) => counted(row, limits[index]![0], at)),
    )
    return 0
  }

  const know = async (tx: Tx, names: readonly string[], networkName: string, knownUntilMs: number) => {
    const { seconds, renewAfterSeconds } = knownNetwork
    if (knownUntilMs > nowMs() + (seconds - renewAfterSeconds) * 1000) return
    const rows = names.map((name) => ({
      key: keyOf(knownNetwork, name, networkName),
      count: 0,
      window_ends_at: fromNow(seconds),
      blocked_until: null,
    }))
    if (rows.length > 0) await store.put(tx, rows)
  }

  return {
    /**
     * Counts an attempt at an account. `name` is what was typed, in canonical form. From a network that the account
     * knows it has a counter of its own; from all others it counts against the one that they share as well.
     * @throws too_many_requests with the seconds to wait; dependency_unavailable when it cannot be counted, whatever the
     * reason. Nothing may be verified then
     */
    async begin(name: string, networkName: string): Promise<Attempt> {
      if (needs.mode === 'off') return { succeeded: async () => {} }
      const own = keyOf(accountFromNetwork, name, networkName)
      const everywhere = keyOf(account, name)
      const hourly = keyOf(networkHourly, networkName)
      let knownUntilMs = 0
      const counting = needs.database.transaction(
        async (tx) => {
          knownUntilMs =
            Date.parse((await store.findEnd(tx, keyOf(knownNetwork, name, networkName))) ?? '') || 0
          return count(tx, [
            [network, keyOf(network, networkName)],
            [networkHourly, hourly],
            [accountFromNetwork, own],
            ...(knownUntilMs > nowMs() ? [] : [[account, everywhere] as const]),
          ])
        },
        { volatile: true },
      )
      const waitSeconds = await counting.catch((error) => {
        throw isAppError(error) ? error : new AppError('dependency_unavailable', { cause: error })
      })
      if (waitSeconds > 0) throw tooMany(waitSeconds)
      return {
        async succeeded(tx, names = []) {
          // In the order in which `begin` takes the rows, so that the two seldom wait for each other.
          await store.giveBack(tx, hourly)
          // Whoever enters from a network that is known does not free the way for the rest of the world.
          await store.delete(tx, knownUntilMs > nowMs() ? [own] : [own, everywhere])
          await know(tx, names, networkName, knownUntilMs)
        },
      }
    },

    /**
     * Counts a use of anything else that is bounded, such as mails to one address, in the transaction of that use.
     * @returns the seconds to wait; 0 when it is allowed
     */
    async use(tx: Tx, limits: readonly Limit[], ...parts: string[]): Promise<number> {
      if (needs.mode === 'off') return 0
      return count(
        tx,
        limits.map((limit) => [limit, keyOf(limit, ...parts)]),
      )
    },

    /** Somebody proved that the account is theirs: it starts afresh under each of its names. */
    async forgive(tx: Tx, names: readonly string[], networkName: string): Promise<void> {
      await store.delete(
        tx,
        names.flatMap((name) => [keyOf(accountFromNetwork, name, networkName), keyOf(account, name)]),
      )
    },

    /** Housekeeping: forgets up to `limit` windows that are over. */
    deleteEnded: (limit: number) =>
      needs.database.transaction((tx) => store.deleteEndedBefore(tx, instant(nowMs()), limit)),
  }
}

function tooMany(seconds: number): AppError {
  return new AppError('too_many_requests', {
    detail: `Too many attempts. Try again in ${seconds} seconds.`,
    retryAfterSeconds: seconds,
  })
}

function freshRow(limit: Limit, key: string, at: number): AttemptRow {
  return { key, count: 0, window_ends_at: instant(at + limit.windowSeconds * 1000), blocked_until: null }
}

function afresh(row: AttemptRow, limit: Limit, at: number): AttemptRow {
  return Date.parse(row.window_ends_at) <= at ? freshRow(limit, row.key, at) : row
}

/** The row after one more attempt; from the last free one on the next has to wait. */
function counted(row: AttemptRow, { free, wait }: Limit, at: number): AttemptRow {
  const count = row.count + 1
  if (count < free) return { ...row, count }
  if (wait === 'rest of the window') return { ...row, count, blocked_until: row.window_ends_at }
  const seconds = Math.min(2 ** (count - free), wait.maxSeconds)
  return { ...row, count, blocked_until: instant(at + seconds * 1000) }
}
