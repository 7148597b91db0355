/** The tables of groups, of their members, and of SCIM. */
import type { Generated } from 'kysely'
import type { JsonObject } from '../../encoding/json-object.ts'
import type { JsonText } from '../../encoding/json-text.ts'

/** Owner: features/groups. */
export type GroupsTable = {
  id: string
  name: string
  /** The canonical form of the name. */
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

/** Owner: features/groups. Each group with itself and with all groups that contain it, directly or through others. */
export type GroupTreeTable = { group_id: string; ancestor_id: string }

/** Owner: features/groups. The roles that the members of a group have. */
export type GroupRolesTable = { group_id: string; role: string }

/** Owner: features/scim. Attributes of a directory that are not fields of the user. */
export type ScimUsersTable = {
  user_id: string
  user_name: string
  user_name_key: string
  attributes: JsonText<JsonObject>
  /** The connection that created the user. */
  connection_id: string | null
}

/** Owner: features/scim. A group that a connection created. */
export type ScimGroupsTable = { group_id: string; connection_id: string }

/** Owner: features/scim. The rules of an API key for SCIM. */
export type ScimConnectionsTable = {
  id: string
  api_key_id: string | null
  existing_users: 'link' | 'refuse'
  groups: 'all' | 'own' | 'chosen'
  group_ids: JsonText<string[]>
  on_delete: 'delete' | 'deactivate'
  send_invitations: number
  last_request_at: string | null
  version: number
  created_at: string
  updated_at: string
}

/** Owner: features/scim. The last requests of each connection. */
export type ScimRequestsTable = {
  seq: Generated<number>
  id: string
  connection_id: string
  is_change: number
  at: string
  method: string
  path: string
  status: number
  resource_id: string | null
  subject: string | null
  changes: JsonText<{ fields: string[]; members_added: number; members_removed: number }> | null
  ignored: JsonText<string[]>
  error: string | null
}

export type GroupTables = {
  groups: GroupsTable
  group_members: GroupMembersTable
  group_links: GroupLinksTable
  group_tree: GroupTreeTable
  group_roles: GroupRolesTable
  scim_users: ScimUsersTable
  scim_groups: ScimGroupsTable
  scim_connections: ScimConnectionsTable
  scim_requests: ScimRequestsTable
}
