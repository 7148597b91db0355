/** The types of a user: in answers, in the database, in requests. */

import type { Insertable, Selectable } from 'kysely'
import type { Static } from 'typebox'
import type { UsersTable } from '../../database/schema/schema.ts'
import { wordsOf } from '../../encoding/words.ts'
import type { UserShape } from './shapes.ts'

/** A user in answers, as the shape defines it. */
export type User = Static<typeof UserShape>
export type UserStatus = User['status']

export type VersionedUser = { user: User; version: number }

/** The columns of a user that our code sets. The database assigns `seq`. */
export type StoredUser = Omit<Selectable<UsersTable>, 'seq'>

export type NewUserRow = Omit<Insertable<UsersTable>, 'seq'>

/** A row with the roles of the user, sorted and joined by spaces. */
export type UserRow = Selectable<UsersTable> & {
  roles: string
  /** The roles that the user has through groups, in the same form. */
  group_roles: string
}

/** The writable fields, as a request body has them. */
export type UserFields = Omit<User, 'id' | 'created_at' | 'updated_at' | 'last_login_at'>

export type NewUser = Pick<UserFields, 'username'> &
  Partial<UserFields> & { password?: string; must_change_password?: boolean }
export type UserChanges = Partial<UserFields> & { current_password?: string }

/** All roles of a user, given directly and through groups. */
export function allRolesOf(row: Pick<UserRow, 'roles' | 'group_roles'>): string[] {
  return [...wordsOf(row.roles), ...wordsOf(row.group_roles)]
}

/** A user in events and webhooks, without `last_login_at`. */
export type Snapshot = { version: number; deleted_at: string | null; user: Omit<User, 'last_login_at'> }

export function rolesOf(row: Pick<UserRow, 'roles'>): string[] {
  return wordsOf(row.roles)
}
