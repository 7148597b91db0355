/** The authorisation checks that every change of a user runs first. */
import { type Caller, holds, isSelf, may, mayAny, type Permission, type Permissions } from '../../caller.ts'
import { keysOf } from '../../encoding/keys.ts'
import { AppError, type Fault } from '../../errors.ts'
import type { RoleLookup } from '../roles/lookup.ts'
import { allRolesOf, rolesOf, type UserFields, type UserRow } from './user.ts'
import { administratorFields, userOf } from './user-fields.ts'

/** The permissions of each role. Read them before the transaction; inside a transaction, pass its `tx`. */
export type Rights = ReadonlyMap<string, ReadonlySet<Permission>>

/** @throws not_found when the caller may not know that the user exists; permission_not_held when the user has more rights than the caller */
export function mayChange(rights: Rights, caller: Caller, row: UserRow, permission: Permissions): void {
  if (isSelf(caller, row.id)) return
  if (!mayAny(caller, permission)) throw new AppError('not_found')
  const missing = firstBeyond(rights, caller, allRolesOf(row))
  if (missing)
    throw new AppError('permission_not_held', {
      detail: `The user has the permission ${missing}, which the caller does not hold.`,
    })
}

/**
 * Users may write their own fields, except those reserved for administrators. With `users:support` a caller may write
 * only the status of other users.
 * @throws field_not_writable, naming each field in `fields` that the caller may not write
 */
export function mayWriteFields(
  caller: Caller,
  fields: Partial<UserFields> & { must_change_password?: boolean },
  of: 'own' | 'other' = 'own',
): void {
  if (may(caller, 'users:write')) return
  const given = keysOf(fields).filter((field) => fields[field] !== undefined)
  if (caller.impersonator) {
    refuseFields(
      given.filter((field) => !openToImpersonators.has(field)),
      'Only the user may write',
    )
    return
  }
  const isForbidden = (field: string) =>
    of === 'other'
      ? field !== 'status'
      : field === 'must_change_password' || administratorFields.some((name) => name === field)
  refuseFields(given.filter(isForbidden), 'Only an administrator may write')
}

/** The fields that an administrator may change while acting as a user. */
const openToImpersonators: ReadonlySet<string> = new Set(['first_name', 'last_name', 'locale', 'profile'])

function refuseFields(fields: readonly string[], why: string): void {
  if (fields.length === 0) return
  const errors: Fault[] = fields.map((field) => ({
    pointer: `/${field}`,
    code: 'field_not_writable',
    detail: `${why} ${field}.`,
  }))
  throw new AppError('field_not_writable', { errors })
}

/**
 * A user without an address cannot reset the password by mail. @throws field_not_writable unless an administrator
 * removes it
 */
export function mayRemoveAddress(caller: Caller, before: UserRow, fields: Partial<UserFields>): void {
  if (fields.email !== null || before.email === null || may(caller, 'users:write')) return
  const detail = 'Only an administrator may remove the e-mail address.'
  throw new AppError('field_not_writable', {
    errors: [{ pointer: '/email', code: 'field_not_writable', detail }],
  })
}

/** @throws permission_not_held when one of the roles has a permission that the caller lacks */
export function mayGrant(rights: Rights, caller: Caller, roles: readonly string[]): void {
  const missing = firstBeyond(rights, caller, roles)
  if (missing)
    throw new AppError('permission_not_held', {
      detail: `These roles give the permission ${missing}, which the caller does not hold.`,
    })
}

export function rolesBeyond(permission: Permission): Fault {
  return {
    pointer: '/roles',
    code: 'permission_not_held',
    detail: `These roles give the permission ${permission}, which the caller does not hold.`,
  }
}

/** A permission that one of the roles has and the caller lacks. */
export function firstBeyond(
  rights: Rights,
  caller: Caller,
  roles: readonly string[],
): Permission | undefined {
  for (const role of roles) {
    for (const permission of rights.get(role) ?? []) if (!holds(caller, permission)) return permission
  }
  return undefined
}

/** The roles with a permission that the caller lacks. */
export function rolesBeyondOf(rights: Rights, caller: Caller): string[] {
  return [...rights.keys()].filter((role) => firstBeyond(rights, caller, [role]) !== undefined)
}

export function givesPermission(rights: Rights, roles: readonly string[]): boolean {
  return roles.some((role) => (rights.get(role)?.size ?? 0) > 0)
}

/** Whether the user has any permission, by roles or groups. */
export function hasPermission(rights: Rights, row: UserRow): boolean {
  return givesPermission(rights, allRolesOf(row))
}

const fieldsToProve = ['username', 'email', 'email_verified', 'roles'] as const

/**
 * Whether the change needs a fresh proof of the caller's identity. A change needs one if it gives or removes
 * permissions, if it enables or disables a user who has permissions, or if it writes a field with which another user's
 * account can be entered.
 */
export function needsProof(
  rights: Rights,
  caller: Caller,
  before: UserRow,
  fields: Partial<UserFields> & { must_change_password?: boolean },
): boolean {
  const isOwn = caller.userId === before.id
  // The refusal must not reveal the stored value of a field to a caller who may not read the user.
  if (!isOwn && !may(caller, 'users:read') && fieldsToProve.some((name) => fields[name] !== undefined))
    return true
  const had = new Set(rolesOf(before))
  const exchanged = had.symmetricDifference(new Set(fields.roles ?? had))
  if (givesPermission(rights, [...exchanged])) return true
  const { status } = userOf(before)
  if ((fields.status ?? status) !== status && hasPermission(rights, before)) return true
  if (isOwn) return false
  // The duty ends all other use of the account, like a disabled account.
  if (fields.must_change_password !== undefined && hasPermission(rights, before)) return true
  const { username, email, email_verified } = { ...userOf(before), ...fields }
  return (
    username !== before.username ||
    email !== before.email ||
    email_verified !== (before.email_verified_at !== null)
  )
}

/** Faults for roles that do not exist. */
export async function faultsOfRoles(
  { roles: lookup }: { roles: Pick<RoleLookup, 'unknownAmong'> },
  roles: readonly string[] | undefined,
): Promise<Fault[]> {
  if (roles === undefined) return []
  const unknown = await lookup.unknownAmong(roles)
  return unknown.map((name) => ({
    pointer: `/roles/${roles.indexOf(name)}`,
    code: 'unknown_role',
    detail: `There is no role named ${JSON.stringify(name)}.`,
  }))
}

/** The roles that the change gives to the user. */
export function newRoles(row: UserRow, { roles = [] }: Partial<UserFields>): string[] {
  return roles.filter((role) => !rolesOf(row).includes(role))
}
