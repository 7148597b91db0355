/** Filters as SQL; `evaluate.ts` is the reference for their semantics. */
import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Dialect } from '../../../database/database.ts'
import { firstEmailKey } from '../names/email.ts'
import {
  type Filter,
  type FilterComparison,
  type FilterField,
  type FilterFieldName,
  type FilterValue,
  isJsonField,
  type JsonField,
} from './filter.ts'

type Condition = Expression<SqlBool>
type Column = RawBuilder<string | null>

/** The purpose of the condition: to look up candidates in an index, or to check rows that were read in another way. */
export type Use = 'look up' | 'check'

const columns: Record<Exclude<FilterFieldName, 'roles' | 'status' | 'email_verified'>, Column> = {
  id: sql`users.id`,
  username: sql`users.username_key`,
  email: sql`users.email_key`,
  first_name: sql`users.first_name_key`,
  last_name: sql`users.last_name_key`,
  external_id: sql`users.external_id`,
  created_at: sql`users.created_at`,
  updated_at: sql`users.updated_at`,
  last_login_at: sql`users.last_login_at`,
}
/** The address; null for users without one, whose `email_key` holds a placeholder. */
const email: Column = sql`users.email`
const jsonColumns = { metadata: sql<string>`users.metadata`, profile: sql<string>`users.profile` }
/** The last sign-in in the form of its index; users who never signed in have the smallest value. */
export const never = '0001-01-01T00:00:00.000Z'
export const lastLogin = sql<string>`coalesce(users.last_login_at, ${sql.lit(never)})`

const searched: ReadonlySet<string> = new Set(['username', 'email', 'first_name', 'last_name'])
const comparators = { eq: sql`=`, gt: sql`>`, ge: sql`>=`, lt: sql`<`, le: sql`<=` }
const isTrue = sql<SqlBool>`1 = 1`
const isFalse = sql<SqlBool>`1 = 0`

