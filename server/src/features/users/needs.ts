/** The functions of other features that users call; `wiring/` passes them in. */
import type { RightsCaches } from '../../caches/rights-caches.ts'
import type { Caller } from '../../caller.ts'
import type { Database, Tx } from '../../database/database.ts'
import type { AccountMail } from '../account/account-mail.ts'
import type { Audit } from '../audit/service.ts'
import type { FactorMoving } from '../factors/moving.ts'
import type { Idempotency } from '../idempotency/service.ts'
import type { Passwords } from '../passwords/service.ts'
import type { Proof } from '../proof/service.ts'
import type { RoleLookup } from '../roles/lookup.ts'
import type { Counters } from '../statistics/service.ts'
import type { Hooks } from '../webhooks/hooks/hooks.ts'
import type { UserRow } from './user.ts'
import type { EmailRule } from './user-fields.ts'

export type UsersNeeds = {
  database: Database
  email: EmailRule
  rights: Pick<RightsCaches, 'invalidate'>
  statistics: Pick<Counters, 'usersCreated' | 'userChanged' | 'signedIn' | 'readTotals'>
  signup: 'open' | 'closed'
  /** Whether users can sign in only with a verified address. */
  requireVerifiedEmail: boolean
  beforeSignUp: Hooks['beforeSignUp']
  /** Counts a sign-up from the network of the caller. @returns the seconds to wait; 0 when it is allowed */
  countSignUp(tx: Tx, caller: Caller): Promise<number>
  noteCreated: Idempotency['note']
  /** Deletes the data about a user who is erased in the tables of other features: stored answers, deliveries, requests. */
  forgetElsewhere(tx: Tx, user: Pick<UserRow, 'id' | 'username' | 'email'>): Promise<void>
  log: { info(fields: object, message: string): void }
  audit: Pick<Audit, 'record' | 'erase'>
  roles: Pick<RoleLookup, 'unknownAmong' | 'permissionsByRole' | 'rightsNow'>
  /**
   * The mark that is stored instead of a hash while another system verifies the password; undefined when no such system
   * is configured.
   */
  oldSystemMark: string | undefined
  factors: Pick<FactorMoving, 'readTotp' | 'setTotps' | 'hasTotp' | 'addTotp'>
  passwords: Pick<
    Passwords,
    | 'faultsOf'
    | 'hash'
    | 'set'
    | 'has'
    | 'setMustChange'
    | 'setMany'
    | 'remove'
    | 'anyUsable'
    | 'verify'
    | 'takeOver'
    | 'isTakenOver'
    | 'checkHash'
    | 'confirm'
  >
  needProof: Proof['need']
  access: {
    /** Ends all sessions of a user. If the user is deleted, it also revokes API keys and links. */
    end(
      tx: Tx,
      caller: Caller,
      userId: string,
      reason: 'disabled' | 'deleted' | 'email_changed' | 'password_changed',
    ): Promise<void>
    /**
     * Ends all sessions and links and revokes all API keys, because the owner of the address takes over the account.
     */
    reclaim(tx: Tx, caller: Caller, userId: string): Promise<void>
  }
  mail: Pick<
    AccountMail,
    'welcome' | 'confirmEmail' | 'emailReplaced' | 'emailChanged' | 'usernameChanged' | 'sendPasswordLink'
  >
}
