/**
 * Lists and counts users, as fast for a million users as for a hundred. A page is read in the order of an index and
 * starts where the last page ended. If a condition matches only few users, these are looked up first, and no other
 * users are read.
 */
import { type Expression, type RawBuilder, type SelectQueryBuilder, type SqlBool, sql } from 'kysely'
import type { Database, Reader } from '../../../database/database.ts'
import type { Tables } from '../../../database/schema/schema.ts'
import type { PageOf, Position } from '../../../page.ts'
import { asksForName, createFilterSql, lastLogin, never } from '../filter/sql.ts'
import type { User } from '../user.ts'
import { type ShownRow, shownColumns } from '../user-fields.ts'
import { type Asked, type Built, createFormStatements, type Newest } from './forms.ts'
import {
  type JsonRow,
  type JsonUsers,
  jsonUserOf,
  jsonUsersOf,
  type MergedUsers,
  mergedUsers,
  type Placed,
  userJson,
} from './json-store.ts'
import { createNarrowing } from './narrow-store.ts'
import type { InTurn } from './one-at-a-time.ts'
import type { SortField, UserQuery } from './user-query.ts'

export type ListRow = Placed & ShownRow
type Condition = Expression<SqlBool>
type Select<O> = SelectQueryBuilder<Tables, 'users', O>
/** A way to read users and to return them. */
type Form<Row, Answer, Found> = {
  name: string
  columns(rows: Select<Placed>): Select<Row>
  /** The statement to run; it may merge the rows of all users into one. */
  statement(rows: Select<Row>): Built<Answer>
  /** `rows` are in the order of the list. */
  read(answer: Answer[], page: PageOf): Found & { rows: readonly Placed[] }
  /** The result for at most one row, read without `statement`. */
  readOne(rows: Row[]): Found
}
type List<Row> = Asked & { columns: Form<Row, unknown, unknown>['columns'] }

/** The number of users that are read in order first. A filter that matches many users fills a page from them. */
const glance = 2000

