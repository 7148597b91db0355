/**
 * Lists and counts of users, as quick at a million as at a hundred. Each is read in the order of an index, from where
 * the last page ended; when a condition fits only few users, those are looked up first and the rest is never read.
 */
import { type RawBuilder, type SelectQueryBuilder, type SqlBool, sql } from 'kysely'
import type { Database } from '../../../database/database.ts'
import type { Tables } from '../../../database/schema/schema.ts'
import type { PageOf, Position } from '../../../page.ts'
import { asksForName, createFilterSql, lastLogin, never } from '../filter/sql.ts'
import type { ListedRow } from '../user.ts'
import { createNarrowing } from './narrow-store.ts'
import type { SortField, UserQuery } from './user-query.ts'

type Condition = RawBuilder<SqlBool>
type Select<O> = SelectQueryBuilder<Tables, 'users', O>

/** The number of users that are read in order first: a filter that matches many users finds enough among them. */
const glance = 2000

const sortKeys: Record<SortField, RawBuilder<string>> = {
  created_at: sql`users.created_at`,
  updated_at: sql`users.updated_at`,
  last_login_at: lastLogin,
  username: sql`users.username_key`,
  email: sql`users.email_key`,
}

export function createUserListStore(database: Database) {
  const { scan, dialect } = database
  const filterSql = createFilterSql(dialect)
  const narrow = createNarrowing(database, filterSql)

  const conditionsOf = (query: UserQuery): Condition[] => {
    const conditions = query.filters.map((filter) => filterSql.conditionOf(filter, 'check') as Condition)
    conditions.push(...query.words.map((word) => filterSql.contains(word) as Condition))
    if (query.role !== undefined) conditions.push(filterSql.holds(query.role) as Condition)
    if (query.group !== undefined) conditions.push(filterSql.inGroup(query.group) as Condition)
    if (query.hasFactor !== undefined) conditions.push(filterSql.hasFactor(query.hasFactor) as Condition)
    if (query.withoutRoles.length > 0) conditions.push(filterSql.holdsNone(query.withoutRoles) as Condition)
    conditions.push(presence(query.deleted))
    return conditions
  }

  const boundsOf = ({ filters, sort }: UserQuery): Condition[] => {
    const bounds = filters.flatMap(
      (filter) => filterSql.boundsOf(filter, sort, sortKeys[sort]) as Condition[],
    )
    const isSignedIn = sql<SqlBool>`${lastLogin} > ${sql.lit(never)}`
    return sort === 'last_login_at' && bounds.length > 0 ? [isSignedIn, ...bounds] : bounds
  }

  const restricted = <O>(
    select: Select<O>,
    conditions: readonly Condition[],
    seqs: readonly number[] | undefined,
  ): Select<O> => {
    const all =
      seqs === undefined
        ? conditions
        : [dialect.among(sql<number>`users.seq`, seqs) as Condition, ...conditions]
    return all.reduce((query, condition) => query.where(condition), select)
  }

  /** The rows of a page: `seqs` are looked up and sorted; without them the index of the order is read. */
  const read = (
    query: UserQuery,
    page: PageOf,
    seqs: readonly number[] | undefined,
    window?: Select<{ seq: number }>,
  ) => {
    const isWalk = seqs === undefined && window === undefined
    const key = isWalk ? sortKeys[query.sort] : dialect.unindexed(sortKeys[query.sort])
    const { order, descending } = directionOf(query, page)
    const conditions = [...(isWalk ? boundsOf(query) : []), ...conditionsOf(query)]
    if (page.position) conditions.push(beyond(key, page.position, descending))
    const from = scan.selectFrom('users').select('seq')
    const found = restricted(window ? from.where('seq', 'in', window) : from, conditions, seqs)
      .orderBy(key, order)
      .orderBy('users.id', order)
      .limit(page.limit + 1)
    return scan
      .selectFrom('users')
      .selectAll('users')
      .select((at) => dialect.rolesOf(at.ref('users.id')).as('roles'))
      .where('users.seq', 'in', found)
      .orderBy(dialect.unindexed(sortKeys[query.sort]), order)
      .orderBy('users.id', order)
      .execute()
  }

  /** The next users in order who can fit by their place in it, whether or not they do. */
  const nextInOrder = (query: UserQuery, page: PageOf): Select<{ seq: number }> => {
    const key = sortKeys[query.sort]
    const { order, descending } = directionOf(query, page)
    const select = scan.selectFrom('users').select('seq').where(presence(false))
    let window = restricted(select, boundsOf(query), undefined)
    if (page.position) window = window.where(beyond(key, page.position, descending))
    return window.orderBy(key, order).orderBy('users.id', order).limit(glance)
  }

  return {
    /** One more row than asked for, if there is one; in the order of the query also when the page is a previous one. */
    async list(query: UserQuery, page: PageOf): Promise<ListedRow[]> {
      const isSelective =
        query.words.length > 0 ||
        query.role !== undefined ||
        query.group !== undefined ||
        query.hasFactor !== undefined ||
        query.filters.length > 0
      if (isSelective && !query.deleted && !query.filters.some(asksForName)) {
        const rows = await read(query, page, undefined, nextInOrder(query, page))
        if (rows.length > page.limit) return inListOrder(rows, page)
      }
      const seqs = await narrow(query)
      return seqs?.length === 0 ? [] : inListOrder(await read(query, page, seqs), page)
    },

    async count(query: UserQuery): Promise<number> {
      const seqs = await narrow(query)
      const select = scan.selectFrom('users').select((at) => at.fn.countAll<number>().as('count'))
      const { count } = await restricted(select, conditionsOf(query), seqs).executeTakeFirstOrThrow()
      return Number(count)
    },
  }
}

/** Where a page that ends (or begins) with this user goes on. */
export function positionOf(row: ListedRow, sort: SortField): Position {
  const value = {
    created_at: row.created_at,
    updated_at: row.updated_at,
    last_login_at: row.last_login_at ?? never,
    username: row.username_key,
    email: row.email_key,
  }[sort]
  return [value, row.id]
}

/** A previous page is read from its end. */
function inListOrder(rows: ListedRow[], { direction }: PageOf): ListedRow[] {
  return direction === 'prev' ? rows.reverse() : rows
}

function directionOf(query: UserQuery, page: PageOf): { order: 'asc' | 'desc'; descending: boolean } {
  const descending = query.descending !== (page.direction === 'prev')
  return { order: descending ? 'desc' : 'asc', descending }
}

function presence(deleted: boolean): Condition {
  return deleted ? sql<SqlBool>`users.deleted_at is not null` : sql<SqlBool>`users.deleted_at is null`
}

function beyond(key: RawBuilder<string>, [value, id]: readonly unknown[], descending: boolean): Condition {
  return descending
    ? sql<SqlBool>`(${key}, users.id) < (${value}, ${id})`
    : sql<SqlBool>`(${key}, users.id) > (${value}, ${id})`
}