export function createFilterSql(dialect: Dialect) {
  const ofText = (column: Column, op: FilterComparison['op'], value: string): Condition => {
    switch (op) {
      case 'co':
        return value === '' ? isTrue : dialect.contains(column, value)
      case 'sw':
        return value === '' ? isTrue : startsWith(column, value)
      case 'ew':
        return value === '' ? isTrue : dialect.endsWith(column, value)
      default:
        return sql<SqlBool>`${column} ${comparators[op]} ${value}`
    }
  }

  /** Compares a value in JSON, whose type is not null. */
  const ofValue = (
    type: RawBuilder<unknown>,
    text: Column,
    op: FilterComparison['op'],
    value: FilterValue,
  ): Condition => {
    if (typeof value === 'boolean') return sql<SqlBool>`${type} = ${String(value)}`
    if (typeof value === 'string') return sql<SqlBool>`(${type} = 'string' and ${ofText(text, op, value)})`
    if (op === 'co' || op === 'sw' || op === 'ew') return isFalse
    const number = sql`cast(${text} as double precision)`
    return sql<SqlBool>`case when ${type} = 'number' then ${number} ${comparators[op]} ${sql.lit(value)} else ${isFalse} end`
  }
  const hasElement = (field: JsonField, condition: Condition): Condition =>
    sql<SqlBool>`exists (select 1 from ${dialect.jsonElements(jsonColumns[field.name], field.path)} as element where ${condition})`

  /**
   * Excludes most rows without parsing their JSON: `JSON.stringify` wrote it, and always writes a value in the same
   * way.
   */
  const hasText = (field: JsonField, value: FilterValue): Condition =>
    dialect.contains(sql<string>`cast(${jsonColumns[field.name]} as text)`, JSON.stringify(value))

  const ofJson = (field: JsonField, op: FilterComparison['op'], value: FilterValue): Condition => {
    const member = dialect.jsonMember(jsonColumns[field.name], field.path)
    const type = sql`coalesce(${member.type}, '')`
    const element = hasElement(field, ofValue(sql`element.type`, sql`element.text`, op, value))
    const holds = sql<SqlBool>`(${ofValue(type, member.text, op, value)} or (${type} = 'array' and ${element}))`
    return op === 'eq' ? sql<SqlBool>`(${hasText(field, value)} and ${holds})` : holds
  }

  const ofRoles = (condition: Condition): Condition =>
    sql<SqlBool>`exists (select 1 from user_roles where user_roles.user_id = ${dialect.unindexed(sql`users.id`)} and ${condition})`

  /** The column, in a form that lets the planner use its index or prevents this. */
  const used = (column: Column, use: Use): Column => (use === 'look up' ? column : dialect.unindexed(column))

  const ofComparison = ({ field, op, value }: FilterComparison, use: Use): Condition => {
    if (isJsonField(field)) return ofJson(field, op, value)
    if (field.name === 'roles') return ofRoles(ofText(sql`user_roles.role`, op, String(value)))
    if (field.name === 'status') return isSet(used(sql`users.disabled_at`, use), value === 'disabled')
    if (field.name === 'email_verified') return isSet(used(sql`users.email_verified_at`, use), value === true)
    if (field.name === 'last_login_at' && use === 'look up')
      return sql<SqlBool>`(${lastLogin} > ${sql.lit(never)} and ${ofText(lastLogin, op, String(value))})`
    const column = used(columns[field.name], use)
    const given = field.name === 'email' ? email : column
    return sql<SqlBool>`(${given} is not null and ${ofText(column, op, String(value))})`
  }

  const ofPresence = (field: FilterField): Condition => {
    if (isJsonField(field)) {
      const { type, text } = dialect.jsonMember(jsonColumns[field.name], field.path)
      const present = sql`coalesce(${type}, 'null')`
      const isThere = (type: RawBuilder<unknown>, text: RawBuilder<unknown>) =>
        sql<SqlBool>`(${type} <> 'null' and not (${type} = 'string' and ${text} = ''))`
      const element = hasElement(field, isThere(sql`element.type`, sql`element.text`))
      return sql<SqlBool>`(case when ${present} = 'array' then ${element} else ${isThere(present, text)} end)`
    }
    if (field.name === 'roles') return ofRoles(isTrue)
    if (field.name === 'status' || field.name === 'email_verified') return isTrue
    const column = field.name === 'email' ? email : columns[field.name]
    if (field.name === 'created_at' || field.name === 'updated_at' || field.name === 'last_login_at')
      return sql<SqlBool>`${column} is not null`
    return sql<SqlBool>`(${column} is not null and ${column} <> '')`
  }

  const conditionOf = (filter: Filter, use: Use): Condition => {
    switch (filter.op) {
      case 'and':
        return joinedBy(
          filter.items.map((item) => conditionOf(item, use)),
          sql` and `,
        )
      case 'or':
        return joinedBy(
          filter.items.map((item) => conditionOf(item, use)),
          sql` or `,
        )
      case 'not':
        return use === 'look up' && isWithoutEmail(filter)
          ? sql<SqlBool>`users.email_key < ${firstEmailKey}`
          : sql<SqlBool>`not ${conditionOf(filter.item, 'check')}`
      case 'pr':
        return ofPresence(filter.field)
      default:
        return ofComparison(filter, use)
    }
  }

  return {
    conditionOf,
    /** The bounds of `key`, the position in the order of the list. All matching users are between them. */
    boundsOf: (filter: Filter, name: FilterFieldName, key: Column): Condition[] =>
      comparisonsOf(filter)
        .filter(({ field }) => field.name === name)
        .map(({ op, value }) => ofText(key, op, String(value))),
    /** Whether a user is in the group, directly or through groups in it. */
    inGroup: (group: string): Condition =>
      sql<SqlBool>`exists (select 1 from group_members where group_members.user_id = ${dialect.unindexed(sql`users.id`)} and group_members.group_id in (select group_tree.group_id from group_tree where group_tree.ancestor_id = ${group}))`,
    /** Whether a user has a confirmed second factor, or has none. */
    hasFactor(has: boolean): Condition {
      const id = dialect.unindexed(sql`users.id`)
      const any = sql<SqlBool>`(exists (select 1 from totp_factors where totp_factors.user_id = ${id} and totp_factors.confirmed_at is not null) or exists (select 1 from passkeys where passkeys.user_id = ${id}))`
      return has ? any : sql<SqlBool>`not ${any}`
    },
    /** Whether a user has the role, directly or through groups. */
    holds(role: string): Condition {
      const id = dialect.unindexed(sql`users.id`)
      return sql<SqlBool>`(exists (select 1 from user_roles where user_roles.user_id = ${id} and user_roles.role = ${role}) or exists (select 1 from group_members where group_members.user_id = ${id} and group_members.group_id in (select group_tree.group_id from group_roles inner join group_tree on group_tree.ancestor_id = group_roles.group_id where group_roles.role = ${role})))`
    },
    /** Whether a user has none of these roles, neither directly nor through groups. */
    holdsNone(roles: readonly string[]): Condition {
      const id = dialect.unindexed(sql`users.id`)
      const names = sql.join(roles.map((role) => sql`${role}`))
      return sql<SqlBool>`not exists (select 1 from user_roles where user_roles.user_id = ${id} and user_roles.role in (${names})) and not exists (select 1 from group_members cross join group_tree cross join group_roles where group_members.user_id = ${id} and group_tree.group_id = group_members.group_id and group_roles.group_id = group_tree.ancestor_id and group_roles.role in (${names}))`
    },
    /** Whether the search text of a user contains this folded text. */
    contains: (text: string): Condition => dialect.contains(sql<string>`users.search_text`, text),
  }
}

