/** The functions of other features that sessions call. */

import type { KeyObject } from 'node:crypto'
import type { AuditLog } from '../../audit-events.ts'
import type { RightsCaches } from '../../caches/rights-caches.ts'
import type { Caller, Permission } from '../../caller.ts'
import type { Database, Tx } from '../../database/database.ts'
import type { ImpersonationNeeds } from './impersonation/service.ts'
import type { EndReason } from './session.ts'

export type SessionsNeeds = ImpersonationNeeds & {
  database: Database
  rights: Pick<RightsCaches, 'add'>
  refreshKey: KeyObject
  audit: AuditLog
  /** For events that are only counted. */
  count(event: { type: 'session.refreshed'; outcome: 'success' }): void
  permissionsOf(roles: readonly string[]): Promise<ReadonlySet<Permission>>
  /** The time from which a user without a second factor may only add one; null if none is required or missing. */
  enrolBy(userId: string, roles: readonly string[], methods: readonly string[]): Promise<string | null>
  /** Whether the hook of the operator is called before tokens are issued. */
  isTokenHooked: boolean
  /** Further claims from the hook of the operator. @throws denied_by_hook, dependency_unavailable, overloaded */
  beforeToken(
    origin: Pick<Caller, 'requestId' | 'address' | 'userAgent'>,
    userId: string,
    application: null,
  ): Promise<Record<string, unknown>>
  /** Ends unfinished sign-ins of the user, and removes all trusted browsers. */
  endSignIns(tx: Tx, userId: string): Promise<void>
  /** Ends the grants of all applications for the user. */
  grants: {
    endAllIn(tx: Tx, userId: string): Promise<void>
    endOfSessionsIn(tx: Tx, sessionIds: readonly string[], reason: EndReason): Promise<void>
  }
}
