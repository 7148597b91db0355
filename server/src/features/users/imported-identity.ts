/** Who a row of an import is about: somebody who is here already, or somebody new with names of their own. */
import type { Fault } from '../../errors.ts'
import type { UserNames } from './store.ts'
import type { UserRow } from './user.ts'
import { columnsOf } from './user-fields.ts'
import { type Prepared, varied } from './user-to-import.ts'

export type Existing = { user: UserRow; by: 'id' | 'external_id' | 'email' }

const maxVariations = 100

/** `known` are the users that have one of the names of the batch. Rows of the batch that were claimed count as well. */
export function existingUsers(known: readonly UserRow[]) {
  const living = known.filter(({ deleted_at }) => deleted_at === null)
  const byId = new Map(known.map((user) => [user.id, user]))
  const byExternalId = new Map(
    living.flatMap((user) => (user.external_id === null ? [] : [[user.external_id, user]])),
  )
  const byEmail = new Map(living.map((user) => [user.email_key, user]))
  const usernames = new Set(living.map(({ username_key }) => username_key))
  const claimed = { ids: new Set<string>(), externalIds: new Set<string>(), emails: new Set<string>() }

  return {
    find({ columns, hasOwnId }: Prepared): Existing | undefined {
      const own = hasOwnId ? byId.get(columns.id) : undefined
      if (own && own.deleted_at === null) return { user: own, by: 'id' }
      const external = columns.external_id == null ? undefined : byExternalId.get(columns.external_id)
      if (external) return { user: external, by: 'external_id' }
      const user = byEmail.get(columns.email_key)
      return user && { user, by: 'email' }
    },

    /** An earlier row of the batch changed this user. */
    renew(user: UserRow): void {
      byId.set(user.id, user)
      if (user.external_id !== null) byExternalId.set(user.external_id, user)
      byEmail.set(user.email_key, user)
      usernames.add(user.username_key)
    },

    /** Takes the names of a new user; a derived username is varied until it is free. @returns what is taken, or nothing */
    async claim(row: Prepared, look: (names: UserNames) => Promise<UserRow[]>): Promise<Fault | undefined> {
      const { columns } = row
      if (row.hasOwnId && (byId.has(columns.id) || claimed.ids.has(columns.id)))
        return taken('/id', 'already_exists', 'A user with this id is there, perhaps in the recycle bin.')
      if (claimed.emails.has(columns.email_key))
        return taken('/email', 'email_taken', 'An earlier row has this e-mail address.')
      if (columns.external_id != null && claimed.externalIds.has(columns.external_id))
        return taken('/external_id', 'external_id_taken', 'An earlier row has this external id.')
      if (usernames.has(columns.username_key) && !(row.isDerived && (await vary(row, look)))) {
        return taken('/username', 'username_taken', 'Another user has this username.')
      }
      claimed.ids.add(columns.id)
      claimed.emails.add(columns.email_key)
      if (columns.external_id != null) claimed.externalIds.add(columns.external_id)
      usernames.add(columns.username_key)
      return undefined
    },
  }

  async function vary(
    { columns }: Prepared,
    look: (names: UserNames) => Promise<UserRow[]>,
  ): Promise<boolean> {
    for (let attempt = 2; attempt <= maxVariations; attempt += 1) {
      const username = varied(columns.username, attempt)
      const changed = columnsOf(
        {
          username,
          email: columns.email,
          first_name: columns.first_name ?? null,
          last_name: columns.last_name ?? null,
        },
        columns.created_at,
      )
      const key = changed.username_key!
      if (usernames.has(key)) continue
      if ((await look({ ids: [], externalIds: [], emailKeys: [], usernameKeys: [key] })).length > 0) continue
      Object.assign(columns, { username, username_key: key, search_text: changed.search_text })
      return true
    }
    return false
  }
}

function taken(pointer: string, code: string, detail: string): Fault {
  return { pointer, code, detail }
}
