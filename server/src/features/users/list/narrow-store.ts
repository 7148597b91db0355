/** Finds out whether a condition fits only few users, and which: looking them up beats reading everybody. */
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

type Seqs = readonly { seq: number }[]

/** The largest number of matches that counts as few. */
const few = 1000
const maxProbes = 5

export function createNarrowing({ scan, dialect }: Database, filterSql: FilterSql) {
  const byFilter = (filter: Filter): Promise<Seqs> => {
    const condition = filterSql.conditionOf(filter, 'look up')
    const probe = scan
      .selectFrom('users')
      .select('seq')
      .where(condition)
      .limit(few + 1)
    // The indexes on names contain only users who are not deleted, and serve only queries that say so.
    return (isAboutNames(filter) ? probe.where('deleted_at', 'is', null) : probe).execute()
  }

  const byRole = (role: string): Promise<Seqs> =>
    scan
      .selectFrom('user_roles')
      .innerJoin('users', 'users.id', 'user_roles.user_id')
      .select('users.seq')
      .where('role', '=', role)
      .limit(few + 1)
      .execute()

  const byGroupRole = (role: string): Promise<Seqs> =>
    scan
      .selectFrom('group_roles')
      .innerJoin('group_tree', 'group_tree.ancestor_id', 'group_roles.group_id')
      .innerJoin('group_members', 'group_members.group_id', 'group_tree.group_id')
      .innerJoin('users', 'users.id', 'group_members.user_id')
      .select('users.seq')
      .where('role', '=', role)
      .limit(few + 1)
      .execute()

  const byGroup = (group: string): Promise<Seqs> =>
    scan
      .selectFrom('group_tree')
      .innerJoin('group_members', 'group_members.group_id', 'group_tree.group_id')
      .innerJoin('users', 'users.id', 'group_members.user_id')
      .select('users.seq')
      .where('ancestor_id', '=', group)
      .limit(few + 1)
      .execute()

  /** Candidates: an authenticator app may not be confirmed. */
  const byFactor = async (): Promise<Seqs> => {
    const of = (table: 'totp_factors' | 'passkeys') =>
      scan
        .selectFrom(table)
        .innerJoin('users', 'users.id', `${table}.user_id`)
        .select('users.seq')
        .limit(few + 1)
        .execute()
    return [...(await of('totp_factors')), ...(await of('passkeys'))]
  }

  /** Candidates: they have grams of each text, though perhaps not in a row. */
  const byText = (texts: readonly string[]): Promise<Seqs> => {
    const found = dialect.search.having(queryGrams(texts)).as('found')
    return scan
      .selectFrom(found)
      .select('found.seq')
      .limit(few + 1)
      .execute()
  }

  const byDeletion = (): Promise<Seqs> =>
    scan
      .selectFrom('users')
      .select('seq')
      .where('deleted_at', 'is not', null)
      .limit(few + 1)
      .execute()

  /** One look-up for each condition that has an index, the most telling first; each finds all that fit, and perhaps more. */
  const probesOf = ({
    filters,
    role,
    words,
    group,
    hasFactor,
    deleted,
  }: UserQuery): (() => Promise<Seqs>)[] => {
    const texts = filters.map(searchedText).filter((each) => each !== undefined)
    const byTexts = [...(words.length > 0 ? [words] : []), ...texts.map((each) => [each])].map(
      (each) => () => byText(each),
    )
    if (deleted) return [byDeletion, ...byTexts]
    const indexed = filters.filter(isIndexed)
    const ordered = [...indexed.filter(asksForName), ...indexed.filter((filter) => !asksForName(filter))]
    const roles = filters.map(roleOf).filter((role) => role !== undefined)
    return [
      ...ordered.map((filter) => () => byFilter(filter)),
      ...(group === undefined ? [] : [() => byGroup(group)]),
      ...(role === undefined ? [] : [async () => [...(await byRole(role)), ...(await byGroupRole(role))]]),
      ...roles.map((role) => () => byRole(role)),
      ...byTexts,
      ...(hasFactor ? [byFactor] : []),
    ]
  }

  const firstFew = async (probes: (() => Promise<Seqs>)[]): Promise<readonly number[] | undefined> => {
    for (const probe of probes) {
      const rows = await probe()
      if (rows.length <= few) return rows.map(({ seq }) => seq)
    }
    return undefined
  }

  return {
    /** The `seq` of all users that may match, when they are few; undefined when they are many, or their number is unknown. */
    byIndex: (query: UserQuery) => firstFew(probesOf(query).slice(0, maxProbes)),

    /** The same for a value in JSON, without an index: reading the table costs half of a walk in the order of a list. */
    byReading: (query: UserQuery) =>
      firstFew(
        query.deleted
          ? []
          : query.filters
              .filter(isJsonEquality)
              .slice(0, 1)
              .map((filter) => () => byFilter(filter)),
      ),
  }
}
