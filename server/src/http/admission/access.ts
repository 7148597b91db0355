/** Enforces the access that each route declares. No other code does this. */
import { type Caller, isSelf, mayAny, type Permission, type Permissions } from '../../caller.ts'
import type { JsonObject } from '../../encoding/json-object.ts'
import { AppError } from '../../errors.ts'

/**
 * `public` allows all callers, and `signed_in` all authenticated callers. A permission, or a list of permissions,
 * allows callers who hold it, or hold one of them. `{ self, or }` allows the user with the id in this path parameter,
 * and callers with the permission or one of the list; for others the resource does not exist.
 */
export type Access =
  | 'public'
  | 'signed_in'
  | Permission
  | readonly Permission[]
  | { self: string; or: Permissions }

/** The user in the path parameter `id`, and callers with the permission. */
export function selfOr(permission: Permissions, parameter = 'id'): Access {
  return { self: parameter, or: permission }
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

export function isUuid(text: string): boolean {
  return text.length === 36 && uuid.test(text)
}

/**
 * Passes, or throws `unauthenticated`, `forbidden` or `not_found`. In the path parameter `id` (or that of `access`), `me`
 * is replaced by the id of the caller.
 */
export function authorise(access: Access, caller: Caller, params: JsonObject): void {
  const parameter = typeof access === 'object' && 'self' in access ? access.self : 'id'
  if (params[parameter] === 'me') params[parameter] = ownId(caller)
  if (access === 'public') return
  if (caller.kind === 'anonymous') throw new AppError('unauthenticated')
  if (access === 'signed_in') return
  if (typeof access === 'string' || !('self' in access)) {
    if (mayAny(caller, access)) return
    throw new AppError('forbidden', { detail: `This needs the permission ${named(access)}.` })
  }
  const id = String(params[parameter] ?? '').toLowerCase()
  if (isSelf(caller, id) || mayAny(caller, access.or)) return
  if (id === caller.userId)
    throw new AppError('forbidden', { detail: `This API key needs the permission ${named(access.or)}.` })
  // A caller who may read all users learns nothing new from an error about the missing permission.
  if (id !== '' && caller.permissions.has('users:read'))
    throw new AppError('forbidden', { detail: `This needs the permission ${named(access.or)}.` })
  throw new AppError('not_found', { cause: 'hidden' })
}

function named(wanted: Permissions): string {
  return [wanted].flat().join(' or ')
}

function ownId(caller: Caller): string {
  if (caller.kind === 'anonymous') throw new AppError('unauthenticated')
  if (caller.userId === null)
    throw new AppError('not_found', { detail: 'The caller is an application, which has no account.' })
  return caller.userId
}
