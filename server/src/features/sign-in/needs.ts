/** The functions of other features that a sign-in calls; `features.ts` passes them in. */

import type { KeyObject } from 'node:crypto'
import type { AuditLog, NewAuditEvent } from '../../audit-events.ts'
import type { RightsCaches } from '../../caches/rights-caches.ts'
import type { Caller, Permission } from '../../caller.ts'
import type { Database, Tx } from '../../database/database.ts'
import type { PasskeyAnswer } from '../../factor-answers.ts'

export type Account = {
  id: string
  username_key: string
  email_key: string
  disabled_at: string | null
  email_verified_at: string | null
}
export type Attempt = {
  mayVerify: boolean
  isKnown: boolean
  isNewNetwork: boolean
  succeeded(tx: Tx, names: readonly string[]): Promise<void>
  /** Stores the network as known to the account. */
  entered(tx: Tx): Promise<void>
  failed(tx: Tx, isCountedForAccount: boolean): Promise<void>
}
export type Verdict = {
  right: boolean
  changedAt?: string
  rehashed?: { old: string; hash: string }
  unusable?: 'no_password' | 'password_switched_off'
}
export type Tokens = {
  access_token: string
  token_type: 'Bearer'
  expires_in: number
  refresh_token: string
  refresh_expires_in: number
}

/** The answer to the challenge of a second step. */
export type SecondFactor =
  | { totp: string }
  | { recovery_code: string }
  | { passkey: PasskeyAnswer }
  | { email_code: string }

/** The code or the token of the mail for the challenge. */
export type EmailEntrance = { challenge: string } & ({ email_code: string } | { email_token: string })

/** The credentials of a sign-in: a name and a password, a passkey that signed a challenge, or a mail. */
export type Entrance =
  | { username: string; password: string }
  | { challenge: string; passkey: PasskeyAnswer }
  | EmailEntrance

