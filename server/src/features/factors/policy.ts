/** Which users must have a second factor, and by when. */

import type { Caller } from '../../caller.ts'
import { instant, now } from '../../clock.ts'
import type { Database, Tx } from '../../database/database.ts'
import { AppError } from '../../errors.ts'
import type { RoleLookup } from '../roles/lookup.ts'
import type { FactorStore } from './store.ts'

export const factorPolicies = ['optional', 'administrators', 'everybody'] as const
export type FactorPolicyName = (typeof factorPolicies)[number]

/** The requirements of the policy for a user. */
export type FactorState = { required: boolean; enrolled: boolean; due_at: string | null; overdue: boolean }

const graceMs = 7 * 24 * 3600 * 1000

export type FactorPolicy = ReturnType<typeof createFactorPolicy>

type Needs = {
  database: Database
  policy: FactorPolicyName
  /** Whether a mailed code counts as the second step. */
  byMail: boolean
  roles: Pick<RoleLookup, 'requireFactor' | 'permissionsOf' | 'heldBy'>
}

export function createFactorPolicy({ database, policy, byMail, roles }: Needs, store: FactorStore) {
  const asks = async (names: readonly string[]): Promise<boolean> =>
    policy === 'everybody' ||
    (policy === 'administrators' && (await roles.permissionsOf(names)).size > 0) ||
    roles.requireFactor(names)

  /** The grace period begins with the first request of the user without a factor. */
  const since = async (userId: string): Promise<string> => {
    const known = await store.findDuty(userId)
    if (known !== undefined) return known
    const at = now()
    await database.transaction((tx) => store.insertDuty(tx, { user_id: userId, since: at }))
    return at
  }

  /**
   * The time from which a user without a factor may only add one; null when the policy requires none or the user has
   * one.
   * @param methods the authentication methods of the session
   */
  const enrolBy = async (
    userId: string,
    roleNames: readonly string[],
    methods: readonly string[] = [],
  ): Promise<string | null> => {
    if (byMail && isMailedSecond(methods)) return null
    if (!(await asks(roleNames)) || (await store.isRequired(userId))) return null
    return instant(Date.parse(await since(userId)) + graceMs)
  }
  const isOver = (dueAt: string | null): boolean => dueAt !== null && dueAt <= now()

  return {
    enrolBy,

    /**
     * Whether work that the user started with a request must stop, because a second factor is overdue.
     * @param enrolBy that of the request. If codes are mailed, a session with one has none.
     */
    async isOverdue(caller: Pick<Caller, 'userId' | 'enrolBy'>): Promise<boolean> {
      const { userId } = caller
      if (userId === null || (byMail && caller.enrolBy == null)) return false
      return isOver(await enrolBy(userId, await roles.heldBy(userId)))
    },

    async stateOf(
      userId: string,
      roleNames: readonly string[],
      methods: readonly string[] = [],
    ): Promise<FactorState> {
      const enrolled = await store.isRequired(userId)
      const due_at = enrolled ? null : await enrolBy(userId, roleNames, methods)
      return { required: await asks(roleNames), enrolled, due_at, overdue: isOver(due_at) }
    },

    /** Called before the last factor of a user is removed. @throws last_factor when the policy requires one */
    async needNone(tx: Tx, userId: string): Promise<void> {
      if (await asks(await roles.heldBy(userId, tx))) throw new AppError('last_factor')
    },

    /** Called when a factor was added: losing it later begins a new grace period. */
    fulfilled: (tx: Tx, userId: string): Promise<void> => store.deleteDuty(tx, userId),
  }
}

/** The methods of a session that was opened with another method and then a mailed code. */
function isMailedSecond(methods: readonly string[]): boolean {
  return methods.length === 2 && methods[1] === 'email' && methods[0] !== 'email'
}
