/** Reads roles for other features: the permissions of each role, and the current rights of a caller. */
import { createTtlCache } from '../../caches/ttl-cache.ts'
import { type Caller, needToGrant, type Permission } from '../../caller.ts'
import { monotonicMs } from '../../clock.ts'
import type { Database, Tx } from '../../database/database.ts'
import { invalidInput } from '../../errors.ts'
import { rightsNow } from './rights-now.ts'
import { byName, type Known } from './role.ts'
import { createRoleStore } from './store.ts'

export type RoleLookup = ReturnType<typeof createRoleLookup>

/** How long another replica may use the old permissions of a role. */
const rememberMs = 400

export function createRoleLookup(database: Database) {
  const store = createRoleStore(database)
  const recent = createTtlCache<ReadonlyMap<string, Known>>(rememberMs, 1)

  const all = async () => {
    const known = recent.get('all')
    if (known) return known
    const startedMs = monotonicMs()
    const roles = byName(await store.list())
    recent.set('all', roles, startedMs)
    return roles
  }

  return {
    /** After the commit of a change: the next call reads the roles again. */
    forget: recent.clear,

    /** The names among these of which there is no role. */
    async missing(names: readonly string[]): Promise<string[]> {
      if (names.length === 0) return []
      const known = new Set((await store.list()).map(({ name }) => name))
      return names.filter((name) => !known.has(name))
    },

    async unknownAmong(names: readonly string[]): Promise<string[]> {
      const roles = await all()
      return names.filter((name) => !roles.has(name))
    },

    /** Asserts that the caller may give this role. @throws invalid_input when there is no such role; permission_not_held */
    async mayGive(caller: Caller, name: string): Promise<void> {
      const allowed = (await all()).get(name)?.permissions
      if (!allowed)
        throw invalidInput([{ pointer: '/role', code: 'unknown_role', detail: 'There is no such role.' }])
      needToGrant(caller, allowed)
    },

    /** The permissions of each role, by its name; with `tx`, as the transaction sees them. */
    async permissionsByRole(tx?: Tx): Promise<ReadonlyMap<string, ReadonlySet<Permission>>> {
      const roles = tx ? byName(await store.list(tx)) : await all()
      return new Map([...roles].map(([name, { permissions }]) => [name, new Set(permissions)]))
    },

    /** The caller with the current rights. */
    rightsNow: (caller: Caller, from: Tx | Database['read']): Promise<Caller> =>
      rightsNow(store, from, caller),

    /** The names of all roles of a user, given directly and through groups. */
    heldBy: (userId: string, from: Tx | Database['read'] = database.read): Promise<string[]> =>
      store.listHeld(from, userId),

    /** All permissions of a user with these roles. */
    async permissionsOf(names: readonly string[]): Promise<ReadonlySet<Permission>> {
      const roles = await all()
      return new Set(names.flatMap((name) => roles.get(name)?.permissions ?? []))
    },

    /** Whether one of these roles requires a second factor. */
    async requireFactor(names: readonly string[]): Promise<boolean> {
      const roles = await all()
      return names.some((name) => roles.get(name)?.requiresFactor)
    },
  }
}