export type SignInNeeds<User, Row, Session> = {
  database: Database
  rights: Pick<RightsCaches, 'add'>
  log: { warn(fields: object, message: string): void }
  cacheKey: KeyObject
  requireVerifiedEmail: boolean
  /** The effect of a sign-in with a breached password. */
  breachedSignIn: 'notice' | 'refuse'
  /** Asks the hook of the operator. @throws denied_by_hook, dependency_unavailable, overloaded */
  beforeSignIn(caller: Caller, userId: string, method: string, roles?: readonly string[]): Promise<void>
  audit: AuditLog
  floods: {
    /** Whether an event about this subject is written individually or only counted. */
    hasRow(type: 'auth.login.failure', subject: string): boolean
    count(event: { type: 'auth.login.failure'; outcome: 'failure'; reason: string }): void
  }
  attempts: {
    /** After a success the caller passes all names of the account. @throws too_many_requests */
    begin(attempted: {
      name: string
      accountId: string | undefined
      address: string
      /** A browser that the account trusts, as the digest of its cookie. */
      browser?: string | undefined
      admit(isKnown: boolean): void
    }): Promise<Attempt>
    /** The same as `entered` for a sign-in of several steps. @returns whether the account did not know the network */
    enter(tx: Tx, accountId: string, address: string): Promise<boolean>
  }
  passwords: {
    /** Some places in the queue are reserved for networks that the account knows. @throws overloaded */
    refuseWhenFull(isKnown: boolean): void
    isBreached(password: string): boolean
    /** Whether the user must replace the password, because an administrator set it. */
    mustChange(userId: string): Promise<boolean>
    verify(userId: string | undefined, password: string, isKnown: boolean): Promise<Verdict>
    /** @returns the number of wrong passwords since the last right one */
    succeeded(tx: Tx, caller: Caller, userId: string, verdict: Verdict): Promise<number>
    failed(tx: Tx, caller: Caller, userId: string): Promise<void>
  }
  users: {
    /** The canonical form of the typed name, and its user. */
    canonicalName(typed: string): string
    findByName(typed: string): Promise<Account | undefined>
    /** @returns the current user; undefined when the user may not sign in any more */
    recordLogin(tx: Tx, userId: string): Promise<User | undefined>
    /** Locks the user until the transaction ends. */
    hold(tx: Tx, userId: string): Promise<(Account & { deleted_at: string | null }) | undefined>
    get(userId: string): Promise<{ user: User }>
  }
  sessions: {
    open(
      tx: Tx,
      caller: Caller,
      userId: string,
      authMethods: readonly string[],
      events: readonly NewAuditEvent[],
      browser?: {
        sharedComputer: boolean
        /** The session of the cookie that the browser had before the sign-in. */
        replaces: string | null
      } | null,
    ): Promise<{ row: Row; secret: string; isNewDevice: boolean; isFirst: boolean }>
    tokensOf(caller: Caller, row: Row, roles: readonly string[], refresh: string): Promise<Tokens>
    describe(row: Row): Session
    current(caller: Caller): Promise<Session | null>
    refresh(caller: Caller, token: string): Promise<{ tokens: Tokens; userId: string }>
  }
  challenges: {
    /** Whether the account has a second factor that a sign-in must use. */
    isRequired(userId: string, from?: Tx): Promise<boolean>
    /** The methods with which the account can answer. */
    methodsOf(userId: string): Promise<string[]>
    /** @returns the challenge of the second step */
    begin(tx: Tx, userId: string, firstMethod?: string): Promise<string>
    /** Whether a mailed code is the second step after a first step with this method. */
    isMailed(userId: string, firstMethod: string): Promise<boolean>
    /**
     * The same as `begin` with a mailed code.
     * @returns the challenge, or the seconds to wait
     * @throws invalid_credentials
     */
    beginByMail(tx: Tx, self: Caller, userId: string): Promise<string | { waitSeconds: number }>
    /** @throws invalid_grant, invalid_code, invalid_passkey, too_many_requests */
    answer<T>(
      caller: Caller,
      challenge: string,
      answer: SecondFactor,
      openSession: (tx: Tx, userId: string, methods: readonly string[]) => Promise<T>,
    ): Promise<T>
  }
  emailSignIns: {
    /** The user whose challenge matches the answer, without using it up; null if none matches. */
    ownerOf(answer: EmailEntrance): Promise<string | null>
    /** Uses the challenge up if the answer matches, and counts a wrong answer. */
    redeem(
      tx: Tx,
      answer: EmailEntrance,
    ): Promise<{ userId: string; emailKey: string } | { failed: 'wrong' | 'over'; userId: string | null }>
  }
  /** Marks the address as verified. @returns whether this ended the credentials of an unproven account */
  claimByMail(tx: Tx, self: Caller, userId: string): Promise<boolean>
  policy: {
    /** The time from which a user without a second factor may only add one; null if none is required or missing. */
    enrolBy(userId: string, roles: readonly string[]): Promise<string | null>
    /** @param methods the authentication methods of the session */
    stateOf(
      userId: string,
      roles: readonly string[],
      methods?: readonly string[],
    ): Promise<{ required: boolean; enrolled: boolean; due_at: string | null; overdue: boolean }>
  }
  trustedBrowsers: {
    /** The number of days for which a browser may be trusted; 0 when trusting browsers is off. */
    days: number
    knows(userId: string, cookie: string | undefined): Promise<boolean>
    /** The same in the transaction of the sign-in. */
    use(tx: Tx, userId: string, cookie: string | undefined): Promise<boolean>
    /** @returns the secret for the cookie; null when trusting browsers is off */
    add(tx: Tx, caller: Caller, userId: string): Promise<string | null>
  }
  passkeys: {
    /** The user whose passkey signed the challenge. @throws invalid_grant for a foreign, expired or used challenge */
    identify(
      challenge: string,
      answer: PasskeyAnswer,
    ): Promise<
      | { userId: string /** Notes the use, if it still holds. */; accept(tx: Tx): Promise<boolean> }
      | { refused: string; userId: string | null }
    >
  }
  permissionsOf(roles: readonly string[]): Promise<ReadonlySet<Permission>>
  /** The names of all roles of a user, given directly and through groups. */
  rolesHeldBy(userId: string): Promise<string[]>
  mail: {
    /** @param isRefused whether the sign-in was refused; the mail then has a link for a new password */
    passwordBreached(tx: Tx, userId: string, isRefused: boolean): Promise<void>
    newDevice(tx: Tx, userId: string, userAgent: string | null): Promise<void>
  }
}
