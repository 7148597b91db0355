/** The functions of other features that SCIM calls. Users and groups apply their own rules to all changes of SCIM. */
import type { Caller } from '../../caller.ts'
import type { Database, Tx } from '../../database/database.ts'
import type { IfMatch } from '../../if-match.ts'
import type { Page, PageOf } from '../../page.ts'
import type { ConnectionNeeds } from './connections/service.ts'

export type ScimPerson = {
  id: string
  username: string
  email: string | null
  first_name: string | null
  last_name: string | null
  status: 'active' | 'disabled'
  external_id: string | null
  metadata: Record<string, unknown>
  created_at: string
  updated_at: string
}
export type VersionedPerson = { user: ScimPerson; version: number }

/** The fields of a user that SCIM writes. */
export type PersonFields = {
  username: string
  email: string | null
  first_name: string | null
  last_name: string | null
  status: 'active' | 'disabled'
  external_id: string | null
  metadata: Record<string, unknown>
}

export type ScimGroup = {
  id: string
  name: string
  external_id: string | null
  created_at: string
  updated_at: string
}
export type VersionedScimGroup = { group: ScimGroup; version: number }
type Counting = PageOf & { wantsTotal: boolean }

export type ScimNeeds = ConnectionNeeds & {
  database: Database
  publicUrl: string
  /** Whether a user must have an e-mail address. */
  email: 'required' | 'optional'
  log: { info(fields: object, message: string): void; warn(fields: object, message: string): void }
  texts: { fold(text: string): string; isUsername(text: string): boolean }
  users: {
    get(id: string): Promise<VersionedPerson>
    findByName(typed: string): Promise<{ id: string } | undefined>
    listVersioned(
      caller: Caller,
      query: { filter?: string; group?: string; sort?: string },
      page: Counting,
    ): Promise<Page<VersionedPerson>>
    create(
      caller: Caller,
      fields: Partial<PersonFields> & Pick<PersonFields, 'username'>,
      arrival: { then(tx: Tx, userId: string): Promise<void>; silent: boolean; isGuess: boolean },
    ): Promise<VersionedPerson>
    patch(
      caller: Caller,
      id: string,
      ifMatch: IfMatch,
      fields: Partial<PersonFields>,
      credentials: 'adopted' | undefined,
      also: (tx: Tx) => Promise<boolean>,
    ): Promise<VersionedPerson>
    delete(caller: Caller, id: string, ifMatch: IfMatch, password: undefined): Promise<void>
  }
  groups: {
    get(caller: Caller, id: string): Promise<VersionedScimGroup>
    list(
      caller: Caller,
      filter: { name?: string; q?: string; external_id?: string },
      page: Counting,
    ): Promise<Page<ScimGroup> & { versions: number[] }>
    listOfUser(userId: string, page: PageOf): Promise<Page<ScimGroup & { direct: boolean }>>
    membershipsOf(userIds: readonly string[]): Promise<Map<string, Membership[]>>
    listMembers(
      caller: Caller,
      groupId: string,
      page: PageOf,
    ): Promise<Page<{ user_id: string; username: string }>>
    listChildren(caller: Caller, groupId: string): Promise<{ id: string; name: string }[]>
    /** Creates or changes a group and its members, users and groups, in one transaction. */
    provision(
      caller: Caller,
      id: string | null,
      ifMatch: IfMatch,
      wanted: {
        fields: { name?: string; external_id?: string | null }
        add: readonly string[]
        remove: readonly string[]
        isWhole: boolean
      },
      first: (tx: Tx, groupId: string) => Promise<void>,
    ): Promise<VersionedScimGroup & { added: string[]; removed: string[]; unknown: string[] }>
    delete(caller: Caller, id: string, ifMatch: IfMatch): Promise<void>
  }
}

export type Membership = { id: string; name: string; direct: boolean }
