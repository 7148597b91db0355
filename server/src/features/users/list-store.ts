/**
 * Lists and counts of users, as quick at a million as at a hundred. Each is read in the order of an index, from where
 * the last page ended; when a condition fits only few users, those are looked up first and the rest is never read.
 */
import { type RawBuilder, type SelectQueryBuilder, type SqlBool, sql } from 'kysely'
import type { Database } from '../../database/database.ts'
import type { Tables } from '../../database/schema.ts'
import { createFilterSql, isIndexed } from './filter-sql.ts'
import type { UserRow } from './user.ts'
import type { SortField, UserQuery } from './user-query.ts'

export type PageOf = {
  limit: number
  direction: 'next' | 'prev'
  position: readonly (string | number | null)[] | null
}
type Condition = RawBuilder<SqlBool>
type Select<O> = SelectQueryBuilder<Tables, 'users', O>

/** Up to so many users are few. */
const few = 1000
/** `last_login_at` of those who never signed in, as in the index. */
const never = '0001-01-01T00:00:00.000Z'

const sortKeys: Record<SortField, RawBuilder<string>> = {
  created_at: sql`users.created_at`,
  updated_at: sql`users.updated_at`,
  last_login_at: sql`coalesce(users.last_login_at, ${sql.lit(never)})`,
  username: sql`users.username_key`,
  email: sql`users.email_key`,
}

export function createUserListStore(database: Database) {
  const { scan, dialect } = database
  const filterSql = createFilterSql(dialect)

  const conditionsOf = (query: UserQuery): Condition[] => {
    const conditions = query.filters.map((filter) => filterSql.conditionOf(filter, 'check') as Condition)
    if (query.text !== undefined) conditions.push(filterSql.contains(query.text, 'check') as Condition)
    conditions.push(presence(query.deleted))
    return conditions
  }

  /** The `seq` of the users that one of the conditions leaves, when those are few. */
  const narrow = async (query: UserQuery): Promise<readonly number[] | undefined> => {
    const probes = query.filters
      .filter(isIndexed)
      .map((filter) => filterSql.conditionOf(filter, 'look up') as Condition)
    if (query.text !== undefined) probes.push(filterSql.contains(query.text, 'look up') as Condition)
    if (query.deleted) probes.push(sql<SqlBool>`users.deleted_at is not null`)
    for (const probe of probes.slice(0, 5)) {
      const rows = await scan
        .selectFrom('users')
        .select('seq')
        .where(probe)
        .limit(few + 1)
        .execute()
      if (rows.length <= few) return rows.map(({ seq }) => seq)
    }
    return undefined
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

  return {
    /** One more row than asked for, if there is one; in the order of the query also when the page is a previous one. */
    async list(query: UserQuery, page: PageOf): Promise<UserRow[]> {
      const seqs = await narrow(query)
      if (seqs?.length === 0) return []
      const conditions = conditionsOf(query)
      const key = sortKeys[query.sort]
      const descending = query.descending !== (page.direction === 'prev')
      if (page.position) conditions.push(beyond(key, page.position, descending))
      const order = descending ? 'desc' : 'asc'
      const rows = await restricted(scan.selectFrom('users').selectAll(), conditions, seqs)
        .select((at) => dialect.rolesOf(at.ref('users.id')).as('roles'))
        .orderBy(key, order)
        .orderBy('users.id', order)
        .limit(page.limit + 1)
        .execute()
      return rows as UserRow[]
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
export function positionOf(row: UserRow, sort: SortField): readonly (string | null)[] {
  const value = {
    created_at: row.created_at,
    updated_at: row.updated_at,
    last_login_at: row.last_login_at ?? never,
    username: row.username_key,
    email: row.email_key,
  }[sort]
  return [value, row.id]
}

function presence(deleted: boolean): Condition {
  return deleted ? sql<SqlBool>`users.deleted_at is not null` : sql<SqlBool>`users.deleted_at is null`
}

function beyond(key: RawBuilder<string>, [value, id]: readonly unknown[], descending: boolean): Condition {
  return descending
    ? sql<SqlBool>`(${key}, users.id) < (${value}, ${id})`
    : sql<SqlBool>`(${key}, users.id) > (${value}, ${id})`
}