const bounding: ReadonlySet<string> = new Set(['eq', 'gt', 'ge', 'lt', 'le', 'sw'])

/** The ordered comparisons that hold for every matching user. */
function comparisonsOf(filter: Filter): FilterComparison[] {
  if (filter.op === 'and') return filter.items.flatMap(comparisonsOf)
  return 'value' in filter && bounding.has(filter.op) ? [filter] : []
}

/** A text that the search text of every matching user contains, if the filter implies one. */
export function searchedText(filter: Filter): string | undefined {
  if (!('field' in filter) || !('value' in filter) || !searched.has(filter.field.name)) return undefined
  const isPart =
    filter.op === 'co' ||
    filter.op === 'ew' ||
    (isPersonName(filter.field.name) && (filter.op === 'eq' || filter.op === 'sw'))
  return isPart && filter.value !== '' ? String(filter.value) : undefined
}

export type FilterSql = ReturnType<typeof createFilterSql>

const names: ReadonlySet<string> = new Set(['id', 'username', 'email', 'external_id'])

/** Whether the filter can match one user only, by a unique name. */
export function asksForName(filter: Filter): boolean {
  return filter.op === 'eq' && names.has(filter.field.name)
}

/** Whether any part of the filter compares a unique name. */
export function isAboutNames(filter: Filter): boolean {
  if (filter.op === 'not') return isAboutNames(filter.item)
  if ('items' in filter) return filter.items.some(isAboutNames)
  return names.has(filter.field.name)
}

/** The role that every matching user has, if the filter implies one. */
export function roleOf(filter: Filter): string | undefined {
  return filter.op === 'eq' && filter.field.name === 'roles' ? String(filter.value) : undefined
}

/** Whether an index can find the matching users without a scan. */
export function isIndexed(filter: Filter): boolean {
  switch (filter.op) {
    case 'and':
      return filter.items.some(isIndexed)
    case 'or':
      return filter.items.every(isIndexed)
    case 'not':
      return isWithoutEmail(filter)
    case 'pr':
      return false
    default:
      return isIndexedComparison(filter)
  }
}

/** Whether the filter compares one value in JSON. */
export function isJsonEquality(filter: Filter): boolean {
  return filter.op === 'eq' && isJsonField(filter.field)
}

/** Whether the filter matches only users without an e-mail address. */
function isWithoutEmail(filter: Filter): boolean {
  return filter.op === 'not' && filter.item.op === 'pr' && filter.item.field.name === 'email'
}

function isIndexedComparison({ field, op, value }: FilterComparison): boolean {
  if (isJsonField(field) || field.name === 'roles' || isPersonName(field.name) || value === '') return false
  return op !== 'co' && op !== 'ew'
}

/** First and last names have no index; the search index finds them. */
function isPersonName(name: string): boolean {
  return name === 'first_name' || name === 'last_name'
}

function isSet(column: Column, set: boolean): Condition {
  return set ? sql<SqlBool>`${column} is not null` : sql<SqlBool>`${column} is null`
}

function joinedBy(conditions: Condition[], separator: RawBuilder<unknown>): Condition {
  return sql<SqlBool>`(${sql.join(conditions, separator)})`
}

/** The prefix as a range, which every index can use. It ends before the text whose last code point is one higher. */
function startsWith(column: Column, prefix: string): Condition {
  const letters = [...prefix]
  const last = letters.pop()!.codePointAt(0)!
  const end = last === 0xd7ff ? 0xe000 : last + 1
  if (end > 0x10ffff) return sql<SqlBool>`${column} >= ${prefix}`
  return sql<SqlBool>`(${column} >= ${prefix} and ${column} < ${letters.join('') + String.fromCodePoint(end)})`
}
