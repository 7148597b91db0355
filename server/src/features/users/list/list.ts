/** Lists users in pages, and iterates over all matching users. */
import { type Caller, need } from '../../../caller.ts'
import type { Database } from '../../../database/database.ts'
import { cutPage, type JsonPage, type Page, type PageOf, type Position } from '../../../page.ts'
import type { RoleLookup } from '../../roles/lookup.ts'
import type { Counters } from '../../statistics/service.ts'
import { rolesBeyondOf } from '../authority.ts'
import type { User, VersionedUser } from '../user.ts'
import { userOf } from '../user-fields.ts'
import type { Placed } from './json-store.ts'
import { keptCountOf } from './kept-count.ts'
import { type InTurn, oneAtATime } from './one-at-a-time.ts'
import { createUserListStore, type ListRow, positionOf } from './store.ts'
import { readUserQuery, type UserParameters, type UserQuery } from './user-query.ts'

/** The size of a page of an export, in characters. A slow reader holds one page in memory. */
const walkTextLength = 128 * 1024
/** The least number of users in a page, and the size of the first page, because its users may have much text. */
const leastInWalkPage = 10
const mostInWalkPage = 500

type Asked = PageOf & { wantsTotal: boolean }

type Needs = {
  database: Database
  roles: Pick<RoleLookup, 'permissionsByRole'>
  statistics: Pick<Counters, 'readTotals'>
}

export function createUserList({ database, roles, statistics }: Needs) {
  const store = createUserListStore(database)
  const inTurnOf = oneAtATime()

  /** A filter does not reveal second factors of users whose factors the caller may not read. */
  const queryOf = async (caller: Caller, parameters: UserParameters): Promise<UserQuery> => {
    const query = readUserQuery(parameters)
    if (query.hasFactor === undefined) return query
    return { ...query, withoutRoles: rolesBeyondOf(await roles.permissionsByRole(), caller) }
  }

  const count = async (query: UserQuery, inTurn: InTurn): Promise<number> => {
    const keptCount = keptCountOf(query)
    return keptCount ? keptCount(await statistics.readTotals()) : store.count(query, inTurn)
  }

  /**
   * Runs `read` for the query of the caller and cuts a page from its rows. `read` returns up to one row more than the
   * page has.
   */
  const pageOf = async <Row extends Placed, Found>(
    caller: Caller,
    parameters: UserParameters,
    page: Asked,
    read: (query: UserQuery, inTurn: InTurn) => Promise<Found & { rows: readonly Row[] }>,
  ): Promise<{ found: Found; cut: Page<Row> }> => {
    need(caller, 'users:read')
    if (parameters.group !== undefined) need(caller, 'groups:read')
    const query = await queryOf(caller, parameters)
    const inTurn = inTurnOf(caller)
    const found = await read(query, inTurn)
    const cut = cutPage(found.rows, page, positionOf)
    return { found, cut: page.wantsTotal ? { ...cut, total: await count(query, inTurn) } : cut }
  }

  return {
    async listVersioned(
      caller: Caller,
      parameters: UserParameters,
      page: Asked,
    ): Promise<Page<VersionedUser>> {
      const { cut } = await pageOf(caller, parameters, page, (query, inTurn) =>
        store.list(query, page, inTurn),
      )
      return { ...cut, items: cut.items.map((row) => ({ user: userOf(row), version: row.version })) }
    },

    async list(caller: Caller, parameters: UserParameters, page: Asked): Promise<Page<User>> {
      const found = await this.listVersioned(caller, parameters, page)
      return { ...found, items: found.items.map(({ user }) => user) }
    },

    /** Lists users like `list`, with these members only, as JSON. */
    async listJson(
      caller: Caller,
      parameters: UserParameters,
      page: Asked,
      names: readonly (keyof User)[],
    ): Promise<JsonPage> {
      const { found, cut } = await pageOf(caller, parameters, page, (query, inTurn) =>
        store.listJson(query, page, inTurn, names),
      )
      const { items, ...place } = cut
      return { ...place, json: found.arrayOf(items.length) }
    },

    /** All matching users, like `walk`, as the API shows them. */
    async *walkShown(caller: Caller, parameters: UserParameters): AsyncGenerator<User[]> {
      for await (const rows of this.walk(caller, parameters)) yield rows.map(userOf)
    },

    /**
     * All matching users in the order of creation, in pages. Users that are created or deleted during the call may be missing.
     * Pages of large users are short.
     */
    async *walk(caller: Caller, parameters: UserParameters): AsyncGenerator<ListRow[]> {
      const query = { ...(await queryOf(caller, parameters)), sort: 'created_at', descending: false } as const
      let position: Position | null = null
      let limit = leastInWalkPage
      for (;;) {
        const page = { limit, direction: 'next', position } as const
        const { rows }: { rows: ListRow[] } = await store.list(query, page, inTurnOf(caller))
        const last = rows[limit - 1]
        const isLast = rows.length <= limit || !last
        if (!isLast) position = positionOf(last)
        rows.splice(limit)
        limit = walkPageAfter(rows)
        if (rows.length > 0) yield rows
        if (isLast) return
      }
    },
  }
}

/** The number of users in the next page, from the size of the last one. */
function walkPageAfter(rows: readonly ListRow[]): number {
  let length = 1
  for (const { metadata, profile } of rows) length += 300 + metadata.length + profile.length
  return Math.min(
    mostInWalkPage,
    Math.max(leastInWalkPage, Math.floor((walkTextLength * rows.length) / length)),
  )
}
