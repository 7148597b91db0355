/** Passwords: what may be one, their hashes, and whether a typed one is right. */

import { createHash } from 'node:crypto'

import type { AuditLog } from '../../audit-events.ts'
import type { RightsCaches } from '../../caches/rights-caches.ts'
import type { Caller } from '../../caller.ts'
import { now } from '../../clock.ts'
import type { Database, Tx } from '../../database/database.ts'
import { AppError, type Fault, passwordMissing } from '../../errors.ts'
import type { HashBudget } from './hash-budget.ts'
import type { HashQueue } from './hash-queue.ts'
import { checkHash } from './hashes/index.ts'
import { oldSystemMark } from './old-system.ts'
import { faultsOfPassword } from './policy.ts'
import { createPasswordStore } from './store.ts'
import { createVerifying, familyOf, importedWork, maxFailures, type Verdict } from './verifying.ts'

export type { Verdict } from './verifying.ts'

type Needs = {
  database: Database
  rights: Pick<RightsCaches, 'invalidate'>
  queue: HashQueue
  budget: HashBudget
  minLength: number
  /** The system that knows the passwords of some imported users. */
  oldSystem: { verify(userId: string, password: string): Promise<boolean>; pad(): Promise<void> }
  /** Whether a password is in the operator's list of breached ones. */
  isBreached(password: string): boolean
  audit: AuditLog
  attempts: {
    begin(attempted: {
      name: string
      accountId: string
      address: string
      admit(isKnown: boolean): void
    }): Promise<{
      mayVerify: boolean
      isKnown: boolean
      succeeded(tx: Tx, names: readonly string[]): Promise<void>
      failed(tx: Tx, isCountedForAccount: boolean): Promise<void>
    }>
  }
  /** Whether the account stays without its password: no administrator who can sign in would be left. */
  mustStayOpen(tx: Tx, userId: string): Promise<boolean>
  /** Tells the owner that the password is closed after too many wrong ones. */
  tellClosed(tx: Tx, userId: string): Promise<void>
}

export type Passwords = ReturnType<typeof createPasswords>

