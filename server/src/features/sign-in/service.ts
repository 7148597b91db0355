/** Sign-in with a password: once for a session, or with Basic on every request. */

import { createHmac } from 'node:crypto'
import { createTtlCache } from '../../caches/ttl-cache.ts'
import { type Caller, type Permission, unknownUserId } from '../../caller.ts'
import { monotonicMs, now } from '../../clock.ts'
import type { Tx } from '../../database/database.ts'
import { sha256 } from '../../encoding/sha256.ts'
import { wordsOf } from '../../encoding/words.ts'
import { AppError, isAppError } from '../../errors.ts'
import type { Verdict } from '../passwords/service.ts'
import type { Tokens } from '../sessions/service.ts'
import type { User } from '../users/user.ts'
import { createFailures } from './failures.ts'
import { passHook } from './hook.ts'
import type { Account, Attempt, SignInNeeds, TypedPassword } from './needs.ts'
import { createOpening } from './opening.ts'
import { createSignInStore } from './store.ts'

type Origin = Pick<Caller, 'requestId' | 'address' | 'userAgent'>

/** How long a verified Basic credential is cached. */
const basicSeconds = 60
const rememberMs = 500
const rememberedCredentials = 5000

type Failed = { account: Account | undefined; attempt: Attempt; verdict: Verdict; reason: string }

type Checked = Promise<{ userId: string; changedAt: string | undefined }>

export type SignIn = ReturnType<typeof createSignIn>

