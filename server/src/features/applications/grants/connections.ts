/**
 * Connected applications: the applications that a user has signed in to, listed and removed by the user and by
 * administrators.
 */

import type { AuditLog } from '../../../audit-events.ts'
import type { Caller } from '../../../caller.ts'
import type { Database } from '../../../database/database.ts'
import { AppError } from '../../../errors.ts'
import type { MayEndAccess } from '../../users/end-access.ts'
import type { UserLookup } from '../../users/lookup.ts'
import type { Connection, Grants } from './grants.ts'

export type ConnectionNeeds = {
  database: Database
  grants: Pick<Grants, 'list' | 'disconnectIn'>
  mayManage: UserLookup['mayManage']
  /** Another user with permissions is signed out of an application only with a fresh proof, as when sessions are ended. */
  mayEndAccess: MayEndAccess
  audit: AuditLog
}

export type Connections = ReturnType<typeof createConnections>

export function createConnections({ database, grants, mayManage, mayEndAccess, audit }: ConnectionNeeds) {
  return {
    /** Sorted by the last sign-in, newest first. */
    async list(caller: Caller, userId: string): Promise<Connection[]> {
      await mayManage(caller, userId, 'users:read')
      return grants.list(userId)
    },

    /** Ends the tokens of the application and sends it a logout token. A third-party application needs consent again. */
    async remove(caller: Caller, userId: string, applicationId: string): Promise<void> {
      await mayEndAccess(caller, userId, 'users:write')
      await database.transaction(async (tx) => {
        if (!(await grants.disconnectIn(tx, userId, applicationId))) throw new AppError('not_found')
        await audit.record(tx, caller, {
          type: 'application.disconnected',
          target: { kind: 'application', id: applicationId },
          changes: { user_id: userId },
        })
      })
    },
  }
}
