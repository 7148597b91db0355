/**
 * Lists and counts of users, as quick at a million as at a hundred. Each is read in the order of an index, from where
 * the last page ended; when a condition fits only few users, those are looked up first and the rest is never read.
 */
import { type Expression, type RawBuilder, type SelectQueryBuilder, type SqlBool, sql } from 'kysely'
import type { Database, Reader } from '../../../database/database.ts'
import type { Tables } from '../../../database/schema/schema.ts'
import type { PageOf, Position } from '../../../page.ts'
import type { Filter } from '../filter/filter.ts'
import { asksForName, createFilterSql, lastLogin, never } from '../filter/sql.ts'
import { type ShownRow, shownColumns, type UserRow } from '../user.ts'
import { createNarrowing } from './narrow-store.ts'
import type { SortField, UserQuery } from './user-query.ts'

/** What is shown of a user, and what pages are in the order of. */
export type ListRow = ShownRow & Pick<UserRow, 'username_key' | 'email_key'>

const listColumns = [...shownColumns, 'username_key', 'email_key'] as const

type Condition = Expression<SqlBool>
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
    const conditions = query.filters.map((filter) => filterSql.conditionOf(filter, 'check'))
    conditions.push(...query.words.map((word) => filterSql.contains(word)))
    if (query.role !== undefined) conditions.push(filterSql.holds(query.role))
    if (query.group !== undefined) conditions.push(filterSql.inGroup(query.group))
    if (query.hasFactor !== undefined) conditions.push(filterSql.hasFactor(query.hasFactor))
    if (query.withoutRoles.length > 0) conditions.push(filterSql.holdsNone(query.withoutRoles))
    conditions.push(presence(query.deleted))
    return conditions
  }

  const boundsOf = ({ filters, sort }: UserQuery): Condition[] => {
    const bounds = filters.flatMap((filter) => filterSql.boundsOf(filter, sort, sortKeys[sort]))
    const isSignedIn = sql<SqlBool>`${lastLogin} > ${sql.lit(never)}`
    return sort === 'last_login_at' && bounds.length > 0 ? [isSignedIn, ...bounds] : bounds
  }

  const where = <O>(select: Select<O>, conditions: readonly Condition[]): Select<O> =>
    conditions.reduce((query, condition) => query.where(condition), select)

  const inOrder = <O>(
    select: Select<O>,
    query: UserQuery,
    page: PageOf,
    key: RawBuilder<string>,
  ): Select<O> => {
    const { order } = directionOf(query, page)
    return select.orderBy(key, order).orderBy('users.id', order)
  }

  const behindPosition = (query: UserQuery, page: PageOf, key: RawBuilder<string>): Condition[] =>
    page.position ? [beyond(key, page.position, directionOf(query, page).descending)] : []

  const users = scan.selectFrom('users')
  const shownOf = (from: Reader) =>
    from
      .selectFrom('users')
      .select(listColumns)
      .select((at) => dialect.rolesOf(at.ref('users.id')).as('roles'))
  const shown = shownOf(scan)
  const shownByName = shownOf(database.read)

  /** The users of a page, whose `seq` are known; sorted, because there are few. */
  const show = (seqs: Select<{ seq: number }>, query: UserQuery, page: PageOf): Promise<ListRow[]> =>
    inOrder(
      shown.where('users.seq', 'in', seqs),
      query,
      page,
      dialect.unindexed(sortKeys[query.sort]),
    ).execute()

  /** Reads the index of the order from the position on, until the page is full. */
  const walk = (query: UserQuery, page: PageOf): Promise<ListRow[]> => {
    const key = sortKeys[query.sort]
    const conditions = [...boundsOf(query), ...conditionsOf(query), ...behindPosition(query, page, key)]
    return inOrder(where(shown, conditions), query, page, key)
      .limit(page.limit + 1)
      .execute()
  }

  /**
   * Looks only at the next users in order who can fit by their place in it. Both engines take them in that order, and stop
   * when the page is full.
   */
  const glanceAt = (query: UserQuery, page: PageOf): Promise<ListRow[]> => {
    const key = sortKeys[query.sort]
    const conditions = [presence(false), ...boundsOf(query), ...behindPosition(query, page, key)]
    const next = inOrder(where(users.selectAll(), conditions), query, page, key).limit(glance)
    const found = where(scan.selectFrom(next.as('users')).select('users.seq'), conditionsOf(query))
    return show(found.limit(page.limit + 1), query, page)
  }

  /** Looks up these users and sorts those that fit. */
  const lookUp = (query: UserQuery, page: PageOf, seqs: readonly number[]): Promise<ListRow[]> => {
    const key = dialect.unindexed(sortKeys[query.sort])
    const conditions = [among(seqs), ...conditionsOf(query), ...behindPosition(query, page, key)]
    const found = inOrder(where(users.select('seq'), conditions), query, page, key)
    return show(found.limit(page.limit + 1), query, page)
  }

  /** The only user who can fit, found by a name that only one has: a point read, without a thread of its own. */
  const findNamed = (query: UserQuery, page: PageOf, name: Filter): Promise<ListRow[]> => {
    const isNamed = filterSql.conditionOf(name, 'look up')
    const behind = behindPosition(query, page, dialect.unindexed(sortKeys[query.sort]))
    return where(shownByName, [isNamed, ...conditionsOf(query), ...behind]).execute()
  }

  const among = (seqs: readonly number[]): Condition => dialect.among(sql<number>`users.seq`, seqs)

  return {
    /** One more row than asked for, if there is one; in the order of the query also when the page is a previous one. */
    async list(query: UserQuery, page: PageOf): Promise<ListRow[]> {
      const name = query.deleted ? undefined : query.filters.find(asksForName)
      if (name) return findNamed(query, page, name)
      const isSelective =
        query.words.length > 0 ||
        query.role !== undefined ||
        query.group !== undefined ||
        query.hasFactor !== undefined ||
        query.filters.length > 0
      if (isSelective && !query.deleted) {
        const rows = await glanceAt(query, page)
        if (rows.length > page.limit) return inListOrder(rows, page)
      }
      const seqs = await narrow(query)
      if (seqs?.length === 0) return []
      return inListOrder(await (seqs ? lookUp(query, page, seqs) : walk(query, page)), page)
    },

    async count(query: UserQuery): Promise<number> {
      const seqs = await narrow(query)
      const conditions = [...(seqs ? [among(seqs)] : []), ...conditionsOf(query)]
      const select = users.select((at) => at.fn.countAll<number>().as('count'))
      const { count } = await where(select, conditions).executeTakeFirstOrThrow()
      return Number(count)
    },
  }
}

/** Where a page that ends (or begins) with this user goes on. */
export function positionOf(row: ListRow, sort: SortField): Position {
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
function inListOrder(rows: ListRow[], { direction }: PageOf): ListRow[] {
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
