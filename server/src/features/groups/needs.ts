/** The functions of other features that groups call. */
import type { AuditLog } from '../../audit-events.ts'
import type { RightsCaches } from '../../caches/rights-caches.ts'
import type { Caller, Permission } from '../../caller.ts'
import type { Database, Tx } from '../../database/database.ts'

export type GroupsNeeds = {
  database: Database
  audit: AuditLog
  /** Adds events that the groups of these users changed. */
  recordGroupsChanged(tx: Tx, userIds: readonly string[]): Promise<void>
  /** Stores the id of the created resource under the `Idempotency-Key` of the request, in the same transaction. */
  noteCreated(tx: Tx, caller: Caller, id: string): Promise<void>
  roles: {
    /** The roles among these that do not exist. */
    missing(names: readonly string[]): Promise<string[]>
    /** The permissions of each role; with `tx`, as the transaction sees them. */
    permissionsByRole(tx?: Tx): Promise<ReadonlyMap<string, ReadonlySet<Permission>>>
    /** The caller with the current permissions. */
    rightsNow(caller: Caller, from: Tx | Database['read']): Promise<Caller>
  }
  /** @throws reauthentication_required, forbidden */
  needProof(caller: Caller): Promise<void>
  users: {
    holdUnproven(tx: Tx, userIds: readonly string[]): Promise<string[]>
    holdAllUnproven(tx: Tx): Promise<void>
    /** @throws unproven_account when one of them has an unproven address */
    needProven(tx: Tx, userIds: readonly string[]): Promise<void>
  }
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
