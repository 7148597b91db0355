/** Who is asking, and what they may do. */
import { AppError } from './errors.ts'

export const permissions = [
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
  'api_keys:unattended',
  'api_keys:admin',
  'applications:read',
  'applications:write',
  'identity_providers:read',
  'identity_providers:write',
  'audit:read',
  'settings:read',
  'settings:write',
  'events:read',
  'webhooks:read',
  'webhooks:write',
] as const

export type Permission = (typeof permissions)[number]

export type Caller = {
  kind: 'anonymous' | 'user' | 'api_key' | 'application' | 'system'
  /** The user who acts; for an API key its owner; null for anonymous, applications and system. */
  userId: string | null
  /** The browser or token session, if there is one. */
  sessionId: string | null
  apiKeyId: string | null
  /** An application that acts for itself, and the secret that it proved itself with. */
  application?: { id: string; secretId: string }
  permissions: ReadonlySet<Permission>
  /** What the caller may give and whom it may change is measured by these, where `permissions` has more: behind the door of SCIM. */
  held?: ReadonlySet<Permission>
  /** The caller came through SCIM, where its permissions allow more; see `throughScim`. */
  through?: 'scim'
  /** How the caller proved who they are: `pwd`, `token`, `cookie`, `basic`, `api_key`, `client_credentials`. Empty for anonymous and system. */
  authMethods: readonly string[]
  /** When the person last proved who they are, by the session or by the request itself. */
  provenAt?: string | null
  /** From when the caller may only add a second factor, because the policy asks for one and there is none. */
  enrolBy?: string | null
  /** The caller may only replace the password that an administrator handed out. */
  passwordDue?: boolean
  requestId: string | null
  /** The client's network address as far as it can be trusted; null for the command line. */
  address: string | null
  userAgent: string | null
  /** The `Idempotency-Key` that this request holds. What it makes is noted under the key. */
  idempotency?: IdempotencyClaim
}

export type IdempotencyClaim = {
  scope: string
  key: string
  created_at: string
  /** What an earlier request with this key made, when its answer was not kept. */
  resourceId: string | null
}

const nothing: ReadonlySet<Permission> = new Set()
const everything: ReadonlySet<Permission> = new Set(permissions)

export function anonymousCaller(request: Pick<Caller, 'requestId' | 'address' | 'userAgent'>): Caller {
  return {
    kind: 'anonymous',
    userId: null,
    sessionId: null,
    apiKeyId: null,
    permissions: nothing,
    authMethods: [],
    ...request,
  }
}

/** An id that no user has: where an account is missing, its look-up costs what that of an account costs. */
export const unknownUserId = '00000000-0000-0000-0000-000000000000'

/** The service itself: background jobs and the command line, which already have the database. */
export const systemCaller: Caller = {
  kind: 'system',
  userId: null,
  sessionId: null,
  apiKeyId: null,
  permissions: everything,
  authMethods: [],
  requestId: null,
  address: null,
  userAgent: null,
}

/** The id of the user or application that acts; null for anonymous and system. */
export function actorId({ userId, application }: Caller): string | null {
  return userId ?? application?.id ?? null
}

/** What limits and idempotency keys belong to: the API key, else the user or application. */
export function principalId(caller: Caller): string | null {
  return caller.apiKeyId ?? actorId(caller)
}

export function may(caller: Caller, permission: Permission): boolean {
  return caller.permissions.has(permission)
}

/** Whether the caller has the permission to give, or is no less than a user who has it. */
export function holds(caller: Caller, permission: Permission): boolean {
  return (caller.held ?? caller.permissions).has(permission)
}

export type Permissions = Permission | readonly Permission[]

/** Whether the caller holds the permission, or one of several. */
export function mayAny(caller: Caller, wanted: Permissions): boolean {
  return [wanted].flat().some((permission) => caller.permissions.has(permission))
}

/** Any of these allows to help users: to send links, disable, enable and unlock them, and end their sessions. */
export const supporting: readonly Permission[] = ['users:write', 'users:support']

/** Whether this is the user in person. An API key is not: it has what it was given, not what its owner has. */
export function isSelf(caller: Caller, userId: string): boolean {
  return caller.kind === 'user' && caller.userId === userId
}

/** A caller grants only permissions that they have. @throws permission_not_held naming the first permission that is missing */
export function needToGrant(caller: Caller, wanted: readonly Permission[]): void {
  const missing = wanted.find((permission) => !holds(caller, permission))
  if (missing)
    throw new AppError('permission_not_held', {
      detail: `The caller does not hold the permission ${missing}.`,
    })
}

/** Permissions in the order of the catalogue, each once. */
export function inOrder(wanted: readonly Permission[]): Permission[] {
  return permissions.filter((permission) => wanted.includes(permission))
}

/** Throws `forbidden` unless the caller holds the permission. */
export function need(caller: Caller, permission: Permission): void {
  if (!caller.permissions.has(permission))
    throw new AppError('forbidden', { detail: `This needs the permission ${permission}.` })
}

const reading: readonly Permission[] = ['users:read', 'groups:read']
const writing: readonly Permission[] = [...reading, 'users:write', 'users:delete', 'groups:write']

/** What these permissions allow behind the door of SCIM: themselves, and what `scim:read` and `scim:write` stand for. */
export function allowedThroughScim(held: ReadonlySet<Permission>): ReadonlySet<Permission> {
  const more = held.has('scim:write') ? writing : held.has('scim:read') ? reading : []
  return new Set([...held, ...more])
}

/** The caller as SCIM lets them act. What SCIM adds can be used there, and not be given to others. */
export function throughScim(caller: Caller): Caller {
  const { permissions: held } = caller
  return { ...caller, through: 'scim', permissions: allowedThroughScim(held), held }
}
