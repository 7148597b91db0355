/** Which users must have a second factor, and until when they may do without. */
import { instant, now } from '../../clock.ts'
import type { Database, Tx } from '../../database/database.ts'
import { AppError } from '../../errors.ts'
import type { FactorStore } from './store.ts'

export const factorPolicies = ['optional', 'administrators', 'everybody'] as const
export type FactorPolicyName = (typeof factorPolicies)[number]

/** What the policy asks of a user. */
export type FactorState = { required: boolean; enrolled: boolean; due_at: string | null; overdue: boolean }

const graceMs = 7 * 24 * 3600 * 1000

export type FactorPolicy = ReturnType<typeof createFactorPolicy>

export function createFactorPolicy(name: FactorPolicyName, database: Database, store: FactorStore) {
  const asks = (permissions: ReadonlySet<string>): boolean =>
    name === 'everybody' || (name === 'administrators' && permissions.size > 0)

  /** The grace begins when the user is first met without a factor. */
  const since = async (userId: string): Promise<string> => {
    const known = await store.findDuty(userId)
    if (known !== undefined) return known
    const at = now()
    await database.transaction((tx) => store.insertDuty(tx, { user_id: userId, since: at }))
    return at
  }

  return {
    /** From when a user without a factor may only add one; null when the policy asks nothing or is fulfilled. */
    async enrolBy(userId: string, permissions: ReadonlySet<string>): Promise<string | null> {
      if (!asks(permissions) || (await store.isRequired(userId))) return null
      return instant(Date.parse(await since(userId)) + graceMs)
    },

    async stateOf(userId: string, permissions: ReadonlySet<string>): Promise<FactorState> {
      const enrolled = await store.isRequired(userId)
      const due_at = enrolled ? null : await this.enrolBy(userId, permissions)
      return { required: asks(permissions), enrolled, due_at, overdue: due_at !== null && due_at <= now() }
    },

    /** @throws last_factor when a user who needs one has none left */
    keepOne(permissions: ReadonlySet<string>, hasFactor: boolean): void {
      if (!hasFactor && asks(permissions)) throw new AppError('last_factor')
    },

    /** A factor was added. Losing it later begins a new grace. */
    fulfilled: (tx: Tx, userId: string): Promise<void> => store.deleteDuty(tx, userId),
  }
}
