/** Signing in with a password: through `POST /auth/login`, and on every request with Basic. */

import { createHmac, type KeyObject } from 'node:crypto'
import type { Caller, Permission } from '../../caller.ts'
import { monotonicMs } from '../../clock.ts'
import type { Database, Tx } from '../../database/database.ts'
import { AppError } from '../../errors.ts'
import { createRecent } from '../../recent.ts'
import { wordsOf } from '../../words.ts'
import { createSignInStore } from './store.ts'

type Origin = Pick<Caller, 'requestId' | 'address' | 'userAgent'>
type Account = {
  id: string
  username_key: string
  email_key: string
  disabled_at: string | null
  email_verified_at: string | null
}
type Event = {
  type: string
  outcome?: 'success' | 'failure'
  reason?: string
  target: { kind: 'user'; id: string | null }
  changes?: Record<string, unknown>
}
type Attempt = {
  mayVerify: boolean
  isKnown: boolean
  succeeded(tx: Tx, names: readonly string[]): Promise<void>
  failed(tx: Tx): Promise<void>
}
type Verdict = { right: boolean; changedAt?: string; rehashed?: { old: string; hash: string } }
type Tokens = {
  access_token: string
  token_type: 'Bearer'
  expires_in: number
  refresh_token: string
  refresh_expires_in: number
}

export type SignInNeeds<User, Session> = {
  database: Database
  cacheKey: KeyObject
  requireVerifiedEmail: boolean
  audit: { record(tx: Tx, caller: Caller, ...events: Event[]): Promise<void> }
  floods: {
    /** Whether an event about this subject gets a row of its own, or is to be counted. */
    hasRow(type: 'auth.login.failure', subject: string): boolean
    count(event: { type: 'auth.login.failure'; outcome: 'failure'; reason: string }): void
  }
  attempts: {
    /** Who succeeds names the account in every way in which it can be typed. @throws too_many_requests */
    begin(attempted: {
      name: string
      accountId: string | undefined
      address: string
      admit(isKnown: boolean): void
    }): Promise<Attempt>
  }
  passwords: {
    /** Of the places in the queue some are kept for networks that the account knows. @throws overloaded */
    refuseWhenFull(isKnown: boolean): void
    verify(userId: string | undefined, password: string, isKnown: boolean): Promise<Verdict>
    /** @returns how many wrong passwords there were since the last right one */
    succeeded(tx: Tx, caller: Caller, userId: string, verdict: Verdict): Promise<number>
    failed(tx: Tx, caller: Caller, userId: string | undefined): Promise<void>
  }
  users: {
    /** The canonical form of what was typed, and who has it. */
    canonicalName(typed: string): string
    findByName(typed: string): Promise<Account | undefined>
    /** Gives the user as they are then; undefined when they may not sign in any more. */
    recordLogin(tx: Tx, userId: string): Promise<User | undefined>
    get(userId: string): Promise<{ user: User }>
  }
  sessions: {
    open(
      tx: Tx,
      caller: Caller,
      userId: string,
      authMethods: readonly string[],
      events: readonly Event[],
    ): Promise<{ row: Session; refresh: string; isNewDevice: boolean }>
    tokensOf(row: Session, roles: readonly string[], refresh: string): Promise<Tokens>
    refresh(caller: Caller, token: string): Promise<{ tokens: Tokens; userId: string }>
  }
  permissionsOf(roles: readonly string[]): Promise<ReadonlySet<Permission>>
  mail: {
    newDevice(tx: Tx, userId: string, userAgent: string | null): Promise<void>
  }
}

/** A right Basic credential is not hashed again for so long. */
const basicSeconds = 60
const rememberMs = 500
const rememberedCredentials = 5000

type Failed = { account: Account | undefined; attempt: Attempt; verdict: Verdict; reason: string }

type Checked = Promise<{ userId: string; changedAt: string | undefined }>

