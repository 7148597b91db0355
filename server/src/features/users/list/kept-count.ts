/** Which lists are counted without reading them: the statistics keep these numbers in the transaction of each change. */
import type { UserQuery } from './user-query.ts'

/** Users by what the statistics count; all but `deleted` leave out the recycle bin. */
export type UserTotals = {
  total: number
  active: number
  disabled: number
  unverified: number
  deleted: number
}

/** How to take the number of users of this query from the totals; undefined when the users must be counted. */
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
