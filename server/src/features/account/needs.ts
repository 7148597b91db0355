/** The functions of other features that the account feature calls; `features.ts` passes them in. */
import type { AuditLog } from '../../audit-events.ts'
import type { Caller, Permissions } from '../../caller.ts'
import type { Database, Tx } from '../../database/database.ts'
import type { Fault } from '../../errors.ts'
import type { Account, AccountMail } from './account-mail.ts'
import type { EmailSignIns } from './email-sign-in/service.ts'
import type { Links } from './links.ts'
import type { MailBudgets } from './mail-budgets.ts'
import type { Requests } from './requests/requests.ts'

/** A stored user, with the columns that decide whether a link is still valid. */
export type AccountRow = Account & {
  username_key: string
  disabled_at: string | null
  deleted_at: string | null
  created_at: string
  version: number
}

export type AccountNeeds = {
  database: Database
  links: Links
  mail: AccountMail
  budgets: MailBudgets
  requests: Requests
  emailSignIns: EmailSignIns
  /** Whether users may sign in by mail. */
  emailLink: boolean
  audit: AuditLog
  attempts: { forgive(tx: Tx, userId: string, names: readonly string[], address: string): Promise<void> }
  passwords: {
    faultsOf(password: string, names: readonly string[]): Fault[]
    /** @throws overloaded */
    hash(password: string): Promise<string>
    set(tx: Tx, userId: string, hash: string, mustChange: boolean, isResetByMail: boolean): Promise<void>
    /** Whether the password was set with a mailed link, or changed from such a password. */
    wasResetByMail(userId: string, tx: Tx): Promise<boolean>
    has(userId: string): Promise<boolean>
    /** Whether the user must replace the password, because an administrator set it. */
    mustChange(userId: string): Promise<boolean>
    setMustChange(tx: Tx, userId: string, must: boolean): Promise<boolean>
    remove(tx: Tx, userId: string): Promise<void>
    /**
     * Verifies the current password. Call the returned function in the transaction of the change: it throws if the password
     * was replaced meanwhile.
     * @throws reauthentication_required, invalid_credentials, too_many_requests
     */
    confirm(caller: Caller, userId: string, password: string | undefined): Promise<(tx: Tx) => Promise<void>>
  }
  /** Asserts that the caller has proven their identity recently. @throws reauthentication_required */
  needProof(caller: Caller): Promise<void>
  users: {
    /** Whether any of the user's roles gives a permission. */
    holdsPermissions(id: string): Promise<boolean>
    find(id: string): Promise<AccountRow | undefined>
    findForChange(tx: Tx, id: string): Promise<AccountRow | undefined>
    /** By e-mail address, in any case or notation. */
    findByName(email: string): Promise<AccountRow | undefined>
    canonicalName(email: string): string
    /** @throws not_found, permission_not_held */
    mayManage(caller: Caller, userId: string, permission: Permissions): Promise<AccountRow>
    /** The same for ending sessions and API keys. @throws also reauthentication_required for another user with permissions */
    mayEndAccess(caller: Caller, userId: string, permission: Permissions): Promise<void>
    /** The same as `mayManage` inside a transaction, with the current rights. Locks the user. @throws not_found, permission_not_held */
    mayManageNow(tx: Tx, caller: Caller, userId: string, permission: Permissions): Promise<AccountRow>
    /** The sign-up of an account whose address was never verified. */
    findSignUp(id: string): Promise<{ user_agent: string | null } | undefined>
    /** Moves such an account to the recycle bin. @throws forbidden for other accounts */
    discardSignUp(tx: Tx, caller: Caller, id: string): Promise<void>
    /** Marks the address as verified if the user still has it. @returns whether the user has it */
    verifyEmail(tx: Tx, userId: string, emailKey: string): Promise<boolean>
    /** @returns the former row; undefined when there is no such active user */
    setEmail(tx: Tx, userId: string, email: string): Promise<AccountRow | undefined>
  }
  /** Whether the user can sign in without a password: with an account at another provider or a passkey. */
  hasOtherWayIn(userId: string): Promise<boolean>
  /** Whether links verify addresses without the password of the account (`ROSTER_VERIFY_WITHOUT_PASSWORD`). */
  verifyWithoutPassword: boolean
  access: {
    /** Removes second factors and linked accounts of other providers, without a mail to the user. */
    removeFactors(tx: Tx, userId: string): Promise<unknown>
    /** Ends the sessions of a user, except `exceptId`. */
    endSessions(
      tx: Tx,
      caller: Caller,
      userId: string,
      reason: 'password_changed' | 'email_changed' | 'revoked',
      exceptId: string | null,
    ): Promise<void>
    revokeApiKeys(
      tx: Tx,
      caller: Caller,
      userId: string,
      reason: 'account_reclaimed' | 'password_changed' | 'sessions_ended',
    ): Promise<void>
  }
}
