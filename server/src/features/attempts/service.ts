/**
 * Limits guessing. Every attempt is counted in the database, which all replicas share, before a password is verified.
 * Unknown names are counted in the same way, so the answer does not reveal them.
 */
import { createHmac, type KeyObject } from 'node:crypto'
import { fromNow, instant, nowMs } from '../../clock.ts'
import type { Database, Tx } from '../../database/database.ts'
import { AppError, isAppError } from '../../errors.ts'
import { isEntered, isSpent } from './known.ts'
import {
  byAccount,
  byName,
  knownNetwork,
  type Limit,
  network,
  networkHourly,
  networkOfKnown,
  unknownNameBuckets,
  unknownNames,
  widened,
} from './limits.ts'
import { type AttemptRow, createAttemptStore } from './store.ts'
import { createUnlocking } from './unlocking.ts'

export type { Limit } from './limits.ts'

export type Attempted = {
  /** The typed name, in canonical form. */
  name: string
  /** The account with this name; undefined for an unknown name. */
  accountId: string | undefined
  address: string
  /** A browser that the account trusts. It counts like a known network, in any network. */
  browser?: string | undefined
  /**
   * Called before the attempt is counted, with whether the account knows the network. It may throw to refuse the attempt.
   */
  admit?: (isKnown: boolean) => void
}

export type Attempt = {
  /**
   * Whether the password may be compared. It is false when the account had too many attempts under its other names; the
   * answer is then the same as for a wrong password.
   */
  mayVerify: boolean
  /** Whether the account signed in from this network recently. */
  isKnown: boolean
  /** Whether the account does not know the network yet. False when rate limits are off. */
  isNewNetwork: boolean
  /**
   * The password was right: resets the counters of the account under each of `names`, and refunds the attempt to the
   * networks.
   */
  succeeded(tx: Tx, names: readonly string[]): Promise<void>
  /** The sign-in is complete: stores the network as known to the account. */
  entered(tx: Tx): Promise<void>
  /**
   * The password was wrong. If the account does not count it, the known network does. If neither does, because the
   * account or its password does not exist, an unused counter is increased, so that the work is the same.
   */
  failed(tx: Tx, isCountedForAccount: boolean): Promise<void>
}

/** A limit and the key of its counter. */
type Use = readonly [limit: Limit, key: string]

export type Attempts = ReturnType<typeof createAttempts>

type Needs = {
  database: Database
  key: KeyObject
  mode: 'on' | 'off'
  /** The networks that contain an address, the narrowest first. */
  networksOf(address: string): readonly [string, ...string[]]
}