export function createPasswords(needs: Needs) {
  const { database, rights, queue, minLength, audit, attempts } = needs
  const store = createPasswordStore(database)
  const { hash, verify } = createVerifying({ ...needs, store })

  return {
    hash,
    verify,
    /** Called before an attempt is counted that could not be verified. @throws overloaded */
    refuseWhenFull: queue.refuseWhenFull,

    faultsOf: (password: string, names: readonly string[]): Fault[] =>
      faultsOfPassword(password, names, minLength, needs.isBreached),

    isBreached: needs.isBreached,

    /** Whether a hash of another system can be taken over. */
    checkHash,

    /**
     * Sets the password to one with this hash; forgets its failures.
     * @param mustChange the user has to replace it @param isResetByMail it was set with a link of a mail
     */
    async set(
      tx: Tx,
      userId: string,
      hashed: string,
      mustChange = false,
      isResetByMail = false,
    ): Promise<void> {
      rights.invalidate(tx, [userId])
      await store.put(tx, {
        user_id: userId,
        hash: hashed,
        changed_at: now(),
        failures: 0,
        imported_work: null,
        must_change_since: mustChange ? now() : null,
        reset_by_mail_at: isResetByMail ? now() : null,
      })
    },

    /** Whether the password was set with a link of a mail. */
    async wasResetByMail(userId: string, tx?: Tx): Promise<boolean> {
      const row = await (tx ? store.findIn(tx, userId) : store.find(userId))
      return row !== undefined && row.reset_by_mail_at !== null
    },

    /** Says whether the user has to replace the password. @returns whether that changed; false without a password too */
    async setMustChange(tx: Tx, userId: string, must: boolean): Promise<boolean> {
      rights.invalidate(tx, [userId])
      return store.setMustChange(tx, userId, must ? now() : null)
    },

    /** Whether the user has to replace the password, because an administrator handed it out. */
    async mustChange(userId: string): Promise<boolean> {
      return ((await store.find(userId))?.must_change_since ?? null) !== null
    },

    async has(userId: string): Promise<boolean> {
      return (await store.find(userId)) !== undefined
    },

    /** Whether the user has a password, and whether it is closed after too many wrong ones. */
    async stateOf(userId: string) {
      const row = await store.find(userId)
      const failures = Number(row?.failures ?? 0)
      const state = !row ? 'none' : failures < maxFailures ? 'set' : 'switched_off'
      return { state, changedAt: row?.changed_at ?? null, failures } as const
    },

    /** Counts wrong passwords from the start again. A password that they closed opens again. */
    forgetFailures: store.clearFailures,

    /** Whether one of these users has a password that is not closed after too many wrong ones. */
    anyUsable: (tx: Tx, userIds: readonly string[]): Promise<boolean> =>
      store.hasUsable(tx, userIds, maxFailures),

    /** The first passwords of new users whom an import brings, by their hashes. */
    async setMany(tx: Tx, passwords: readonly { userId: string; hash: string }[]): Promise<void> {
      const changed_at = now()
      await store.insertMany(
        tx,
        passwords.map(({ userId, hash }) => ({
          ...{ user_id: userId, hash, changed_at, failures: 0 },
          imported: digestOf(hash),
          imported_work: importedWork(hash),
        })),
      )
    },

    /** Removes the password: the user cannot sign in with one until they set another by a mailed link. */
    async remove(tx: Tx, userId: string): Promise<void> {
      rights.invalidate(tx, [userId])
      await store.delete(tx, userId)
    },

    /** Sets the password to one that an import brings, by its hash, and remembers it. */
    async takeOver(tx: Tx, userId: string, hash: string): Promise<void> {
      rights.invalidate(tx, [userId])
      await store.put(tx, {
        ...{ user_id: userId, hash, changed_at: now(), failures: 0 },
        ...{ imported: digestOf(hash), imported_work: importedWork(hash) },
        ...{ must_change_since: null, reset_by_mail_at: null },
      })
    },

    /**
     * Whether this hash is the user's, or was the last that an import brought: what they or we made of it since is
     * not undone because the same file comes again.
     */
    async isTakenOver(tx: Tx, userId: string, hash: string): Promise<boolean> {
      const row = await store.findIn(tx, userId)
      return row !== undefined && (row.hash === hash || row.imported === digestOf(hash))
    },

    /** The stored hashes by user, for an export that includes them. */
    async listHashes(userIds: readonly string[]): Promise<Map<string, string>> {
      const hashes = await store.listHashes(userIds)
      return new Map([...hashes].filter(([, stored]) => stored !== oldSystemMark))
    },

    /**
     * Writes what a right password brings: no failures, a stronger hash. Gives the number of wrong ones before it.
     * @throws invalid_credentials when the password was changed since it was compared
     */
    async succeeded(tx: Tx, caller: Caller, userId: string, verdict: Verdict): Promise<number> {
      const current = await store.findForChange(tx, userId)
      if (!current || current.changed_at !== verdict.changedAt) throw new AppError('invalid_credentials')
      // What closed the password for unknown networks is undone by a new password alone.
      const failures = current.failures < maxFailures ? Number(current.failures) : 0
      if (failures > 0) await store.clearFailures(tx, userId)
      // Of several sign-ins at once, one writes the stronger hash.
      if (verdict.rehashed && current.hash === verdict.rehashed.old) {
        await store.rehash(tx, userId, verdict.rehashed.old, verdict.rehashed.hash)
        await audit.record(tx, caller, {
          type: 'password.rehash',
          reason: familyOf(verdict.rehashed.old),
          target: { kind: 'user', id: userId },
        })
      }
      return failures
    },

    /**
     * Counts a wrong password. One too many closes the password for networks that
     * the account does not know, unless it is that of the last administrator: theirs is counted again from the start.
     */
    async failed(tx: Tx, caller: Caller, userId: string): Promise<void> {
      if ((await store.addFailure(tx, userId)) !== maxFailures) return
      if (await needs.mustStayOpen(tx, userId)) {
        await store.clearFailures(tx, userId)
        return audit.record(tx, caller, {
          type: 'authz.last_admin_blocked',
          outcome: 'denied',
          reason: 'too_many_failures',
          target: { kind: 'user', id: userId },
        })
      }
      await audit.record(tx, caller, {
        type: 'password.disabled_after_100',
        reason: 'too_many_failures',
        target: { kind: 'user', id: userId },
      })
      await needs.tellClosed(tx, userId)
    },

    /**
     * Makes sure that the caller knows the user's password, counted like a sign-in. What it gives makes sure in the
     * transaction of the change that it is still the same one, and throws invalid_credentials when it is not.
     * @throws reauthentication_required without a password, invalid_credentials when it is wrong, too_many_requests
     */
    async confirm(
      caller: Caller,
      userId: string,
      password: string | undefined,
    ): Promise<(tx: Tx) => Promise<void>> {
      if (password === undefined) throw passwordMissing()
      const attempt = await attempts.begin({
        name: userId,
        accountId: userId,
        address: caller.address ?? '',
        admit: queue.refuseWhenFull,
      })
      const { mayVerify, isKnown } = attempt
      const verdict = await verify(mayVerify ? userId : undefined, password, isKnown)
      await database.transaction(async (tx) => {
        const target = { kind: 'user', id: userId } as const
        if (verdict.right) {
          await this.succeeded(tx, caller, userId, verdict)
          await attempt.succeeded(tx, [userId])
        } else {
          const isCounted = mayVerify && !isKnown
          if (isCounted) await this.failed(tx, caller, userId)
          await attempt.failed(tx, isCounted)
        }
        await audit.record(tx, caller, {
          type: verdict.right ? 'auth.step_up.success' : 'auth.step_up.failure',
          outcome: verdict.right ? 'success' : 'failure',
          target,
        })
      })
      if (!verdict.right)
        throw new AppError('invalid_credentials', { detail: 'The current password is wrong.' })
      return async (tx) => {
        const current = await store.findForChange(tx, userId)
        if (current?.changed_at !== verdict.changedAt) throw new AppError('invalid_credentials')
      }
    },
  }
}

function digestOf(hash: string): string {
  return createHash('sha256').update(hash).digest('base64url')
}
