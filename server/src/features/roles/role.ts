/** The types of a role, and its comparison. */
import { inOrder, type Permission } from '../../caller.ts'
import { fromJsonText } from '../../encoding/json-text.ts'
import type { RoleRow } from './store.ts'

export type Role = {
  name: string
  description: string
  permissions: Permission[]
  second_factor_required: boolean
  built_in: boolean
  created_at: string
  updated_at: string
}
export type RoleFields = Pick<Role, 'description' | 'permissions' | 'second_factor_required'>
export type VersionedRole = { role: Role; version: number }

export const builtIn: ReadonlySet<string> = new Set(['admin', 'user'])

export type Known = { permissions: readonly Permission[]; requiresFactor: boolean }

export function byName(rows: readonly RoleRow[]): Map<string, Known> {
  const known = (row: RoleRow) => ({
    permissions: permissionsOf(row),
    requiresFactor: row.second_factor_since !== null,
  })
  return new Map(rows.map((row) => [row.name, known(row)]))
}

export function fieldsOf(row: RoleRow): RoleFields {
  return {
    description: row.description,
    permissions: permissionsOf(row),
    second_factor_required: row.second_factor_since !== null,
  }
}

export function changesOf({ permissions, second_factor_required }: RoleFields) {
  return { permissions: inOrder(permissions), second_factor_required }
}

export function permissionsOf(row: RoleRow): Permission[] {
  return fromJsonText(row.permissions)
}

export function roleOf(row: RoleRow): Role {
  return {
    name: row.name,
    description: row.description,
    permissions: permissionsOf(row),
    second_factor_required: row.second_factor_since !== null,
    built_in: builtIn.has(row.name),
    created_at: row.created_at,
    updated_at: row.updated_at,
  }
}

export function versioned(row: RoleRow): VersionedRole {
  return { role: roleOf(row), version: row.version }
}