export function createSignIn(needs: SignInNeeds) {
  const { database, audit, passwords, users } = needs
  const store = createSignInStore(database)
  const failures = createFailures(database, needs.log)
  const credentials = createTtlCache<Checked>(basicSeconds * 1000, rememberedCredentials)
  const accesses = createTtlCache<{
    permissions: ReadonlySet<Permission>
    passwordChangedAt: string
    hasFactor: boolean
    enrolBy: string | null
    passwordDue: boolean
  }>(rememberMs, rememberedCredentials)
  needs.rights.add({ forget: accesses.delete, forgetAll: accesses.clear })

  /** The account of a right password, with the changes to write; undefined for every refusal. */
  const check = async (
    caller: Caller,
    { username: typed, password, trusted }: TypedPassword,
    method: 'pwd' | 'basic',
  ) => {
    passwords.refuseWhenFull(true)
    const account = await users.findByName(typed)
    // This runs for unknown names too, so that the response time reveals nothing to a caller with the cookie of another
    // account.
    const isTrusted = trusted !== undefined && (await needs.trustedBrowsers.knows(account?.id ?? '', trusted))
    const attempt = await needs.attempts.begin({
      name: users.canonicalName(typed),
      accountId: account?.id,
      address: caller.address ?? '',
      browser: isTrusted ? sha256(trusted) : undefined,
      admit: passwords.refuseWhenFull,
    })
    const { mayVerify, isKnown } = attempt
    const verdict = await passwords.verify(mayVerify ? account?.id : undefined, password, isKnown)
    const reason = refusal(account, attempt, verdict)
    if (account && reason === undefined) {
      const isBreached = passwords.isBreached(password)
      if (isBreached && needs.breachedSignIn === 'refuse') return refuseBreached(caller, account.id)
      // These checks run only if the password is right, so that the answer reveals nothing about accounts.
      const admission = await passHook(needs.beforeSignIn(caller, account.id, method), (reason) =>
        noteFailure(caller, { account, attempt, verdict, reason }),
      )
      return { account, verdict, attempt, isBreached, admission }
    }
    await noteFailure(caller, { account, attempt, verdict, reason: reason ?? 'unknown_name' })
    return undefined
  }

  const tellFailure = (caller: Caller, accountId: string | undefined, reason: string): void => {
    const failure = { type: 'auth.login.failure', outcome: 'failure', reason } as const
    failures.note(async (tx) => {
      // Failures of unknown names are only counted, because there may be any number of names, and a name may be a
      // password typed into the wrong field.
      if (accountId !== undefined && needs.floods.hasRow(failure.type, accountId))
        await audit.record(tx, caller, { ...failure, target: { kind: 'user', id: accountId } })
      else needs.floods.count(failure)
    })
  }

  const noteFailure = async (
    caller: Caller,
    { account, attempt, verdict, reason }: Failed,
  ): Promise<void> => {
    // A wrong password from an unknown network counts for the password, one from a known network for the network. Both
    // statements always run, also for unknown names and accounts without a password, so that the time is the same.
    const hasPassword = verdict.unusable !== 'no_password'
    const counted = account && hasPassword && attempt.mayVerify && !attempt.isKnown ? account.id : undefined
    await database.transaction(async (tx) => {
      if (account && verdict.right) await passwords.succeeded(tx, caller, account.id, verdict)
      else {
        await passwords.failed(tx, caller, counted ?? unknownUserId)
        await attempt.failed(tx, counted !== undefined)
      }
    })
    tellFailure(caller, account?.id, reason)
  }

  /** Refuses a right password that is in the list of breached ones: the user needs a new one. */
  const refuseBreached = async (caller: Caller, userId: string): Promise<never> => {
    const target = { kind: 'user', id: userId } as const
    await database.transaction(async (tx) => {
      const event = { type: 'password.breached', outcome: 'failure', target } as const
      await audit.record(tx, { ...caller, kind: 'user', userId, authMethods: ['pwd'] }, event)
      await needs.mail.passwordBreached(tx, userId, { isRefused: true })
    })
    throw new AppError('password_breached')
  }

  const refusal = (
    account: Account | undefined,
    { mayVerify }: Attempt,
    verdict: Verdict,
  ): string | undefined => {
    if (!account) return 'unknown_name'
    if (!mayVerify) return 'not_compared'
    if (!verdict.right) return verdict.unusable ?? 'wrong_password'
    if (account.disabled_at !== null) return 'disabled_account'
    if (needs.requireVerifiedEmail && account.email_verified_at === null) return 'unverified_email'
    return undefined
  }

  type Found = NonNullable<Awaited<ReturnType<typeof check>>>

  const succeeded = async (
    tx: Tx,
    self: Caller,
    { account, attempt, verdict, isBreached }: Found,
  ): Promise<void> => {
    if (isBreached) {
      await audit.record(tx, self, { type: 'password.breached', target: { kind: 'user', id: account.id } })
      await needs.mail.passwordBreached(tx, account.id, { isRefused: false })
    }
    const failures = await passwords.succeeded(tx, self, account.id, verdict)
    await attempt.succeeded(tx, [account.username_key, account.email_key])
    if (failures > 0)
      await audit.record(tx, self, {
        type: 'auth.login.success_after_failures',
        target: { kind: 'user', id: account.id },
        changes: { failures },
      })
  }

  /** Notifies the user of a sign-in from an unknown program or network. */
  const tellNew = async (tx: Tx, self: Caller, id: string): Promise<void> => {
    await audit.record(tx, self, { type: 'auth.new_device', target: { kind: 'user', id } })
    await needs.mail.newDevice(tx, id, self.userAgent)
  }

  const checkBasic = async (caller: Caller, typed: TypedPassword) => {
    const found = await check(caller, typed, 'basic').catch((error) => {
      throw isAppError(error) && error.code === 'password_breached'
        ? new AppError('invalid_credentials')
        : error
    })
    if (!found) throw new AppError('invalid_credentials')
    if (await needs.challenges.isRequired(found.account.id)) throw notByBasic()
    await database.transaction(async (tx) => {
      const { id } = found.account
      const self: Caller = { ...caller, userId: id, kind: 'user', authMethods: ['basic'] }
      await succeeded(tx, self, found)
      await found.attempt.entered(tx)
      await audit.record(tx, self, { type: 'auth.basic.used', target: { kind: 'user', id } })
      if (found.attempt.isNewNetwork) await tellNew(tx, self, id)
    })
    // The cache may contain a verification of the former password.
    accesses.delete(found.account.id)
    return { userId: found.account.id, changedAt: found.verdict.changedAt }
  }

  const accessOf = async (userId: string) => {
    const known = accesses.get(userId)
    if (known) return known
    const startedMs = monotonicMs()
    const row = await store.findAccess(userId)
    if (!row || row.disabled_at !== null || row.deleted_at !== null) return undefined
    if (needs.requireVerifiedEmail && row.email_verified_at === null) return undefined
    const roles = wordsOf(row.roles)
    const permissions = await needs.permissionsOf(roles)
    const hasFactor = await needs.challenges.isRequired(userId)
    const enrolBy = await needs.policy.enrolBy(userId, roles)
    const passwordDue = row.must_change_since !== null
    const access = { permissions, passwordChangedAt: row.changed_at ?? '', hasFactor, enrolBy, passwordDue }
    accesses.set(userId, access, startedMs)
    return access
  }

  return {
    ...createOpening(needs, { check, succeeded, tellNew, noteFailure: tellFailure }),

    /** Resolves when the events of failed sign-ins have been written. */
    settled: failures.settled,

    async refresh(caller: Caller, token: string): Promise<Tokens & { user: User }> {
      const { tokens, userId } = await needs.sessions.refresh(caller, token)
      return { ...tokens, user: (await users.get(userId)).user }
    },

    /**
     * The user of these Basic credentials (RFC 7617). A right password is hashed once a minute; concurrent requests with
     * the same credentials share the hash.
     * @throws invalid_credentials, too_many_requests, overloaded
     */
    async basic(username: string, password: string, origin: Origin): Promise<Caller> {
      const key = createHmac('sha256', needs.cacheKey)
        .update(JSON.stringify([username, password]))
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
        checked = checkBasic(caller, { username, password })
        credentials.set(key, checked, monotonicMs())
      }
      try {
        const { userId, changedAt } = await checked
        const access = await accessOf(userId)
        if (!access || changedAt !== access.passwordChangedAt) throw new AppError('invalid_credentials')
        if (access.hasFactor) throw notByBasic()
        return {
          ...caller,
          kind: 'user',
          userId,
          permissions: access.permissions,
          enrolBy: access.enrolBy,
          passwordDue: access.passwordDue,
          authMethods: ['basic'],
          provenAt: now(),
        }
      } catch (error) {
        if (credentials.get(key) === checked) credentials.delete(key)
        throw error
      }
    },
  }
}

/** A password alone is not enough for an account with a second factor. */
function notByBasic(): AppError {
  return new AppError('second_factor_required', {
    detail: 'The account has a second factor. Use an API key or sign in for a token.',
  })
}
