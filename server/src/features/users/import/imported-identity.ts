/** Finds the existing user that an imported row matches, or the names of a new one. */
import type { Fault } from '../../../errors.ts'
import type { UserNames } from '../read-store.ts'
import type { UserRow } from '../user.ts'
import { columnsOf } from '../user-fields.ts'
import type { NameKind, NamesDraft } from './imported-names.ts'
import { type Prepared, varied } from './user-to-import.ts'

export type Existing = { user: UserRow; by: 'id' | 'external_id' | 'email' }
type Met = { user: UserRow; by: Existing['by'] | 'username' }
type Look = (names: UserNames) => Promise<UserRow[]>

const maxVariations = 100
const keyColumns = { external_id: 'external_id', email: 'email_key', username: 'username_key' } as const
const kinds = ['external_id', 'email', 'username'] as const

/** `known`: the users who have a name of the batch. `names`: the names that earlier rows took or released. */
export function createIdentities(known: readonly UserRow[], names: NamesDraft, look: Look) {
  const byId = new Map(known.map((user) => [user.id, user]))
  const living = known.filter(({ deleted_at }) => deleted_at === null)
  const byKey = (key: (typeof keyColumns)[keyof typeof keyColumns]) =>
    new Map(living.map((user) => [user[key], user]))
  const byName = {
    external_id: byKey('external_id'),
    email: byKey('email_key'),
    username: byKey('username_key'),
  }

  const ownerOf = (kind: (typeof kinds)[number], name: string): UserRow | undefined =>
    names.isFreed(kind, name) ? undefined : byName[kind].get(name)

  const isUsed = (kind: (typeof kinds)[number], name: string) =>
    names.isTaken(kind, name) || ownerOf(kind, name) !== undefined

  /** The usernames that rows of the batch contain. No other row gets one of them as a derived username. */
  const reserved = new Set<string>()

  /** The users who have one of the keys of the row, each once. The user with the most reliable key is first. */
  const meetAll = ({ columns, hasOwnId, isDerived, given, sourcedId }: Prepared): Met[] => {
    const own = hasOwnId ? byId.get(columns.id) : undefined
    const ofSource = sourcedId === undefined ? undefined : ownerOf('external_id', sourcedId)
    const namesUser = !isDerived && given.username !== undefined
    const met: { user: UserRow | undefined; by: Met['by'] }[] = [
      { user: own?.deleted_at === null ? own : undefined, by: 'id' },
      {
        user:
          columns.external_id == null ? ofSource : (ofSource ?? ownerOf('external_id', columns.external_id)),
        by: 'external_id',
      },
      { user: ownerOf('email', columns.email_key), by: 'email' },
      { user: namesUser ? ownerOf('username', columns.username_key) : undefined, by: 'username' },
    ]
    return met.flatMap(({ user, by }, index) =>
      user && met.findIndex((other) => other.user?.id === user.id) === index ? [{ user, by }] : [],
    )
  }

  const takeAll = ({ columns, hasOwnId }: Pick<Prepared, 'columns' | 'hasOwnId'>) => {
    const { id, external_id, email_key } = columns
    if (hasOwnId) names.take('id', id)
    names.take('external_id', external_id)
    names.take('email', email_key)
  }

  /** A similar username that is free. */
  const vary = async ({ columns }: Prepared): Promise<boolean> => {
    for (let attempt = 2; attempt <= maxVariations; attempt += 1) {
      const username = varied(columns.username, attempt)
      const { id, email = null, first_name = null, last_name = null } = columns
      const changed = columnsOf({ username, email, first_name, last_name }, columns.created_at, { id })
      const key = changed.username_key!
      if (isUsed('username', key) || reserved.has(key)) continue
      const found = await look({ ids: [], externalIds: [], emailKeys: [], usernameKeys: [key] })
      if (found.length > 0 && !names.isFreed('username', key)) continue
      Object.assign(columns, { username, username_key: key, search_text: changed.search_text })
      return true
    }
    return false
  }

  return {
    /** The fault of a row that repeats a key of an earlier one. */
    findRepeated({ columns, hasOwnId }: Prepared): Fault | undefined {
      if (hasOwnId && names.isTaken('id', columns.id)) return faultOf('id', 'An earlier row has this id.')
      if (columns.external_id != null && names.isTaken('external_id', columns.external_id))
        return faultOf('external_id', 'An earlier row has this external id.')
      if (names.isTaken('email', columns.email_key))
        return faultOf('email', 'An earlier row has this e-mail address.')
      return undefined
    },

    /** Prefixes the external id with the name of the system if another user already has the same number. */
    tellApart(row: Prepared): void {
      const { columns, given, sourcedId } = row
      if (sourcedId === undefined || columns.external_id == null) return
      const bare = ownerOf('external_id', columns.external_id)
      const isTaken = ownerOf('external_id', sourcedId) !== undefined
      if (!isTaken && !(bare && isAnothers(row, bare))) return
      columns.external_id = sourcedId
      given.external_id = sourcedId
    },

    /** Reserves the usernames of these rows, so that none is derived for another row. */
    reserve(rows: readonly Prepared[]): void {
      for (const { isDerived, columns } of rows) if (!isDerived) reserved.add(columns.username_key)
    },

    /**
     * The user that the row matches. The result is a fault if the keys of the row belong to two users, or if nothing
     * but a number connects the row with a user.
     */
    find(row: Prepared): Existing | Fault | undefined {
      const [first, second] = meetAll(row)
      if (!first || first.by === 'username') return undefined
      if (second)
        return {
          pointer: `/${second.by}`,
          code:
            second.by === 'email'
              ? 'email_taken'
              : second.by === 'username'
                ? 'username_taken'
                : 'external_id_taken',
          detail: `The ${shownKeys[first.by]} belongs to user ${first.user.id}, but the ${shownKeys[second.by]} belongs to user ${second.user.id}.`,
        }
      if (first.by === 'external_id' && row.isForeign && isAnothers(row, first.user))
        return {
          pointer: '/external_id',
          code: 'external_id_taken',
          detail: `The external id belongs to user ${first.user.id}, whose username and e-mail address differ. Two systems may number their users alike: name the source of the ids.`,
        }
      return { user: first.user, by: first.by }
    },

    /**
     * Takes the names of a new user. A derived username is varied until a free one is found. @returns the fault of a
     * name that is taken
     */
    async claim(row: Prepared): Promise<Fault | undefined> {
      const { columns } = row
      if (row.hasOwnId && byId.has(columns.id))
        return faultOf('id', 'A user with this id is in the recycle bin.')
      const isWanted = row.isDerived && reserved.has(columns.username_key)
      if ((isWanted || isUsed('username', columns.username_key)) && !(row.isDerived && (await vary(row))))
        return faultOf('username', 'Another user has this username.')
      takeAll(row)
      names.take('username', columns.username_key)
      return undefined
    },

    /** The fault of the first name in the changes that another user already has. */
    findTaken(user: UserRow, changes: Partial<UserRow>): Fault | undefined {
      for (const kind of kinds) {
        const name = changes[keyColumns[kind]]
        if (name != null && name !== user[keyColumns[kind]] && isUsed(kind, name))
          return faultOf(kind, `Another user has this ${shownNames[kind]}.`)
      }
      return undefined
    },

    /** Marks the names of the changed user as taken and the former ones as free. */
    settle(row: Prepared, before: UserRow, after: UserRow): void {
      takeAll(row)
      takeAll({ columns: after, hasOwnId: true })
      for (const kind of kinds) {
        const column = keyColumns[kind]
        if (before[column] === after[column]) continue
        names.free(kind, before[column])
        names.take(kind, after[column])
      }
    },
  }
}

/** Many systems number their users, so an equal number proves nothing if both the username and the address differ. */
function isAnothers({ columns }: Prepared, user: UserRow): boolean {
  const isNumber = /^\d{1,15}$/.test(columns.external_id ?? '')
  return isNumber && columns.email_key !== user.email_key && columns.username_key !== user.username_key
}

const shownKeys = {
  id: 'id',
  external_id: 'external id',
  email: 'e-mail address',
  username: 'username',
} as const
const shownNames = { external_id: 'external id', email: 'e-mail address', username: 'username' } as const

function faultOf(kind: NameKind, detail: string): Fault {
  return { pointer: `/${kind}`, code: kind === 'id' ? 'already_exists' : `${kind}_taken`, detail }
}
