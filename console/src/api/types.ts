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
export type Installation = Schemas['Installation']
export type SigningKey = Schemas['SigningKey']
export type MailTemplate = Schemas['MailTemplate']
export type TestMail = Schemas['TestMail']
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
type EventType = Exclude<Webhook['events'][number], '*'>

/** The members of a type, each once: the compiler refuses the list when it lacks one, or has another. */
const membersOf = <Name extends string>(members: Record<Name, true>) => Object.keys(members) as Name[]

export const allPermissions: readonly Permission[] = membersOf<Permission>({
  'users:read': true,
  'users:write': true,
  'users:support': true,
  'users:impersonate': true,
  'users:delete': true,
  'users:export': true,
  'users:export_hashes': true,
  'roles:read': true,
  'roles:write': true,
  'groups:read': true,
  'groups:write': true,
  'scim:read': true,
  'scim:write': true,
  'api_keys:write': true,
  'api_keys:admin': true,
  'api_keys:unattended': true,
  'applications:read': true,
  'applications:write': true,
  'identity_providers:read': true,
  'identity_providers:write': true,
  'audit:read': true,
  'settings:read': true,
  'settings:write': true,
  'events:read': true,
  'webhooks:read': true,
  'webhooks:write': true,
})

/** The types of events that a webhook can choose. */
export const eventTypes: readonly EventType[] = membersOf<EventType>({
  'user.created': true,
  'user.updated': true,
  'user.email_changed': true,
  'user.email_verified': true,
  'user.password_changed': true,
  'user.roles_changed': true,
  'user.groups_changed': true,
  'user.disabled': true,
  'user.enabled': true,
  'user.deleted': true,
  'user.restored': true,
  'user.erased': true,
})
