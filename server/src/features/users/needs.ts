/** What users need of the rest of the house; `app.ts` hands it in. */
import type { AuditLog } from '../../audit-events.ts'
import type { RightsCaches } from '../../caches/rights-caches.ts'
import type { Caller, Permission } from '../../caller.ts'
import type { Database, Tx } from '../../database/database.ts'
import type { Fault } from '../../errors.ts'
import type { UserTotals } from './list/kept-count.ts'
import type { UserRow } from './user.ts'

/** Keeps the numbers of users, in the transaction of each change. */
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
  /** Asks the hook of the operator. @throws denied_by_hook, dependency_unavailable, overloaded */
  beforeSignUp(caller: Caller, fields: object, by: 'self' | 'provider'): Promise<void>
  /** Counts a sign-up for the network of the caller; @returns the seconds to wait, 0 when it is allowed. */
  countSignUp(tx: Tx, caller: Caller): Promise<number>
  /** Notes what a request with an `Idempotency-Key` makes, in the transaction that makes it. */
  noteCreated(tx: Tx, caller: Caller, id: string): Promise<void>
  /** Forgets the answers that are kept about a user who is erased. */
  forgetAnswers(tx: Tx, userId: string): Promise<void>
  log: { info(fields: object, message: string): void }
  audit: AuditLog & {
    erase(tx: Tx, userId: string): Promise<void>
  }
  roles: {
    /** The roles among `names` that do not exist. */
    unknownAmong(names: readonly string[]): Promise<string[]>
    /** What each role allows; in a transaction as it is at this moment. */
    permissionsByRole(tx?: Tx): Promise<ReadonlyMap<string, ReadonlySet<Permission>>>
    /** The caller with what they may do at this moment, which may be less than what they came with. */
    rightsNow(caller: Caller, from: Tx | Database['read']): Promise<Caller>
  }
  /** In the place of the hash of a user whose password another system verifies; undefined when there is none. */
  oldSystemMark: string | undefined
  factors: {
    /** An authenticator app that an import brings, sealed for this user; undefined when it cannot be taken over. */
    readTotp(userId: string, brought: { sealed: string } | { secret: string }): string | undefined
    /** Gives them to new users. */
    setTotps(tx: Tx, rows: readonly { userId: string; sealed: string }[]): Promise<void>
    /** Whether the user has one. */
    hasTotp(tx: Tx, userId: string): Promise<boolean>
    /** Gives one to an existing user who has none, and tells the user if it is wanted. */
    addTotp(tx: Tx, caller: Caller, app: { userId: string; sealed: string }, tells: boolean): Promise<void>
  }
  passwords: {
    /** What is wrong with a new password of a user with these names. */
    faultsOf(password: string, names: readonly string[]): Fault[]
    /** The hash to store. Slow on purpose: never call it in a transaction. @throws overloaded */
    hash(password: string): Promise<string>
    set(tx: Tx, userId: string, hash: string, mustChange?: boolean): Promise<void>
    /** Whether the user has one. */
    has(userId: string): Promise<boolean>
    /** Whether the user has to replace it. @returns whether that changed */
    setMustChange(tx: Tx, userId: string, must: boolean): Promise<boolean>
    /** The first passwords of new users whom an import brings. */
    setMany(tx: Tx, passwords: readonly { userId: string; hash: string }[]): Promise<void>
    /** Removes the user's password. */
    remove(tx: Tx, userId: string): Promise<void>
    /** Whether one of these users can sign in with a password. */
    anyUsable(tx: Tx, userIds: readonly string[]): Promise<boolean>
    /** Whether this is the user's password. Slow on purpose. @throws overloaded */
    verify(userId: string, password: string): Promise<{ right: boolean }>
    /** Sets the password to one that an import brings. */
    takeOver(tx: Tx, userId: string, hash: string): Promise<void>
    /** Whether this hash is the user's, or was the last that an import brought. */
    isTakenOver(tx: Tx, userId: string, hash: string): Promise<boolean>
    /** Whether a hash of another system can be taken over. */
    checkHash(encoded: string): { ok: true } | { ok: false; code: string; detail: string }
    /** @throws reauthentication_required without a password, invalid_credentials when it is wrong, too_many_requests */
    /** What it gives makes sure in the transaction of the change that the password is still the same one. */
    confirm(caller: Caller, userId: string, password: string | undefined): Promise<(tx: Tx) => Promise<void>>
  }
  /** Asserts that the caller has proven their identity recently. @throws reauthentication_required, forbidden */
  needProof(caller: Caller, proof: { password?: string | undefined }): Promise<void>
  access: {
    /** Ends all sessions and, when the user goes for good, revokes keys and links. */
    end(
      tx: Tx,
      caller: Caller,
      userId: string,
      reason: 'disabled' | 'deleted' | 'email_changed' | 'password_changed',
    ): Promise<void>
    /** Ends all sessions and links and revokes all API keys of an account that changes hands. */
    reclaim(tx: Tx, caller: Caller, userId: string): Promise<void>
  }
  mail: {
    /** Greets a new user: with a link to verify the address, or to set a password when there is none. */
    welcome(tx: Tx, caller: Caller, user: Omit<UserRow, 'seq'>, hasPassword: boolean): Promise<void>
    /** Asks the new address for confirmation and tells the old one. */
    confirmEmail(tx: Tx, user: UserRow, email: string, emailKey: string): Promise<void>
    /** After an administrator replaced it: tells the old address, and asks the new one to be verified. */
    emailReplaced(tx: Tx, caller: Caller, before: UserRow, after: UserRow): Promise<void>
    /** Tells an address that the account got another one. */
    emailChanged(tx: Tx, account: UserRow): Promise<void>
    /** Tells a user that the username is another one. */
    usernameChanged(tx: Tx, before: UserRow, username: string): Promise<void>
    /** Sends a link to choose a password. */
    sendPasswordLink(tx: Tx, caller: Caller, user: UserRow, hasPassword: boolean): Promise<void>
  }
}
