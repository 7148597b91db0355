import type { Permission } from '../api/types.ts'

/** Whether the console has a page for a user with these permissions. */
export function mayUseConsole(permissions: ReadonlySet<Permission>): boolean {
  return permissions.has('users:read') || permissions.has('roles:read') || permissions.has('audit:read')
}
