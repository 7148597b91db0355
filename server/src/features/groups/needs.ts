/** What groups need of the rest of the service. */
import type { AuditLog } from '../../audit-events.ts'
import type { RightsCaches } from '../../caches/rights-caches.ts'
import type { Caller, Permission } from '../../caller.ts'
import type { Database, Tx } from '../../database/database.ts'

export type GroupsNeeds = {
  database: Database
  audit: AuditLog
  /** Adds to the feed that the groups of these users changed. */
  recordGroupsChanged(tx: Tx, userIds: readonly string[]): Promise<void>
  /** Notes what a request with an `Idempotency-Key` makes, in the transaction that makes it. */
  noteCreated(tx: Tx, caller: Caller, id: string): Promise<void>
  roles: {
    /** The names of those roles that do not exist. */
    missing(names: readonly string[]): Promise<string[]>
    /** What each role allows; in a transaction as it is at this moment. */
    permissionsByRole(tx?: Tx): Promise<ReadonlyMap<string, ReadonlySet<Permission>>>
    /** The caller with what they may do at this moment. */
    rightsNow(caller: Caller, from: Tx | Database['read']): Promise<Caller>
  }
  /** @throws reauthentication_required, forbidden */
  needProof(caller: Caller): Promise<void>
  users: {
    /** @throws unproven_account when one of them has an unproven address */
    needProven(tx: Tx, userIds: readonly string[]): Promise<void>
  }
  texts: {
    /** The form in which names are compared. */
    fold(text: string): string
    /** What is wrong with a text that is shown on one line. */
    faultOf(
      text: string,
      rules: { min?: number; max?: number; shown?: boolean },
    ): { code: string; detail: string } | undefined
  }
  rights: Pick<RightsCaches, 'invalidate'>
}
