/** Checks whether the caller may give permissions to a machine. The caller must hold them, as for an API key. */

import { type Caller, need, needToGrant, type Permission } from '../../../caller.ts'
import type { Tx } from '../../../database/database.ts'
import type { Proof } from '../../proof/service.ts'
import type { RoleLookup } from '../../roles/lookup.ts'

export type GrantingNeeds = {
  rightsNow: RoleLookup['rightsNow']
  needProof: Proof['need']
  /** Mails administrators: the caller if it is a user, otherwise up to five of them. */
  tellPermissions(tx: Tx, caller: Caller, application: string, permissions: string): Promise<void>
}

export function createGranting({ rightsNow, needProof, tellPermissions }: GrantingNeeds) {
  return {
    /** Call it before the transaction. @throws permission_not_held, reauthentication_required, forbidden */
    async check(caller: Caller, permissions: readonly Permission[]): Promise<void> {
      if (permissions.length === 0) return
      needToGrant(caller, permissions)
      await needProof(caller, { unattended: 'api_keys:unattended' })
    },

    /** Call it in the transaction that gives the permissions or adds a secret. @throws forbidden, permission_not_held */
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