export function createAttempts(needs: Needs) {
  const { networksOf } = needs
  const store = createAttemptStore(needs.database)
  const digest = (...parts: string[]) =>
    createHmac('sha256', needs.key).update(JSON.stringify(parts)).digest()
  const keyOf = (limit: { name: string }, ...parts: string[]) =>
    `${limit.name}:${digest(...parts)
      .toString('base64url')
      .slice(0, 27)}`
  const unknownSubjectOf = (name: string) => `unknown ${digest(name).readUInt32BE() % unknownNameBuckets}`
  const wide = (limit: Limit, networks: readonly string[]): Use[] =>
    networks.map((one, step) => [widened(limit, step), keyOf(widened(limit, step), one)])

  /**
   * Counts the attempt in all limits, or in none if one of `open` is used up. If one of `silent` is used up, the silent
   * limits are not counted and the attempt is `hollow`.
   * @returns the seconds to wait; 0 when the attempt is allowed
   */
  const count = async (tx: Tx, open: readonly Use[], silent: readonly Use[] = []) => {
    const at = nowMs()
    const uses = [...open, ...silent]
    const taken = await store.take(
      tx,
      uses.map(([limit, key]) => freshRow(limit, key, at)),
    )
    const rows = uses.map(([limit], index) => resetIfExpired(taken[index]!, limit, at))
    const isBlocked = ({ blocked_until: until }: AttemptRow) => until !== null && Date.parse(until) > at
    const blocked = rows.slice(0, open.length).find(isBlocked)
    if (blocked)
      return { waitSeconds: Math.ceil((Date.parse(blocked.blocked_until!) - at) / 1000), isHollow: false }
    const isHollow = rows.slice(open.length).some(isBlocked)
    await store.put(
      tx,
      rows
        .slice(0, isHollow ? open.length : rows.length)
        .map((row, index) => counted(row, uses[index]![0], at)),
    )
    return { waitSeconds: 0, isHollow }
  }

  const know = async (tx: Tx, key: string, row: AttemptRow | undefined) => {
    const { windowSeconds: seconds, renewAfterSeconds } = knownNetwork
    const renewedMs = Date.parse(row?.window_ends_at ?? '') || 0
    if (row?.count === 0 && renewedMs > nowMs() + (seconds - renewAfterSeconds) * 1000) return
    await store.put(tx, [{ key, count: 0, window_ends_at: fromNow(seconds), blocked_until: null }])
  }

  /** The counters of an account for each of its names: those of one network and, unless `onlyHere`, those of all others. */
  const countersOf = (subject: string, names: readonly string[], own: string, onlyHere: boolean) => {
    const both = (by: typeof byName, who: string) =>
      onlyHere ? [keyOf(by.network, who, own)] : [keyOf(by.network, who, own), keyOf(by.everywhere, who)]
    return [...names.flatMap((name) => both(byName, name)), ...both(byAccount, subject)]
  }

  return {
    /**
     * Counts an attempt at an account. Attempts from other networks do not count for a known network.
     * @throws too_many_requests with the seconds to wait; dependency_unavailable when it cannot be counted. The caller
     * must then verify nothing
     */
    async begin({ name, accountId, address, browser, admit }: Attempted): Promise<Attempt> {
      // Computed for every attempt, because the time of the keyed hashes is measurable.
      const unknownSubject = unknownSubjectOf(name)
      const unknown = freshRow(byName.everywhere, keyOf(unknownNames, unknownSubject), nowMs())
      if (needs.mode === 'off') {
        admit?.(true)
        return {
          mayVerify: true,
          isKnown: false,
          isNewNetwork: false,
          succeeded: async () => {},
          entered: async () => {},
          failed: (tx, isCountedForAccount) => store.addOne(tx, isCountedForAccount ? undefined : unknown),
        }
      }
      const networks = networksOf(address)
      const subject = accountId ?? unknownSubject
      const networkKey = keyOf(knownNetwork, subject, networks[0])
      let known: AttemptRow | undefined
      let isKnown = false
      let isNewNetwork = false
      /** The origin of the attempt, and the row that shows whether the account knows it. */
      let own: string = networks[0]
      let ownKey = networkKey
      let used: Use[] = []
      const counting = needs.database.transaction(
        async (tx) => {
          known = await store.find(tx, networkKey)
          isNewNetwork = !isEntered(known)
          isKnown = !isNewNetwork
          if (isNewNetwork && browser !== undefined) {
            own = `browser ${browser}`
            ownKey = keyOf(knownNetwork, subject, own)
            isKnown = !isSpent(await store.find(tx, ownKey))
          }
          admit?.(isKnown)
          used = isKnown
            ? [[networkOfKnown, keyOf(networkOfKnown, own)]]
            : [...wide(network, networks), ...wide(networkHourly, networks)]
          const counters = (by: typeof byName, who: string): Use[] => [
            [by.network, keyOf(by.network, who, own)],
            ...(isKnown ? [] : [[by.everywhere, keyOf(by.everywhere, who)] as const]),
          ]
          return count(tx, [...used, ...counters(byName, name)], counters(byAccount, subject))
        },
        { volatile: true },
      )
      const { waitSeconds, isHollow } = await counting.catch((error) => {
        throw isAppError(error) ? error : new AppError('dependency_unavailable', { cause: error })
      })
      if (waitSeconds > 0) throw tooMany(waitSeconds)
      return {
        mayVerify: !isHollow,
        isKnown,
        isNewNetwork,
        async succeeded(tx, names) {
          // In the order in which `begin` locks the rows, so that the two rarely wait for each other.
          for (const [, key] of used) await store.giveBack(tx, key)
          // A sign-in from a known network does not reset the counters of other networks.
          const counters = countersOf(subject, names, own, isKnown)
          await store.delete(tx, ownKey === networkKey ? counters : [...counters, ownKey])
        },
        entered: (tx) => know(tx, networkKey, known),
        failed(tx, isCountedForAccount) {
          // A network that is no longer known must not become known again.
          const limit = isNewNetwork ? knownNetwork : { windowSeconds: 0 }
          const counter = isKnown ? freshRow(limit, ownKey, nowMs()) : unknown
          return store.addOne(tx, isCountedForAccount ? undefined : counter)
        },
      }
    },

    /** Whether the account signed in from the network of this IP address recently. */
    async knows(tx: Tx, accountId: string, address: string): Promise<boolean> {
      return isEntered(await store.find(tx, keyOf(knownNetwork, accountId, networksOf(address)[0])))
    },

    /**
     * A sign-in of several steps is complete: stores the network of this address as known to the account. @returns
     * whether it was unknown before; false when rate limits are off
     */
    async enter(tx: Tx, accountId: string, address: string): Promise<boolean> {
      if (needs.mode === 'off') return false
      const key = keyOf(knownNetwork, accountId, networksOf(address)[0])
      const row = await store.find(tx, key)
      await know(tx, key, row)
      return !isEntered(row)
    },

    /**
     * Counts another limited action, such as a mail to an address, in the transaction of the action: in each limit under
     * its subject, or in none if one of them is used up.
     * @returns the seconds to wait; 0 when it is allowed
     */
    async use(tx: Tx, ...uses: readonly (readonly [Limit, ...string[]])[]): Promise<number> {
      if (needs.mode === 'off') return 0
      const counted = uses.map(([limit, ...parts]) => [limit, keyOf(limit, ...parts)] as const)
      return (await count(tx, counted)).waitSeconds
    },

    /** Undoes the count of a use that succeeded. */
    giveBack: (tx: Tx, limit: Limit, ...parts: readonly string[]): Promise<void> =>
      store.giveBack(tx, keyOf(limit, ...parts)),

    /** The same for each network that contains the address; a wider network has a higher limit. */
    async useOfNetwork(tx: Tx, address: string, ...limits: readonly Limit[]): Promise<number> {
      if (needs.mode === 'off') return 0
      const networks = networksOf(address)
      const uses = limits.flatMap((limit) => wide(limit, networks))
      return (await count(tx, uses)).waitSeconds
    },

    /** The user has proven ownership of the account: resets its counters for each of its names. */
    async forgive(tx: Tx, accountId: string, names: readonly string[], address: string): Promise<void> {
      await store.delete(tx, countersOf(accountId, names, networksOf(address)[0], false))
    },

    ...createUnlocking(needs.database, store, (accountId, names, addresses) => {
      const networks = [...new Set(addresses.map((address) => networksOf(address)[0]))]
      return [
        ...countersOf(accountId, names, '', false),
        ...networks.flatMap((own) => countersOf(accountId, names, own, true)),
      ]
    }),

    /** Housekeeping: deletes up to `limit` windows that have ended. */
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

function freshRow(limit: Pick<Limit, 'windowSeconds'>, key: string, at: number): AttemptRow {
  return { key, count: 0, window_ends_at: instant(at + limit.windowSeconds * 1000), blocked_until: null }
}

function resetIfExpired(row: AttemptRow, limit: Limit, at: number): AttemptRow {
  return Date.parse(row.window_ends_at) <= at ? freshRow(limit, row.key, at) : row
}

/** The row after one more attempt. After the last free attempt, the next one must wait. */
function counted(row: AttemptRow, { free, wait }: Limit, at: number): AttemptRow {
  const count = row.count + 1
  if (count < free) return { ...row, count }
  if (wait === 'rest of the window') return { ...row, count, blocked_until: row.window_ends_at }
  const seconds = Math.min(2 ** (count - free), wait.maxSeconds)
  return { ...row, count, blocked_until: instant(at + seconds * 1000) }
}
