/** The types of a group: in answers, in the database, in requests. */
import type { Selectable } from 'kysely'
import type { GroupsTable } from '../../database/schema/schema.ts'

export type GroupRow = Selectable<GroupsTable>

export type GroupFields = {
  name: string
  description: string
  external_id: string | null
  /** The roles that every member has, also the members of groups in it. */
  roles: string[]
}

export type Group = {
  id: string
  /** The groups that directly contain this one. */
  parents: string[]
  created_at: string
  updated_at: string
} & GroupFields

export type VersionedGroup = { group: Group; version: number }

/** A group of which a user is a member, directly or through another group. */
export type Membership = { id: string; name: string; direct: boolean }
export type Member = { user_id: string; username: string }

export const groupDefaults: Readonly<Omit<GroupFields, 'name'>> = {
  description: '',
  external_id: null,
  roles: [],
}

/** The maximum number of nested levels, including the lowest and the highest. */
export const maxLevels = 5

export function groupOf(row: GroupRow, roles: readonly string[], parents: readonly string[]): Group {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    external_id: row.external_id,
    roles: [...roles],
    parents: [...parents],
    created_at: row.created_at,
    updated_at: row.updated_at,
  }
}
