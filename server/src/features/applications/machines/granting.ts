/** Giving permissions to a machine: the caller must hold them, as for an API key. */
import { type Caller, need, needToGrant, type Permission } from '../../../caller.ts'
import type { Tx } from '../../../database/database.ts'

export type GrantingNeeds = {
  /** The caller with what they may do at this moment. */
  rightsNow(caller: Caller, tx: Tx): Promise<Caller>
  /** @throws reauthentication_required, or forbidden for a program without the permission `unattended` */
  needProof(caller: Caller, options: { unattended: Permission }): Promise<void>
  /** Tells administrators by mail: the caller, if that is a user, else some of them. */
  tellPermissions(tx: Tx, caller: Caller, application: string, permissions: string): Promise<void>
}

export type Granting = ReturnType<typeof createGranting>

export function createGranting({ rightsNow, needProof, tellPermissions }: GrantingNeeds) {
  return {
    /** Before the transaction. @throws permission_not_held, reauthentication_required, forbidden */
    async check(caller: Caller, permissions: readonly Permission[]): Promise<void> {
      if (permissions.length === 0) return
      needToGrant(caller, permissions)
      await needProof(caller, { unattended: 'api_keys:unattended' })
    },

    /** In the transaction that gives the permissions, or a secret that opens them. @throws forbidden, permission_not_held */
    async give(
      tx: Tx,
      caller: Caller,
      { name, permissions }: { name: string; permissions: readonly Permission[] },
    ): Promise<void> {
      if (permissions.length === 0) return
      const granter = await rightsNow(caller, tx)
      need(granter, 'applications:write')
      needToGrant(granter, permissions)
      await tellPermissions(tx, caller, name, permissions.join(', '))
    },
  }
}
