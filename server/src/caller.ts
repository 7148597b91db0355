/** The caller of a request, and its permissions. */
import { AppError } from './errors.ts'

export const permissions = [
  'users:read',
  'users:write',
  'users:support',
  'users:impersonate',
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

/** The administrator who acts as a user, and the administrator's own session. */
export type Impersonator = { userId: string; sessionId: string }

export type Caller = {
  kind: 'anonymous' | 'user' | 'api_key' | 'application' | 'system'
  /** The user; for an API key its owner; null for anonymous, applications and system. */
  userId: string | null
  /** The browser or token session, if there is one. */
  sessionId: string | null
  apiKeyId: string | null
  /** An application that acts without a user, and the secret with which it authenticated. */
  application?: { id: string; secretId: string }
  permissions: ReadonlySet<Permission>
  /**
   * The permissions that decide which permissions the caller may give and which users it may change; set if `permissions`
   * contains more, in SCIM.
   */
  held?: ReadonlySet<Permission>
  /** Whether the request came through SCIM, where the permissions allow more; see `throughScim`. */
  through?: 'scim'
  /**
   * How the caller authenticated: `pwd`, `token`, `cookie`, `basic`, `api_key`, `client_credentials`. Empty for anonymous
   * and system.
   */
  authMethods: readonly string[]
  /** The time of the last proof of identity, in the session or by the request itself. */
  provenAt?: string | null
  /** The time from which the caller may only add a second factor, because the policy requires one and there is none. */
  enrolBy?: string | null
  /** The administrator who acts as the user in the session `sessionId`. Such a caller cannot give a proof. */
  impersonator?: Impersonator
  /** Whether the caller may only replace the password that an administrator set. */
  passwordDue?: boolean
  requestId: string | null
  /** The network address of the client, from a trusted source; null for the command line. */
  address: string | null
  userAgent: string | null
  /** The `Idempotency-Key` that this request has claimed. The id of a created resource is stored under the key. */
  idempotency?: IdempotencyClaim
}

export type IdempotencyClaim = {
  scope: string
  key: string
  created_at: string
  /** The resource that an earlier request with this key created, if its answer was not stored. */
  resourceId: string | null
}

/** Whether the caller may do nothing before replacing the password or adding a second factor. @param at an instant */
export function isRestricted(
  { passwordDue, enrolBy }: Pick<Caller, 'passwordDue' | 'enrolBy'>,
  at: string,
): boolean {
  return passwordDue === true || (enrolBy != null && enrolBy <= at)
}

const nothing: ReadonlySet<Permission> = new Set()
const everything: ReadonlySet<Permission> = new Set(permissions)

/** Whether the caller may only add a second factor at the instant `at`. */
export function isOverdue({ enrolBy }: Pick<Caller, 'enrolBy'>, at: string): boolean {
  return enrolBy != null && enrolBy <= at
}

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

/** An id that no user has. It is looked up if there is no account, so that the cost is the same. */
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

/** The id of the user or application; null for anonymous and system. */
export function actorId({ userId, application }: Caller): string | null {
  return userId ?? application?.id ?? null
}

/** The owner of limits and idempotency keys: the API key, else the user or application. */
export function principalId(caller: Caller): string | null {
  return caller.apiKeyId ?? actorId(caller)
}

export function may(caller: Caller, permission: Permission): boolean {
  return caller.permissions.has(permission)
}

/** Whether the caller may give the permission, and may change a user who has it. */
export function holds(caller: Caller, permission: Permission): boolean {
  return (caller.held ?? caller.permissions).has(permission)
}

export type Permissions = Permission | readonly Permission[]

/** Whether the caller holds the permission, or one of several. */
export function mayAny(caller: Caller, wanted: Permissions): boolean {
  return [wanted].flat().some((permission) => caller.permissions.has(permission))
}

/** Each of these permissions allows supporting users: send links, disable, enable and unlock them, end their sessions. */
export const supporting: readonly Permission[] = ['users:write', 'users:support']

/** Whether this is the user in person. An API key is not: it has its own permissions, not those of its owner. */
export function isSelf(caller: Caller, userId: string): boolean {
  return caller.kind === 'user' && caller.userId === userId
}

/**
 * A caller may give only permissions that the caller has.
 * @throws permission_not_held naming the first missing permission
 */
export function needToGrant(caller: Caller, wanted: readonly Permission[]): void {
  const missing = wanted.find((permission) => !holds(caller, permission))
  if (missing)
    throw new AppError('permission_not_held', {
      detail: `The caller does not hold the permission ${missing}.`,
    })
}

/** Sorts permissions in the order of the catalogue and removes duplicates. */
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

/** The permissions in SCIM: these, and those that `scim:read` and `scim:write` include. */
export function allowedThroughScim(held: ReadonlySet<Permission>): ReadonlySet<Permission> {
  const more = held.has('scim:write') ? writing : held.has('scim:read') ? reading : []
  return new Set([...held, ...more])
}

/** The caller in SCIM. The added permissions can be used there, but not be given to others. */
export function throughScim(caller: Caller): Caller {
  const { permissions: held } = caller
  return { ...caller, through: 'scim', permissions: allowedThroughScim(held), held }
}