const seq = sql<number>`users.seq`
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
  const runForm = createFormStatements(database)
  const asRows: Form<ListRow, ListRow, { rows: ListRow[] }> = {
    name: 'columns',
    columns: (rows) =>
      rows.select(shownColumns).select((at) => dialect.rolesOf(at.ref('users.id')).as('roles')),
    statement: (rows) => rows,
    read: (rows, { direction }) => ({ rows: direction === 'prev' ? rows.reverse() : rows }),
    readOne: (rows) => ({ rows }),
  }
  const asJson = (names: readonly (keyof User)[]): Form<JsonRow, MergedUsers, JsonUsers> => ({
    name: names.join(),
    columns: (rows) => rows.select(userJson(dialect, names).as('json')),
    statement: (rows) => mergedUsers(scan, dialect, rows),
    read: jsonUsersOf,
    readOne: jsonUserOf,
  })

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
  const placed = (from: Reader, { sort }: UserQuery): Select<Placed> =>
    from.selectFrom('users').select(['users.id', sortKeys[sort].as('place')])

  /** The users with these `seq`, sorted, because they are few. */
  const show = <Row>({ query, page, columns }: List<Row>, seqs: Select<{ seq: number }>): Select<Row> => {
    const key = dialect.unindexed(sortKeys[query.sort])
    return inOrder(columns(placed(scan, query)).where('users.seq', 'in', seqs), query, page, key)
  }

  /** On SQLite each index contains the `seq`, so new users that cannot match are not read. */
  const withinNewest = ({ list, lowest }: Newest): Condition => {
    const place = dialect.unindexed(seq)
    return sql<SqlBool>`(${place} < ${lowest} or ${dialect.inList(place, list)})`
  }

  /** Reads the index of the order from the position on, until the page is full. */
  const walk = <Row>({ query, page, newest, columns }: List<Row>): Select<Row> => {
    const key = sortKeys[query.sort]
    const conditions = [...boundsOf(query), ...conditionsOf(query), ...behindPosition(query, page, key)]
    if (newest) conditions.push(withinNewest(newest))
    const found = where(columns(placed(scan, query)), conditions)
    return inOrder(found, query, page, key).limit(page.limit + 1)
  }

  /**
   * Reads only users whose position in the order allows a match. Both engines read them in that order and stop when the
   * page is full.
   */
  const glanceAt = <Row>(list: List<Row>): Select<Row> => {
    const { query, page } = list
    const key = sortKeys[query.sort]
    const conditions = [presence(false), ...boundsOf(query), ...behindPosition(query, page, key)]
    const next = inOrder(where(users.selectAll(), conditions), query, page, key).limit(glance)
    const found = where(scan.selectFrom(next.as('users')).select('users.seq'), conditionsOf(query))
    return show(list, found.limit(page.limit + 1))
  }

  /** Looks up these users and sorts those that match. */
  const lookUp = <Row>(list: List<Row>): Select<Row> => {
    const { query, page, seqs } = list
    const key = dialect.unindexed(sortKeys[query.sort])
    const conditions = [
      dialect.inList(seq, seqs),
      ...conditionsOf(query),
      ...behindPosition(query, page, key),
    ]
    const found = inOrder(where(users.select('seq'), conditions), query, page, key)
    return show(list, found.limit(page.limit + 1))
  }

  /** Reads the only user that can match, by a unique name. This single look-up runs on the main thread. */
  const findNamed = <Row>({ query, page, columns }: List<Row>): Select<Row> => {
    const isNamed = filterSql.conditionOf(query.filters.find(asksForName)!, 'look up')
    const behind = behindPosition(query, page, dialect.unindexed(sortKeys[query.sort]))
    return where(columns(placed(database.read, query)), [isNamed, ...conditionsOf(query), ...behind])
  }

  const among = (seqs: readonly number[]): Condition => dialect.among(seq, seqs)
  const newestOf = (seqs: readonly number[]): Newest => ({
    list: dialect.list(seqs),
    lowest: Math.min(...seqs),
  })

  const list = async <Row, Answer, Found>(
    query: UserQuery,
    page: PageOf,
    inTurn: InTurn,
    { name, columns, statement, read, readOne }: Form<Row, Answer, Found>,
  ): Promise<Found> => {
    if (!query.deleted && query.filters.some(asksForName)) {
      const build = (form: Asked) => findNamed({ ...form, columns })
      return readOne(await runForm(database.read, `named ${name}`, { query, page }, build))
    }
    const run = async (
      way: string,
      build: (list: List<Row>) => Select<Row>,
      candidates: Pick<Asked, 'newest' | 'seqs'> = {},
    ) => {
      const asked = { query, page, ...candidates }
      const whole = (form: Asked) => statement(build({ ...form, columns }))
      return read(await runForm(scan, `${way} ${name}`, asked, whole), page)
    }
    const isFiltered =
      query.role !== undefined ||
      query.group !== undefined ||
      query.hasFactor !== undefined ||
      query.filters.length > 0
    // The index of words shows whether a word is rare, faster than a scan of the next users.
    if (isFiltered && !query.deleted) {
      const found = await run('glance', glanceAt)
      if (found.rows.length > page.limit) return found
    }
    const find = async (seqs: readonly number[] | undefined): Promise<Found> => {
      if (seqs === undefined) return run('walk', walk, { newest })
      if (seqs.length === 0) return read([], page)
      return run('look up', lookUp, { seqs: dialect.list(seqs) })
    }
    const { all, newest: found } = await narrow.byIndex(query)
    const newest = found && beginsWithNewest(query, page) ? newestOf(found) : undefined
    if (all || !isFiltered) return find(all)
    return inTurn(async () => find(await narrow.byReading(query)))
  }

  return {
    /**
     * Returns up to one row more than the limit. A previous page is in the order of the query too. `inTurn` runs
     * queries that may read all users.
     */
    list: (query: UserQuery, page: PageOf, inTurn: InTurn): Promise<{ rows: ListRow[] }> =>
      list(query, page, inTurn, asRows),

    /** Lists users with these members only, as JSON. */
    listJson: (
      query: UserQuery,
      page: PageOf,
      inTurn: InTurn,
      names: readonly (keyof User)[],
    ): Promise<JsonUsers> => list(query, page, inTurn, asJson(names)),

    async count(query: UserQuery, inTurn: InTurn): Promise<number> {
      const countWhere = async (conditions: Condition[]): Promise<number> => {
        const select = users.select((at) => at.fn.countAll<number>().as('count'))
        const { count } = await where(select, conditions).executeTakeFirstOrThrow()
        return Number(count)
      }
      const { all } = await narrow.byIndex(query)
      const conditions = conditionsOf(query)
      return all ? countWhere([among(all), ...conditions]) : inTurn(() => countWhere(conditions))
    },
  }
}

/** The position after (or before) a page that ends (or begins) with this user. */
export const positionOf = ({ place, id }: Placed): Position => [place, id]

function directionOf(query: UserQuery, page: PageOf): { order: 'asc' | 'desc'; descending: boolean } {
  const descending = query.descending !== (page.direction === 'prev')
  return { order: descending ? 'desc' : 'asc', descending }
}

/** Whether the users with the highest `seq` are probably the first users of the page. */
function beginsWithNewest(query: UserQuery, page: PageOf): boolean {
  return query.sort === 'created_at' && page.position === null && directionOf(query, page).descending
}

function presence(deleted: boolean): Condition {
  return deleted ? sql<SqlBool>`users.deleted_at is not null` : sql<SqlBool>`users.deleted_at is null`
}

function beyond(key: RawBuilder<string>, [value, id]: readonly unknown[], descending: boolean): Condition {
  return descending
    ? sql<SqlBool>`(${key}, users.id) < (${value}, ${id})`
    : sql<SqlBool>`(${key}, users.id) > (${value}, ${id})`
}
