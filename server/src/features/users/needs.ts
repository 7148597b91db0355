/** The functions of other features that users call; `features.ts` passes them in. */
import type { AuditLog } from '../../audit-events.ts'
import type { RightsCaches } from '../../caches/rights-caches.ts'
import type { Caller, Permission } from '../../caller.ts'
import type { Database, Tx } from '../../database/database.ts'
import type { Fault } from '../../errors.ts'
import type { UserTotals } from './list/kept-count.ts'
import type { UserRow } from './user.ts'

/** Updates the counters of users in the transaction of each change. */
export type UserStatistics = {
  usersCreated(tx: Tx, users: readonly (CountedUser & { created_at: string })[]): Promise<void>
  /** `after` is null when the user was erased. */
  userChanged(tx: Tx, before: CountedUser, after: CountedUser | null): Promise<void>
  signedIn(tx: Tx, at: string, isFirstOfDay: boolean): Promise<void>
  readTotals(): Promise<UserTotals>
}
type CountedUser = {
  seq: number
  disabled_at: string | null
  email_verified_at: string | null
  deleted_at: string | null
}

/** Whether a user must have an e-mail address. */
export type EmailRule = 'required' | 'optional'

export type UsersNeeds = {
  database: Database
  email: EmailRule
  rights: Pick<RightsCaches, 'invalidate'>
  statistics: UserStatistics
  signup: 'open' | 'closed'
  /** Calls the hook of the operator. @throws denied_by_hook, dependency_unavailable, overloaded */
  beforeSignUp(caller: Caller, fields: object, by: 'self' | 'provider'): Promise<void>
  /** Counts a sign-up from the network of the caller. @returns the seconds to wait; 0 when it is allowed */
  countSignUp(tx: Tx, caller: Caller): Promise<number>
  /** Stores the id of the created resource under the `Idempotency-Key` of the request, in the same transaction. */
  noteCreated(tx: Tx, caller: Caller, id: string): Promise<void>
  /** Deletes stored answers and deliveries about a user who is erased. */
  forgetAnswers(tx: Tx, userId: string): Promise<void>
  log: { info(fields: object, message: string): void }
  audit: AuditLog & {
    erase(tx: Tx, userId: string): Promise<void>
  }
  roles: {
    /** The roles among `names` that do not exist. */
    unknownAmong(names: readonly string[]): Promise<string[]>
    /** The permissions of each role; with `tx`, as the transaction sees them. */
    permissionsByRole(tx?: Tx): Promise<ReadonlyMap<string, ReadonlySet<Permission>>>
    /** The caller with their current permissions; some may have been removed since the request began. */
    rightsNow(caller: Caller, from: Tx | Database['read']): Promise<Caller>
  }
  /** Stored instead of a hash when another system verifies the password; undefined when no such system is set. */
  oldSystemMark: string | undefined
  factors: {
    /** The secret of an imported authenticator app, encrypted for this user; undefined when it cannot be used. */
    readTotp(userId: string, brought: { sealed: string } | { secret: string }): string | undefined
    /** Stores them for new users. */
    setTotps(tx: Tx, rows: readonly { userId: string; sealed: string }[]): Promise<void>
    /** Whether the user has one. */
    hasTotp(tx: Tx, userId: string): Promise<boolean>
    /** Adds an app to an existing user without one. `tells`: also notifies the user by mail. */
    addTotp(tx: Tx, caller: Caller, app: { userId: string; sealed: string }, tells: boolean): Promise<void>
  }
  passwords: {
    /** The faults of a new password of a user with these names. */
    faultsOf(password: string, names: readonly string[]): Fault[]
    /** The hash to store. It is slow by design: never call it in a transaction. @throws overloaded */
    hash(password: string): Promise<string>
    set(tx: Tx, userId: string, hash: string, mustChange?: boolean): Promise<void>
    /** Whether the user has one. */
    has(userId: string): Promise<boolean>
    /** Sets whether the user must replace the password. @returns whether that changed */
    setMustChange(tx: Tx, userId: string, must: boolean): Promise<boolean>
    /** Sets the first passwords of new users of an import. */
    setMany(tx: Tx, passwords: readonly { userId: string; hash: string }[]): Promise<void>
    /** Removes the user's password. */
    remove(tx: Tx, userId: string): Promise<void>
    /** Whether one of these users can sign in with a password. */
    anyUsable(tx: Tx, userIds: readonly string[]): Promise<boolean>
    /** Whether this is the user's password. It is slow by design. @throws overloaded */
    verify(userId: string, password: string): Promise<{ right: boolean }>
    /** Sets the password to an imported hash. */
    takeOver(tx: Tx, userId: string, hash: string): Promise<void>
    /** Whether the user has this hash, or it was the last one imported. */
    isTakenOver(tx: Tx, userId: string, hash: string): Promise<boolean>
    /** Whether a hash of another system can be verified here. */
    checkHash(encoded: string): { ok: true } | { ok: false; code: string; detail: string }
    /**
     * Verifies the current password. Call the returned function in the transaction of the change: it throws if the password
     * was replaced meanwhile.
     * @throws reauthentication_required without a password, invalid_credentials when it is wrong, too_many_requests
     */
    confirm(caller: Caller, userId: string, password: string | undefined): Promise<(tx: Tx) => Promise<void>>
  }
  /** Asserts that the caller has recently proven their identity. @throws reauthentication_required, forbidden */
  needProof(caller: Caller, proof: { password?: string | undefined }): Promise<void>
  access: {
    /** Ends all sessions. When the user is deleted, also revokes API keys and links. */
    end(
      tx: Tx,
      caller: Caller,
      userId: string,
      reason: 'disabled' | 'deleted' | 'email_changed' | 'password_changed',
    ): Promise<void>
    /** Ends all sessions and links and revokes all API keys: the account gets another owner. */
    reclaim(tx: Tx, caller: Caller, userId: string): Promise<void>
  }
  mail: {
    /** Mails a new user a link to verify the address, or to set a password when there is none. */
    welcome(tx: Tx, caller: Caller, user: Omit<UserRow, 'seq'>, hasPassword: boolean): Promise<void>
    /** Mails a confirmation link to the new address and a notice to the old one. */
    confirmEmail(tx: Tx, user: UserRow, email: string, emailKey: string): Promise<void>
    /** After an administrator replaced the address: mails a notice to the old one and a verification link to the new one. */
    emailReplaced(tx: Tx, caller: Caller, before: UserRow, after: UserRow): Promise<void>
    /** Mails the former address that the account has another one. */
    emailChanged(tx: Tx, account: UserRow): Promise<void>
    /** Mails the user that the username has changed. */
    usernameChanged(tx: Tx, before: UserRow, username: string): Promise<void>
    /** Mails a link to set a password. */
    sendPasswordLink(tx: Tx, caller: Caller, user: UserRow, hasPassword: boolean): Promise<void>
  }
}
