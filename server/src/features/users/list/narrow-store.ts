/**
 * Finds the users that a condition matches, if they are few. Looking up few users is faster than reading all of them.
 */
import { type SelectQueryBuilder, sql } from 'kysely'
import type { Database } from '../../../database/database.ts'
import type { Filter } from '../filter/filter.ts'
import {
  asksForName,
  type FilterSql,
  isAboutNames,
  isIndexed,
  isJsonEquality,
  roleOf,
  searchedText,
} from '../filter/sql.ts'
import { queryGrams } from './search-grams.ts'
import type { UserQuery } from './user-query.ts'

/** The `seq` of users; undefined when there are too many. */
type Seqs = readonly number[] | undefined

type Found = {
  /** All users that may match. */
  all: Seqs
  /** If there are too many, the newest of them. No other user whose `seq` is at least the lowest of these can match. */
  newest?: readonly number[]
}

type Probe = () => Promise<Found>

const allOf =
  (look: () => Promise<Seqs>): Probe =>
  async () => ({ all: await look() })

/** The largest number of matches that counts as few. */
const few = 1000
/** Enough to fill a page of 50, even if many candidates do not match. */
const fewNewest = 200
const maxProbes = 5
/** Stands for the grams in the statement that is built once. */
const gramsMark = '\0'

function readSome({ count, seqs }: { count: number; seqs: string | null }): {
  seqs: readonly number[]
  isAll: boolean
} {
  const isAll = Number(count) <= few
  return { seqs: seqs?.split(',', isAll ? few : fewNewest).map(Number) ?? [], isAll }
}

export function createNarrowing({ scan, dialect, prepare }: Database, filterSql: FilterSql) {
  /** The numbers are read as one text, because a thousand rows would cost more than the search. */
  const some = <DB, TB extends keyof DB>(found: SelectQueryBuilder<DB, TB, { seq: number }>) =>
    scan
      .selectFrom(found.limit(few + 1).as('found'))
      .select((at) => at.fn.countAll<number>().as('count'))
      .select(sql<string | null>`string_agg(cast(found.seq as text), ',')`.as('seqs'))

  const fewOf = async <DB, TB extends keyof DB>(
    found: SelectQueryBuilder<DB, TB, { seq: number }>,
  ): Promise<Seqs> => {
    const { seqs, isAll } = readSome(await some(found).executeTakeFirstOrThrow())
    return isAll ? seqs : undefined
  }

  const grams = buildGrams()
  function buildGrams() {
    const { matching, isOrdered } = dialect.search
    const found = scan.selectFrom(matching(gramsMark).as('grams')).select('grams.seq')
    const query = some(isOrdered ? found.orderBy('grams.seq', 'desc') : found).compile()
    return { statement: prepare(query), parameters: query.parameters }
  }

  const both = async (one: Promise<Seqs>, other: Promise<Seqs>): Promise<Seqs> => {
    const [first, second] = await Promise.all([one, other])
    return first && second && [...first, ...second]
  }

  const byFilter = (filter: Filter): Promise<Seqs> => {
    const probe = scan.selectFrom('users').select('seq').where(filterSql.conditionOf(filter, 'look up'))
    // The indexes on names contain only users that are not deleted. The planner uses these indexes only for queries
    // with the same condition.
    return fewOf(isAboutNames(filter) ? probe.where('deleted_at', 'is', null) : probe)
  }

  const byRole = (role: string): Promise<Seqs> =>
    fewOf(
      scan
        .selectFrom('user_roles')
        .innerJoin('users', 'users.id', 'user_roles.user_id')
        .select('users.seq')
        .where('role', '=', role),
    )

  const byGroupRole = (role: string): Promise<Seqs> =>
    fewOf(
      scan
        .selectFrom('group_roles')
        .innerJoin('group_tree', 'group_tree.ancestor_id', 'group_roles.group_id')
        .innerJoin('group_members', 'group_members.group_id', 'group_tree.group_id')
        .innerJoin('users', 'users.id', 'group_members.user_id')
        .select('users.seq')
        .where('role', '=', role),
    )

  const byGroup = (group: string): Promise<Seqs> =>
    fewOf(
      scan
        .selectFrom('group_tree')
        .innerJoin('group_members', 'group_members.group_id', 'group_tree.group_id')
        .innerJoin('users', 'users.id', 'group_members.user_id')
        .select('users.seq')
        .where('ancestor_id', '=', group),
    )

  /** These users are only candidates, because an authenticator app may be unconfirmed. */
  const byFactor = (): Promise<Seqs> => {
    const of = (table: 'totp_factors' | 'passkeys') =>
      fewOf(scan.selectFrom(table).innerJoin('users', 'users.id', `${table}.user_id`).select('users.seq'))
    return both(of('totp_factors'), of('passkeys'))
  }

  /** These users are only candidates: they have all grams of each text, but perhaps not next to each other. */
  const byText = async (texts: readonly string[]): Promise<Found> => {
    const { match, isOrdered } = dialect.search
    const matched = match(queryGrams(texts))
    const parameters = grams.parameters.map((each) => (each === gramsMark ? matched : each))
    const [found] = await grams.statement.in(scan, ...parameters)
    const { seqs, isAll } = readSome(found!)
    if (isAll) return { all: seqs }
    return { all: undefined, ...(isOrdered && { newest: seqs }) }
  }

  const byDeletion = (): Promise<Seqs> =>
    fewOf(scan.selectFrom('users').select('seq').where('deleted_at', 'is not', null))

  /**
   * One look-up for each condition with an index, the most selective first. Each look-up finds all matching users, and
   * possibly others.
   */
  const probesOf = ({ filters, role, words, group, hasFactor, deleted }: UserQuery): Probe[] => {
    const texts = filters.map(searchedText).filter((each) => each !== undefined)
    const byTexts = [...(words.length > 0 ? [words] : []), ...texts.map((each) => [each])].map(
      (each) => () => byText(each),
    )
    if (deleted) return [allOf(byDeletion), ...byTexts]
    const indexed = filters.filter(isIndexed)
    const ordered = [...indexed.filter(asksForName), ...indexed.filter((filter) => !asksForName(filter))]
    const roles = filters.map(roleOf).filter((role) => role !== undefined)
    return [
      ...ordered.map((filter) => allOf(() => byFilter(filter))),
      ...(group === undefined ? [] : [allOf(() => byGroup(group))]),
      ...(role === undefined ? [] : [allOf(() => both(byRole(role), byGroupRole(role)))]),
      ...roles.map((role) => allOf(() => byRole(role))),
      ...byTexts,
      ...(hasFactor ? [allOf(byFactor)] : []),
    ]
  }

  const firstFew = async (probes: Probe[]): Promise<Found> => {
    let newest: readonly number[] | undefined
    for (const probe of probes) {
      const found = await probe()
      if (found.all) return found
      newest ??= found.newest
    }
    return { all: undefined, ...(newest && { newest }) }
  }

  return {
    /** The users that may match. `all` is undefined when there are too many or their number is unknown. */
    byIndex: (query: UserQuery) => firstFew(probesOf(query).slice(0, maxProbes)),

    /**
     * The users that may match a value in JSON, for which there is no index. A table scan costs half as much as reading
     * in the order of a list.
     */
    async byReading({ deleted, filters }: UserQuery): Promise<Seqs> {
      const filter = deleted ? undefined : filters.find(isJsonEquality)
      return filter && byFilter(filter)
    },
  }
}
