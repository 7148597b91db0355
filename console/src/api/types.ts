/** What the API sends. */
import type { components } from '@roster/sdk'

type Schemas = components['schemas']
export type User = Schemas['User']
export type Session = Schemas['Session']
export type Role = Schemas['Role']
export type Passkey = Schemas['Passkey']
export type Factors = Schemas['Factors']
export type Application = Schemas['Application']
export type ConnectedApplication = Schemas['ConnectedApplication']
export type CreatedApplication = Schemas['CreatedApplication']
export type ApiKey = Schemas['ApiKey']
export type NewApiKey = ApiKey & { secret?: string }
export type AuditEvent = Schemas['AuditEvent']
export type SignInStatus = Schemas['SignInStatus']
export type Statistics = Schemas['Statistics']
export type UserData = Schemas['UserData']
export type Permission = Role['permissions'][number]

export const allPermissions: readonly Permission[] = [
  'users:read',
  'users:write',
  'users:delete',
  'users:export',
  'users:export_hashes',
  'roles:read',
  'roles:write',
  'groups:read',
  'groups:write',
  'api_keys:write',
  'api_keys:admin',
  'api_keys:unattended',
  'applications:read',
  'applications:write',
  'identity_providers:read',
  'identity_providers:write',
  'audit:read',
]
