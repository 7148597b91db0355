/** The query of a list of users. */
import { isOneOf } from '../../../encoding/one-of.ts'
import { AppError } from '../../../errors.ts'
import { conjuncts, type Filter, type FilterFieldName } from '../filter/filter.ts'
import { parseFilter } from '../filter/parse.ts'
import { emailKey } from '../names/email.ts'
import { faultOfText, foldCase } from '../names/text.ts'
import { usernameKey } from '../names/username.ts'

export const sortFields = ['created_at', 'updated_at', 'last_login_at', 'username', 'email'] as const
export type SortField = (typeof sortFields)[number]

/** The query parameters after the schema has checked them; instants are in UTC with milliseconds. */
export type UserParameters = {
  username?: string
  email?: string
  status?: 'active' | 'disabled'
  role?: string
  group?: string
  email_verified?: boolean
  second_factor?: boolean
  external_id?: string
  created_after?: string
  created_before?: string
  q?: string
  filter?: string
  sort?: string
  deleted?: boolean
}

export type UserQuery = {
  /** Filters that must all be true. */
  filters: Filter[]
  /** A role that the users must have, directly or through groups. */
  role: string | undefined
  /** Folded words. The username, the e-mail address or a name must contain each of them. */
  words: readonly string[]
  /** The id of a group that the users must be in, directly or through its groups. */
  group: string | undefined
  /** true: only users with a second factor; false: only users without one. */
  hasFactor: boolean | undefined
  /** Roles that the users must not have, directly or through groups. */
  withoutRoles: readonly string[]
  deleted: boolean
  sort: SortField
  descending: boolean
}

/** Parameters and filter as one query. @throws invalid_parameter or invalid_filter naming the fault */
export function readUserQuery(parameters: UserParameters): UserQuery {
  const filters: Filter[] = []
  const add = (op: 'eq' | 'ge' | 'lt', name: FilterFieldName, value: string | boolean) =>
    filters.push({ op, field: { name }, value })
  if (parameters.username !== undefined)
    add('eq', 'username', usernameKey(checked('username', parameters.username)))
  if (parameters.email !== undefined) add('eq', 'email', emailKey(checked('email', parameters.email)))
  if (parameters.status !== undefined) add('eq', 'status', parameters.status)
  if (parameters.email_verified !== undefined) add('eq', 'email_verified', parameters.email_verified)
  if (parameters.external_id !== undefined)
    add('eq', 'external_id', checked('external_id', parameters.external_id))
  if (parameters.created_after !== undefined) add('ge', 'created_at', parameters.created_after)
  if (parameters.created_before !== undefined) add('lt', 'created_at', parameters.created_before)
  if (parameters.filter !== undefined) filters.push(...conjuncts(parseFilter(parameters.filter)))
  return {
    filters,
    role: parameters.role === undefined ? undefined : checked('role', parameters.role),
    words: parameters.q === undefined ? [] : wordsOf(foldCase(checked('q', parameters.q))),
    group: parameters.group?.toLowerCase(),
    hasFactor: parameters.second_factor,
    withoutRoles: [],
    deleted: parameters.deleted ?? false,
    ...readSort(parameters.sort ?? '-created_at'),
  }
}

/** The words of a text. A word that is part of another one is left out. */
function wordsOf(text: string): string[] {
  const words = [...new Set(text.split(/\s+/u).filter(Boolean))]
  return words.filter((word) => !words.some((other) => other !== word && other.includes(word)))
}

function readSort(sort: string): { sort: SortField; descending: boolean } {
  const descending = sort.startsWith('-')
  const name = descending ? sort.slice(1) : sort
  if (!isOneOf(sortFields, name))
    throw new AppError('invalid_parameter', {
      detail: `sort: must be one of ${sortFields.join(', ')}, with \`-\` before it for the reverse order.`,
    })
  return { sort: name, descending }
}

function checked(name: string, value: string): string {
  const fault = faultOfText(value)
  if (fault)
    throw new AppError('invalid_parameter', {
      detail: `${name}: ${fault.detail}`,
      errors: [{ pointer: `/${name}`, ...fault }],
    })
  return value
}
