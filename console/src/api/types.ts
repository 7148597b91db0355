/** What the API sends. */
import type { components } from '@roster/sdk'

type Schemas = components['schemas']
export type User = Schemas['User']
export type Session = Schemas['Session']
export type Role = Schemas['Role']
export type Passkey = Schemas['Passkey']
export type Factors = Schemas['Factors']
export type TrustedBrowser = Schemas['TrustedBrowser']
export type Application = Schemas['Application']
export type ConnectedApplication = Schemas['ConnectedApplication']
export type CreatedApplication = Schemas['CreatedApplication']
export type IdentityProvider = Schemas['IdentityProvider']
export type Identity = Schemas['Identity']
export type SignInProvider = Schemas['SignInProvider']
export type ApiKey = Schemas['ApiKey']
export type NewApiKey = ApiKey & { secret?: string }
export type AuditEvent = Schemas['AuditEvent']
export type SignInStatus = Schemas['SignInStatus']
export type Job = Schemas['Job']
export type JobReport = Schemas['JobReport']
export type Statistics = Schemas['Statistics']
export type UserData = Schemas['UserData']
export type Webhook = Schemas['Webhook']
export type Group = Schemas['Group']
export type GroupMember = Schemas['GroupMember']
export type UserGroup = Schemas['UserGroup']
export type ScimConnection = Schemas['ScimConnection']
export type ScimRequest = Schemas['ScimRequest']
export type CreatedWebhook = Schemas['CreatedWebhook']
export type WebhookDelivery = Schemas['WebhookDelivery']
export type Permission = Role['permissions'][number]

export const allPermissions: readonly Permission[] = [
  'users:read',
  'users:write',
  'users:support',
  'users:delete',
  'users:export',
  'users:export_hashes',
  'roles:read',
  'roles:write',
  'groups:read',
  'groups:write',
  'scim:read',
  'scim:write',
  'api_keys:write',
  'api_keys:admin',
  'api_keys:unattended',
  'applications:read',
  'applications:write',
  'identity_providers:read',
  'identity_providers:write',
  'audit:read',
  'events:read',
  'webhooks:read',
  'webhooks:write',
]

/** The types of events that a webhook can choose. */
export const eventTypes: readonly Webhook['events'][number][] = [
  'user.created',
  'user.updated',
  'user.email_changed',
  'user.email_verified',
  'user.password_changed',
  'user.roles_changed',
  'user.disabled',
  'user.enabled',
  'user.deleted',
  'user.restored',
  'user.erased',
]
