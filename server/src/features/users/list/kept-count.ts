/** Counts of lists that the statistics already hold. The transaction of each change updates them. */
import type { UserQuery } from './user-query.ts'

/** The numbers of users in the statistics. All numbers except `deleted` exclude the recycle bin. */
export type UserTotals = {
  total: number
  active: number
  disabled: number
  unverified: number
  deleted: number
}

/** A function from the totals to the count of this query; undefined when the users must be counted. */
export function keptCountOf(query: UserQuery): ((totals: UserTotals) => number) | undefined {
  const { filters, deleted, words, role, group, hasFactor, withoutRoles } = query
  const isNarrowed = [role, group, hasFactor].some((each) => each !== undefined)
  if (isNarrowed || words.length > 0 || withoutRoles.length > 0 || filters.length > 1) return undefined
  const [filter] = filters
  if (filter === undefined) return ({ total, deleted: inBin }) => (deleted ? inBin : total)
  if (deleted || filter.op !== 'eq') return undefined
  if (filter.field.name === 'status')
    return ({ active, disabled }) => (filter.value === 'active' ? active : disabled)
  if (filter.field.name !== 'email_verified') return undefined
  return ({ total, unverified }) => (filter.value ? total - unverified : unverified)
}
