/** The user: as shown, as stored, as asked for. */

import type { Selectable } from 'kysely'
import type { UsersTable } from '../../database/schema/schema.ts'
import { fromJsonText } from '../../encoding/json-text.ts'
import { wordsOf } from '../../encoding/words.ts'

export type UserStatus = 'active' | 'disabled'
export type Metadata = Record<string, unknown>
export type Profile = Record<string, unknown>

export type User = {
  id: string
  username: string
  email: string | null
  email_verified: boolean
  first_name: string | null
  last_name: string | null
  status: UserStatus
  roles: string[]
  external_id: string | null
  metadata: Metadata
  profile: Profile
  created_at: string
  updated_at: string
  last_login_at: string | null
}

export type VersionedUser = { user: User; version: number }

/** The columns of a user that our code sets; the database numbers the row. */
export type StoredUser = Omit<Selectable<UsersTable>, 'seq'>

/** A row with the roles of the user, sorted, joined by spaces. */
export type UserRow = Selectable<UsersTable> & {
  roles: string
  /** The roles that the groups of the user give, in the same form. */
  group_roles: string
}

/** A row of a list, where what the user may do is not asked. */
export type ListedRow = Omit<UserRow, 'group_roles'>

/** The columns that a shown user is made of. */
export const shownColumns = [
  'id',
  'username',
  'email',
  'email_verified_at',
  'first_name',
  'last_name',
  'disabled_at',
  'external_id',
  'metadata',
  'profile',
  'version',
  'created_at',
  'updated_at',
  'last_login_at',
] as const

export type ShownRow = Pick<UserRow, (typeof shownColumns)[number] | 'roles'>

/** The writable fields, as a request body has them. */
export type UserFields = {
  username: string
  email: string | null
  email_verified: boolean
  first_name: string | null
  last_name: string | null
  status: UserStatus
  roles: string[]
  external_id: string | null
  metadata: Metadata
  profile: Profile
}

export type NewUser = Pick<UserFields, 'username'> &
  Partial<UserFields> & { password?: string; must_change_password?: boolean }
export type UserChanges = Partial<UserFields> & { current_password?: string }

/** What only administrators write. */
export const administratorFields = ['email_verified', 'status', 'roles', 'external_id', 'metadata'] as const

/** The value of a field that the request leaves out. */
export const fieldDefaults = {
  email: null,
  email_verified: false,
  first_name: null,
  last_name: null,
  status: 'active',
  roles: ['user'],
  external_id: null,
  metadata: {},
  profile: {},
} as const satisfies Partial<UserFields>

export function userOf(row: ShownRow): User {
  return {
    id: row.id,
    username: row.username,
    email: row.email,
    email_verified: row.email_verified_at !== null,
    first_name: row.first_name,
    last_name: row.last_name,
    status: row.disabled_at === null ? 'active' : 'disabled',
    roles: rolesOf(row),
    external_id: row.external_id,
    metadata: fromJsonText(row.metadata),
    profile: fromJsonText(row.profile),
    created_at: row.created_at,
    updated_at: row.updated_at,
    last_login_at: row.last_login_at,
  }
}

/** All roles that count for what a user may do. */
export function allRolesOf(row: Pick<UserRow, 'roles' | 'group_roles'>): string[] {
  return [...wordsOf(row.roles), ...wordsOf(row.group_roles)]
}

/** A user for copies, without what each sign-in changes. */
export type Snapshot = { version: number; deleted_at: string | null; user: Omit<User, 'last_login_at'> }

export function snapshotOf(row: ShownRow & { deleted_at: string | null }): Snapshot {
  const { last_login_at: _, ...user } = userOf(row)
  return { version: row.version, deleted_at: row.deleted_at, user }
}

export function rolesOf(row: Pick<UserRow, 'roles'>): string[] {
  return wordsOf(row.roles)
}
