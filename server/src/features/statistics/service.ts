/**
 * Counters that are kept in the transaction of each change, so that no request counts a million rows. A transaction only
 * adds rows to `counter_changes`; housekeeping adds them to the counters. The counters of users are split by ranges of
 * rows (buckets): one bucket can be counted again in one statement, which repairs its counters.
 */
import { fromNow, now } from '../../clock.ts'
import type { Database, Tx } from '../../database/database.ts'
import { type CounterChange, createStatisticsStore, userCounters } from './store.ts'

/** The number of rows of users in one bucket. */
const portionSize = 10_000
const foldedAtOnce = 2000
const daily = ['created', 'sign_ins', 'active'] as const

/** The values of a user that are counted. */
type Counted = {
  seq: number
  disabled_at: string | null
  email_verified_at: string | null
  deleted_at: string | null
}

type Totals = { total: number; active: number; disabled: number; unverified: number; deleted: number }

export type Numbers = {
  at: string
  users: Totals
  days: { day: string; created: number; sign_ins: number; active: number }[]
}

export type Counters = ReturnType<typeof createCounters>

export function createCounters(database: Database) {
  const store = createStatisticsStore(database)
  const readTotals = async (): Promise<Totals> => {
    const totals = await store.totals(userCounters)
    const total = (name: (typeof userCounters)[number]) => Math.max(0, totals.get(name) ?? 0)
    return {
      total: total('users'),
      active: Math.max(0, total('users') - total('disabled')),
      disabled: total('disabled'),
      unverified: total('unverified'),
      deleted: total('deleted'),
    }
  }
  return {
    /** Counts new users by the day of their creation. */
    async usersCreated(tx: Tx, users: readonly (Counted & { created_at: string })[]): Promise<void> {
      const days = users.map(({ created_at }) => ({
        name: 'created',
        bucket: created_at.slice(0, 10),
        amount: 1,
      }))
      await store.add(tx, sumOf([...users.flatMap((user) => changesOf(user, 1)), ...days]))
    },

    /** Counts the change of a user; null after the user was erased. */
    async userChanged(tx: Tx, before: Counted, after: Counted | null): Promise<void> {
      const changes = sumOf([...changesOf(before, -1), ...(after ? changesOf(after, 1) : [])])
      if (changes.length > 0) await store.add(tx, changes)
    },

    /** Counts a sign-in, and whether it is the user's first one of the day. */
    async signedIn(tx: Tx, at: string, isFirstOfDay: boolean): Promise<void> {
      const bucket = at.slice(0, 10)
      const names = isFirstOfDay ? (['sign_ins', 'active'] as const) : (['sign_ins'] as const)
      await store.add(
        tx,
        names.map((name) => ({ name, bucket, amount: 1 })),
      )
    },

    /** The current numbers of users. */
    readTotals,

    /** The current numbers, and those of the last `days` days (UTC), including today. */
    async read(days: number): Promise<Numbers> {
      const dates = Array.from({ length: days }, (_, ago) => fromNow(-ago * 86_400).slice(0, 10)).reverse()
      const [users, series] = await Promise.all([readTotals(), store.since(daily, dates[0] ?? '')])
      const byDay = new Map(series.map(({ name, bucket, amount }) => [`${name} ${bucket}`, amount]))
      return {
        at: now(),
        users,
        days: dates.map((day) => ({
          day,
          created: byDay.get(`created ${day}`) ?? 0,
          sign_ins: byDay.get(`sign_ins ${day}`) ?? 0,
          active: byDay.get(`active ${day}`) ?? 0,
        })),
      }
    },

    /** Housekeeping: adds some of the changes to the counters. @returns their number */
    fold: (): Promise<number> => database.transaction((tx) => store.fold(tx, foldedAtOnce)),

    /** Housekeeping: counts one bucket of users and corrects its counters. @returns 0 after the last user */
    async repair(portion: number): Promise<number> {
      const from = portion * portionSize
      if (from > (await store.lastSeq())) return 0
      await database.transaction(async (tx) => {
        const wrong = await store.difference(tx, String(portion), from, from + portionSize)
        if (wrong.length > 0) await store.add(tx, wrong)
      })
      return 1
    },
  }
}

function changesOf(user: Counted, amount: 1 | -1): CounterChange[] {
  const bucket = String(Math.floor(Number(user.seq) / portionSize))
  const names =
    user.deleted_at !== null
      ? ['deleted']
      : [
          'users',
          ...(user.disabled_at === null ? [] : ['disabled']),
          ...(user.email_verified_at === null ? ['unverified'] : []),
        ]
  return names.map((name) => ({ name, bucket, amount }))
}

/** One change for each counter; changes of 0 are left out. */
function sumOf(changes: readonly CounterChange[]): CounterChange[] {
  const sums = new Map<string, CounterChange>()
  for (const change of changes) {
    const key = `${change.name} ${change.bucket}`
    sums.set(key, { ...change, amount: (sums.get(key)?.amount ?? 0) + change.amount })
  }
  return [...sums.values()].filter(({ amount }) => amount !== 0)
}
