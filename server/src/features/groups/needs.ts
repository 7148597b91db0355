/** The functions of other features that groups call. */

import type { AuditLog } from '../../audit-events.ts'
import type { RightsCaches } from '../../caches/rights-caches.ts'
import type { Database } from '../../database/database.ts'
import type { Events } from '../events/service.ts'
import type { Idempotency } from '../idempotency/service.ts'
import type { Proof } from '../proof/service.ts'
import type { RoleLookup } from '../roles/lookup.ts'
import type { UserLookup } from '../users/lookup.ts'

export type GroupsNeeds = {
  database: Database
  audit: AuditLog
  recordGroupsChanged: Events['recordGroupsChanged']
  noteCreated: Idempotency['note']
  roles: Pick<RoleLookup, 'missing' | 'permissionsByRole' | 'rightsNow'>
  needProof: Proof['need']
  users: Pick<UserLookup, 'needProven' | 'holdUnproven' | 'holdAllUnproven'>
  texts: {
    /** The form in which names are compared. */
    fold(text: string): string
    /** The fault of a text that is shown on one line. */
    faultOf(
      text: string,
      rules: { min?: number; max?: number; shown?: boolean },
    ): { code: string; detail: string } | undefined
  }
  rights: Pick<RightsCaches, 'invalidate'>
}
