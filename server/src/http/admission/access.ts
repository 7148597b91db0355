/** Who may use a route: declared on it, enforced here and nowhere else. */
import { type Caller, isSelf, type Permission } from '../../caller.ts'
import { AppError } from '../../errors.ts'

/**
 * `public`: anyone. `signed_in`: any known caller. A permission: who holds it; of several, who holds one of them. `{ self, or }`: the user whose id
 * is that path parameter, or who holds the permission; for everyone else the resource does not exist.
 */
export type Access =
  | 'public'
  | 'signed_in'
  | Permission
  | readonly Permission[]
  | { self: string; or: Permission }

/** The user named by the path parameter `id`, or who holds the permission. */
export function selfOr(permission: Permission, parameter = 'id'): Access {
  return { self: parameter, or: permission }
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

export function isUuid(text: string): boolean {
  return text.length === 36 && uuid.test(text)
}

/**
 * Lets the caller pass or throws `unauthenticated`, `forbidden` or `not_found`. In the path parameter `id` (or the
 * one that `access` names) `me` becomes the caller's own id.
 */
export function authorise(access: Access, caller: Caller, params: Record<string, string>): void {
  const parameter = typeof access === 'object' && 'self' in access ? access.self : 'id'
  if (params[parameter] === 'me') params[parameter] = ownId(caller)
  if (access === 'public') return
  if (caller.kind === 'anonymous') throw new AppError('unauthenticated')
  if (access === 'signed_in') return
  if (typeof access === 'string') {
    if (caller.permissions.has(access)) return
    throw new AppError('forbidden', { detail: `This needs the permission ${access}.` })
  }
  if (!('self' in access)) {
    if (access.some((permission) => caller.permissions.has(permission))) return
    throw new AppError('forbidden', { detail: `This needs the permission ${access.join(' or ')}.` })
  }
  const id = params[parameter]?.toLowerCase() ?? ''
  if (isSelf(caller, id) || caller.permissions.has(access.or)) return
  if (id === caller.userId)
    throw new AppError('forbidden', { detail: `This API key needs the permission ${access.or}.` })
  // Who may read all users learns nothing from being told what is missing.
  if (id !== '' && caller.permissions.has('users:read'))
    throw new AppError('forbidden', { detail: `This needs the permission ${access.or}.` })
  throw new AppError('not_found', { cause: 'hidden' })
}

function ownId(caller: Caller): string {
  if (caller.kind === 'anonymous') throw new AppError('unauthenticated')
  if (caller.userId === null) throw new AppError('not_found')
  return caller.userId
}
