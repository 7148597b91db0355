/** The functions of other features that sessions call. */

import type { KeyObject } from 'node:crypto'
import type { RightsCaches } from '../../caches/rights-caches.ts'
import type { Tx } from '../../database/database.ts'
import type { Grants } from '../applications/grants/grants.ts'
import type { FloodCounts } from '../audit/floods.ts'
import type { Hooks } from '../webhooks/hooks/hooks.ts'
import type { BearerNeeds } from './bearers.ts'
import type { ImpersonationNeeds } from './impersonation/service.ts'

export type SessionsNeeds = ImpersonationNeeds &
  BearerNeeds & {
    rights: Pick<RightsCaches, 'add'>
    refreshKey: KeyObject
    count: FloodCounts['count']
    /** Whether the hook of the operator is called before tokens are issued. */
    isTokenHooked: boolean
    beforeToken: Hooks['beforeToken']
    /** Ends unfinished sign-ins of the user, and removes all trusted browsers. */
    endSignIns(tx: Tx, userId: string): Promise<void>
    /** Ends the grants of all applications for the user. */
    grants: Pick<Grants, 'endAllIn' | 'endOfSessionsIn'>
  }
