/** Checks whether the caller may change a group, because a change of a group changes the rights of its members. */
import { type Caller, holds, need, type Permission } from '../../caller.ts'
import type { Database, Tx } from '../../database/database.ts'
import { AppError } from '../../errors.ts'
import type { GroupsNeeds } from './needs.ts'
import type { GroupStores } from './stores.ts'

export type GroupAuthority = ReturnType<typeof createGroupAuthority>

export function createGroupAuthority(needs: GroupsNeeds, { groups: store, tree }: GroupStores) {
  const permissionsIn = async (roles: readonly string[], tx?: Tx): Promise<Permission[]> => {
    if (roles.length === 0) return []
    const rights = await needs.roles.permissionsByRole(tx)
    return roles.flatMap((role) => [...(rights.get(role) ?? [])])
  }
  const refuseBeyond = (caller: Caller, permissions: readonly Permission[]): void => {
    const missing = permissions.find((permission) => !holds(caller, permission))
    if (missing)
      throw new AppError('permission_not_held', {
        detail: `The group gives the permission ${missing}, which the caller does not hold.`,
      })
  }

  const rolesGivenBy = async (
    groupId: string,
    from: Tx | Database['read'] = needs.database.read,
  ): Promise<string[]> => {
    const lists = await store.listRoles(await tree.listAncestors(groupId, from), from)
    return [...new Set([...lists.values()].flat())]
  }

  return {
    /** The roles that the members get from a group and from the groups that contain it. */
    rolesGivenBy,

    givePermissions: async (roles: readonly string[], tx: Tx): Promise<boolean> =>
      (await permissionsIn(roles, tx)).length > 0,

    /** Whether the members of a group get permissions from it or from the groups that contain it. */
    givesPermissions: async (groupId: string, tx?: Tx): Promise<boolean> =>
      (await permissionsIn(await rolesGivenBy(groupId, tx), tx)).length > 0,

    /**
     * Call it when users join a group.
     * @throws unproven_account if the group gives permissions and one of the users is an unproven sign-up
     */
    async needProven(tx: Tx, groupId: string, userIds: readonly string[]): Promise<void> {
      const unproven = await needs.users.holdUnproven(tx, userIds)
      if (unproven.length === 0) return
      if ((await permissionsIn(await rolesGivenBy(groupId, tx), tx)).length > 0)
        await needs.users.needProven(tx, unproven)
    },

    /**
     * Call it before the transaction that changes a group with these roles.
     * @param moved the roles that users get or lose by the change
     * @throws forbidden, permission_not_held, reauthentication_required
     */
    async check(caller: Caller, roles: readonly string[], moved: readonly string[]): Promise<void> {
      need(caller, 'groups:write')
      refuseBeyond(caller, await permissionsIn([...roles, ...moved]))
      if ((await permissionsIn(moved)).length > 0) await needs.needProof(caller)
    },

    /** Repeats the check in the transaction, with the current rights. @returns whether the roles give any permission */
    async checkAgain(tx: Tx, caller: Caller, roles: readonly string[]): Promise<boolean> {
      const granter = await needs.roles.rightsNow(caller, tx)
      need(granter, 'groups:write')
      const permissions = await permissionsIn(roles, tx)
      refuseBeyond(granter, permissions)
      return permissions.length > 0
    },
  }
}
