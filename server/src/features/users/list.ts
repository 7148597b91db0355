/** The list of users in pages, and a walk over all that fit. */
import { type Caller, need } from '../../caller.ts'
import type { Database } from '../../database/database.ts'
import { createUserListStore, type PageOf, positionOf } from './list-store.ts'
import { type User, type UserRow, userOf } from './user.ts'
import { readUserQuery, type UserParameters } from './user-query.ts'

type Position = readonly (string | number | null)[]
export type UserPage = { items: User[]; next: Position | null; prev: Position | null; total?: number }

const walkPage = 500

export type UserList = ReturnType<typeof createUserList>

export function createUserList(database: Database) {
  const store = createUserListStore(database)
  return {
    async list(
      caller: Caller,
      parameters: UserParameters,
      page: PageOf & { wantsTotal: boolean },
    ): Promise<UserPage> {
      need(caller, 'users:read')
      const query = readUserQuery(parameters)
      const rows = await store.list(query, page)
      const hasMore = rows.length > page.limit
      const shown = rows.slice(0, page.limit)
      if (page.direction === 'prev') shown.reverse()
      const before = page.direction === 'prev' ? hasMore : page.position !== null
      const after = page.direction === 'prev' ? true : hasMore
      const first = shown[0]
      const last = shown.at(-1)
      return {
        items: shown.map(userOf),
        next: after && last ? positionOf(last, query.sort) : null,
        prev: before && first ? positionOf(first, query.sort) : null,
        ...(page.wantsTotal ? { total: await store.count(query) } : {}),
      }
    },

    async count(parameters: UserParameters): Promise<number> {
      return store.count(readUserQuery(parameters))
    },

    /** The same, as they are shown. */
    async *walkShown(parameters: UserParameters): AsyncGenerator<User[]> {
      for await (const rows of this.walk(parameters)) yield rows.map(userOf)
    },

    /** All users that fit, in the order they were created, a page at a time; users that come and go meanwhile may or may not be there. */
    async *walk(parameters: UserParameters): AsyncGenerator<UserRow[]> {
      const query = { ...readUserQuery(parameters), sort: 'created_at', descending: false } as const
      let position: Position | null = null
      for (;;) {
        const rows: UserRow[] = await store.list(query, { limit: walkPage, direction: 'next', position })
        const last = rows[walkPage - 1]
        if (rows.length > 0) yield rows.slice(0, walkPage)
        if (rows.length <= walkPage || !last) return
        position = positionOf(last, query.sort)
      }
    },
  }
}