export function createSignIn<User extends { roles: string[] }, Session>(needs: SignInNeeds<User, Session>) {
  const { database, audit, passwords, users } = needs
  const store = createSignInStore(database)
  const credentials = createRecent<Checked>(basicSeconds * 1000, rememberedCredentials)
  const accesses = createRecent<{ permissions: ReadonlySet<Permission>; passwordChangedAt: string }>(
    rememberMs,
    rememberedCredentials,
  )

  /** The account that the password opens, with what has to be written for it; or undefined, whatever the reason. */
  const check = async (caller: Caller, typed: string, password: string) => {
    passwords.refuseWhenFull(true)
    const account = await users.findByName(typed)
    const attempt = await needs.attempts.begin({
      name: users.canonicalName(typed),
      accountId: account?.id,
      address: caller.address ?? '',
      admit: passwords.refuseWhenFull,
    })
    const { mayVerify, isKnown } = attempt
    const verdict = await passwords.verify(mayVerify ? account?.id : undefined, password, isKnown)
    const reason = refusal(account, attempt, verdict)
    if (account && reason === undefined) return { account, verdict, attempt }
    await noteFailure(caller, typed, { account, attempt, verdict, reason: reason ?? 'unknown_name' })
    return undefined
  }

  const noteFailure = async (
    caller: Caller,
    typed: string,
    { account, attempt, verdict, reason }: Failed,
  ): Promise<void> => {
    // A name that nobody has may be a password typed into the wrong field: only a keyed hash of it is kept.
    const name = createHmac('sha256', needs.cacheKey)
      .update(users.canonicalName(typed))
      .digest('base64url')
      .slice(0, 16)
    const failure = { type: 'auth.login.failure', outcome: 'failure', reason } as const
    const hasRow = needs.floods.hasRow(failure.type, name)
    await database.transaction(async (tx) => {
      if (hasRow)
        await audit.record(tx, caller, {
          ...failure,
          target: { kind: 'user', id: account?.id ?? null },
          ...(account ? {} : { changes: { name_hash: name } }),
        })
      // Also without an account, so that it takes as long. What strangers try does not count for a known network, and
      // the other way round.
      const counts = !attempt.isKnown && attempt.mayVerify
      if (!verdict.right) await passwords.failed(tx, caller, counts ? account?.id : undefined)
      if (!verdict.right) await attempt.failed(tx)
      if (account && verdict.right) await passwords.succeeded(tx, caller, account.id, verdict)
    })
    if (!hasRow) needs.floods.count(failure)
  }

  const refusal = (
    account: Account | undefined,
    { mayVerify }: Attempt,
    verdict: Verdict,
  ): string | undefined => {
    if (!account) return 'unknown_name'
    if (!mayVerify) return 'not_compared'
    if (!verdict.right) return 'wrong_password'
    if (account.disabled_at !== null) return 'disabled_account'
    if (needs.requireVerifiedEmail && account.email_verified_at === null) return 'unverified_email'
    return undefined
  }

  type Found = NonNullable<Awaited<ReturnType<typeof check>>>

  const succeeded = async (tx: Tx, self: Caller, { account, attempt, verdict }: Found): Promise<void> => {
    const failures = await passwords.succeeded(tx, self, account.id, verdict)
    await attempt.succeeded(tx, [account.username_key, account.email_key])
    if (failures > 0)
      await audit.record(tx, self, {
        type: 'auth.login.success_after_failures',
        target: { kind: 'user', id: account.id },
        changes: { failures },
      })
  }

  const checkBasic = async (caller: Caller, typed: string, password: string) => {
    const found = await check(caller, typed, password)
    if (!found) throw new AppError('invalid_credentials')
    await database.transaction(async (tx) => {
      const { id } = found.account
      const self: Caller = { ...caller, userId: id, kind: 'user', authMethods: ['basic'] }
      await succeeded(tx, self, found)
      await audit.record(tx, self, { type: 'auth.basic.used', target: { kind: 'user', id } })
    })
    // What is remembered may be of the password before.
    accesses.delete(found.account.id)
    return { userId: found.account.id, changedAt: found.verdict.changedAt }
  }

  const accessOf = async (userId: string) => {
    const known = accesses.get(userId)
    if (known) return known
    const startedMs = monotonicMs()
    const row = await store.findAccess(userId)
    if (!row || row.disabled_at !== null || row.deleted_at !== null) return undefined
    const permissions = await needs.permissionsOf(wordsOf(row.roles))
    const access = { permissions, passwordChangedAt: row.changed_at ?? '' }
    accesses.set(userId, access, startedMs)
    return access
  }

  return {
    /** @throws invalid_credentials, the same for every reason; too_many_requests; overloaded */
    async login(caller: Caller, typed: string, password: string): Promise<Tokens & { user: User }> {
      const found = await check(caller, typed, password)
      if (!found) throw new AppError('invalid_credentials')
      const { id } = found.account
      const self: Caller = { ...caller, kind: 'user', userId: id, authMethods: ['pwd'] }
      const { row, refresh, user } = await database.transaction(async (tx) => {
        // The user first, then the password, as whatever changes them does: two that lock in different orders wait for
        // each other.
        const user = await users.recordLogin(tx, id)
        if (!user) throw new AppError('invalid_credentials')
        await succeeded(tx, self, found)
        const opened = await needs.sessions.open(
          tx,
          self,
          id,
          ['pwd'],
          [{ type: 'auth.login.success', target: { kind: 'user', id } }],
        )
        if (opened.isNewDevice) {
          await audit.record(tx, self, { type: 'auth.new_device', target: { kind: 'user', id } })
          await needs.mail.newDevice(tx, id, caller.userAgent)
        }
        return { ...opened, user }
      })
      return { ...(await needs.sessions.tokensOf(row, user.roles, refresh)), user }
    },

    async refresh(caller: Caller, token: string): Promise<Tokens & { user: User }> {
      const { tokens, userId } = await needs.sessions.refresh(caller, token)
      return { ...tokens, user: (await users.get(userId)).user }
    },

    /**
     * Who these Basic credentials belong to (RFC 7617). A right one is hashed once a minute; several requests at once
     * with the same one share the hash. @throws invalid_credentials, too_many_requests, overloaded
     */
    async basic(typed: string, password: string, origin: Origin): Promise<Caller> {
      const key = createHmac('sha256', needs.cacheKey)
        .update(JSON.stringify([typed, password]))
        .digest('base64url')
      const caller: Caller = {
        kind: 'anonymous',
        userId: null,
        sessionId: null,
        apiKeyId: null,
        permissions: new Set(),
        authMethods: [],
        ...origin,
      }
      let checked = credentials.get(key)
      if (!checked) {
        checked = checkBasic(caller, typed, password)
        credentials.set(key, checked, monotonicMs())
      }
      try {
        const { userId, changedAt } = await checked
        const access = await accessOf(userId)
        if (!access || changedAt !== access.passwordChangedAt) throw new AppError('invalid_credentials')
        return { ...caller, kind: 'user', userId, permissions: access.permissions, authMethods: ['basic'] }
      } catch (error) {
        if (credentials.get(key) === checked) credentials.delete(key)
        throw error
      }
    },

    /** After a commit: what is remembered of this user is out of date. */
    forget(userId: string): void {
      accesses.delete(userId)
    },

    forgetAll(): void {
      accesses.clear()
    },
  }
}
