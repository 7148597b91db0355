/** The tables of groups, of their members, and of what SCIM brings. */

/** Owner: features/groups. */
export type GroupsTable = {
  id: string
  name: string
  /** The name as it is compared. */
  name_key: string
  description: string
  external_id: string | null
  version: number
  created_at: string
  updated_at: string
}

/** Owner: features/groups. */
export type GroupMembersTable = { group_id: string; user_id: string }

/** Owner: features/groups. The group `member_id` is in the group `group_id`. */
export type GroupLinksTable = { group_id: string; member_id: string }

/** Owner: features/groups. Each group with itself and with all groups that it is in, directly or through others. */
export type GroupTreeTable = { group_id: string; ancestor_id: string }

/** Owner: features/groups. The roles that the members of a group have. */
export type GroupRolesTable = { group_id: string; role: string }

/** Owner: features/scim. What a directory says of a user beside the fields of the user. */
export type ScimUsersTable = {
  user_id: string
  user_name: string
  user_name_key: string
  attributes: string
}

export type GroupTables = {
  groups: GroupsTable
  group_members: GroupMembersTable
  group_links: GroupLinksTable
  group_tree: GroupTreeTable
  group_roles: GroupRolesTable
  scim_users: ScimUsersTable
}
