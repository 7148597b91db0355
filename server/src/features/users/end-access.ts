/** Whether a caller may end the sessions or API keys of a user. */
import { type Caller, isSelf, type Permissions } from '../../caller.ts'
import type { Proof } from '../proof/service.ts'
import type { RoleLookup } from '../roles/lookup.ts'
import { hasPermission } from './authority.ts'
import type { UserLookup } from './lookup.ts'

type Needs = {
  users: Pick<UserLookup, 'mayManage'>
  roles: Pick<RoleLookup, 'permissionsByRole'>
  needProof: Proof['need']
}

export type MayEndAccess = ReturnType<typeof createMayEndAccess>

export function createMayEndAccess({ users, roles, needProof }: Needs) {
  /**
   * Asserts that the caller may end sessions or API keys of this user. Without a fresh proof, a thief with a stolen
   * session could lock out other administrators and revoke their keys.
   * @throws not_found, permission_not_held; reauthentication_required for another user with permissions
   */
  return async (caller: Caller, userId: string, permission: Permissions): Promise<void> => {
    const row = await users.mayManage(caller, userId, permission)
    if (isSelf(caller, userId) || !hasPermission(await roles.permissionsByRole(), row)) return
    await needProof(caller)
  }
}
