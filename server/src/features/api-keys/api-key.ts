/** An API key in answers, without the secret. */
import type { Permission } from '../../caller.ts'
import { fromJsonText } from '../../encoding/json-text.ts'
import type { ApiKeyRow } from './store.ts'

export type ApiKey = {
  id: string
  /** The owner of the key. */
  user_id: string
  /** The beginning of the secret, to recognise it. */
  prefix: string
  name: string
  permissions: Permission[]
  created_at: string
  updated_at: string
  expires_at: string
  last_used_at: string | null
}

export type VersionedApiKey = { api_key: ApiKey; version: number }

export function permissionsIn(row: ApiKeyRow): Permission[] {
  return fromJsonText(row.permissions)
}

export function apiKeyOf(row: ApiKeyRow): ApiKey {
  const { id, user_id, name, created_at, updated_at, expires_at, last_used_at } = row
  return {
    id,
    user_id,
    prefix: `rk_${id.replaceAll('-', '')}`,
    name,
    permissions: permissionsIn(row),
    created_at,
    updated_at,
    expires_at,
    last_used_at,
  }
}

export function versioned(row: ApiKeyRow): VersionedApiKey {
  return { api_key: apiKeyOf(row), version: row.version }
}
