/** A SCIM connection: an API key and its rules. */
import type { Selectable } from 'kysely'
import type { ScimConnectionsTable } from '../../../database/schema/schema.ts'
import { fromJsonText, jsonText } from '../../../encoding/json-text.ts'

export const existingUserRules = ['link', 'refuse'] as const
export const groupRules = ['all', 'own', 'chosen'] as const
export const deletionRules = ['delete', 'deactivate'] as const

export type Rules = {
  /** Whether the connection may change users that it did not create. */
  existing_users: (typeof existingUserRules)[number]
  /** Which groups it may change: all, those that it created, or those of `group_ids`. */
  groups: (typeof groupRules)[number]
  group_ids: string[]
  /** The effect of DELETE on a user: moved to the recycle bin, or disabled. */
  on_delete: (typeof deletionRules)[number]
  /** Whether new users get an invitation by mail. */
  send_invitations: boolean
}

export type ConnectionRow = Selectable<ScimConnectionsTable>
/** With the name of the API key; null when it was revoked. */
export type NamedConnectionRow = ConnectionRow & { name: string | null }

export type Connection = Rules & {
  id: string
  api_key_id: string | null
  name: string | null
  last_request_at: string | null
  created_at: string
  updated_at: string
}

export const defaultRules: Rules = {
  existing_users: 'link',
  groups: 'all',
  group_ids: [],
  on_delete: 'delete',
  send_invitations: true,
}

export function rulesOf(row: ConnectionRow): Rules {
  return {
    existing_users: row.existing_users,
    groups: row.groups,
    group_ids: fromJsonText(row.group_ids),
    on_delete: row.on_delete,
    send_invitations: row.send_invitations === 1,
  }
}

export function columnsOfRules(rules: Rules) {
  return {
    existing_users: rules.existing_users,
    groups: rules.groups,
    group_ids: jsonText(rules.group_ids),
    on_delete: rules.on_delete,
    send_invitations: rules.send_invitations ? 1 : 0,
  }
}

export function connectionOf(row: ConnectionRow & { name: string | null }): Connection {
  return {
    id: row.id,
    api_key_id: row.api_key_id,
    name: row.name,
    ...rulesOf(row),
    last_request_at: row.last_request_at,
    created_at: row.created_at,
    updated_at: row.updated_at,
  }
}
