/** May this caller do this to that user? Asked at the start of every change. */
import { type Caller, isSelf, may, type Permission } from '../../caller.ts'
import { AppError, type Fault } from '../../errors.ts'
import type { UsersNeeds } from './needs.ts'
import { administratorFields, rolesOf, type UserFields, type UserRow } from './user.ts'

/** @throws not_found when the caller may not even know the user; permission_not_held when the user outranks the caller */
export async function mayChange(
  needs: UsersNeeds,
  caller: Caller,
  row: UserRow,
  permission: Permission,
): Promise<void> {
  if (isSelf(caller, row.id)) return
  if (!may(caller, permission)) throw new AppError('not_found')
  const theirs = await needs.roles.permissionsOf(rolesOf(row))
  const missing = [...theirs].find((held) => !caller.permissions.has(held))
  if (missing)
    throw new AppError('permission_not_held', {
      detail: `The user has the permission ${missing}, which the caller does not hold.`,
    })
}

/** @throws field_not_writable, naming each of the administrator's fields in `fields` */
export function mayWriteFields(caller: Caller, fields: Partial<UserFields>): void {
  if (may(caller, 'users:write')) return
  const errors: Fault[] = administratorFields
    .filter((field) => fields[field] !== undefined)
    .map((field) => ({
      pointer: `/${field}`,
      code: 'field_not_writable',
      detail: `Only an administrator may write ${field}.`,
    }))
  if (errors.length > 0) throw new AppError('field_not_writable', { errors })
}

/** @throws permission_not_held when one of the roles allows what the caller may not do */
export async function mayGrant(needs: UsersNeeds, caller: Caller, roles: readonly string[]): Promise<void> {
  const granted = await needs.roles.permissionsOf(roles)
  const missing = [...granted].find((permission) => !caller.permissions.has(permission))
  if (missing)
    throw new AppError('permission_not_held', {
      detail: `These roles give the permission ${missing}, which the caller does not hold.`,
    })
}

/** Faults for roles that do not exist. */
export async function faultsOfRoles(
  needs: UsersNeeds,
  roles: readonly string[] | undefined,
): Promise<Fault[]> {
  if (roles === undefined) return []
  const unknown = await needs.roles.unknownAmong(roles)
  return unknown.map((name) => ({
    pointer: `/roles/${roles.indexOf(name)}`,
    code: 'unknown_role',
    detail: `There is no role named ${JSON.stringify(name)}.`,
  }))
}
