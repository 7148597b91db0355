/** Passwords: the rules for new ones, hashes, and verification. */

import { createHash } from 'node:crypto'
import type { AuditLog } from '../../audit-events.ts'
import type { RightsCaches } from '../../caches/rights-caches.ts'
import type { Caller } from '../../caller.ts'
import { now } from '../../clock.ts'
import type { Database, Tx } from '../../database/database.ts'
import { AppError, type Fault, passwordMissing } from '../../errors.ts'
import type { Attempts } from '../attempts/service.ts'
import type { UserLookup } from '../users/lookup.ts'
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
  /** The old system, which verifies the passwords of some imported users. */
  oldSystem: { verify(userId: string, password: string): Promise<boolean>; pad(): Promise<void> }
  /** Whether a password is in the operator's list of breached passwords. */
  isBreached(password: string): boolean
  audit: AuditLog
  attempts: Pick<Attempts, 'begin'>
  listAdmins: UserLookup['listAdmins']
  /** Mails the user that the password was switched off after too many wrong ones. */
  tellClosed(tx: Tx, userId: string): Promise<void>
}

export type Passwords = ReturnType<typeof createPasswords>

export function createPasswords(needs: Needs) {
  const { database, rights, queue, minLength, audit, attempts } = needs
  const store = createPasswordStore(database)
  const { hash, verify } = createVerifying({ ...needs, store })

  /** Whether no other active administrator has a usable password. The answer holds until the transaction ends. */
  const isLastAdmin = async (tx: Tx, userId: string): Promise<boolean> => {
    if (!(await needs.listAdmins(tx)).includes(userId)) return false
    await database.dialect.lock(tx, 'administrators')
    const others = (await needs.listAdmins(tx)).filter((id) => id !== userId)
    return !(await store.hasUsable(tx, others, maxFailures))
  }

  return {
    hash,
    verify,
    /** Checks, before an attempt is counted, that the queue can verify it. @throws overloaded */
    refuseWhenFull: queue.refuseWhenFull,

    faultsOf: (password: string, names: readonly string[]): Fault[] =>
      faultsOfPassword(password, names, minLength, needs.isBreached),

    isBreached: needs.isBreached,

    /** Whether a hash of another system can be imported. */
    checkHash,

    /**
     * Sets the hash of a new password and resets the count of wrong passwords. `mustChange`: the user has to replace
     * it. `isResetByMail`: it was set with a link of a mail.
     */
    async set(
      tx: Tx,
      userId: string,
      hashed: string,
      { mustChange = false, isResetByMail = false }: { mustChange?: boolean; isResetByMail?: boolean } = {},
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

    /** Whether the password was set with a mailed link. */
    async wasResetByMail(userId: string, tx?: Tx): Promise<boolean> {
      const row = await (tx ? store.findIn(tx, userId) : store.find(userId))
      return row !== undefined && row.reset_by_mail_at !== null
    },

    /** Sets whether the user must replace the password. @returns whether the value changed; false without a password */
    async setMustChange(tx: Tx, userId: string, must: boolean): Promise<boolean> {
      rights.invalidate(tx, [userId])
      return store.setMustChange(tx, userId, must ? now() : null)
    },

    /** Whether the user must replace the password, because an administrator set it. */
    async mustChange(userId: string): Promise<boolean> {
      return ((await store.find(userId))?.must_change_since ?? null) !== null
    },

    async has(userId: string): Promise<boolean> {
      return (await store.find(userId)) !== undefined
    },

    /** Whether the user has a password, and whether it was switched off after too many wrong ones. */
    async stateOf(userId: string) {
      const row = await store.find(userId)
      const failures = Number(row?.failures ?? 0)
      const state = !row ? 'none' : failures < maxFailures ? 'set' : 'switched_off'
      return { state, changedAt: row?.changed_at ?? null, failures } as const
    },

    /** Resets the count of wrong passwords. A password that was switched off works again. */
    forgetFailures: store.clearFailures,

    /** Whether one of these users has a password that is not switched off. */
    anyUsable: (tx: Tx, userIds: readonly string[]): Promise<boolean> =>
      store.hasUsable(tx, userIds, maxFailures),

    /** Sets the first passwords of imported new users, by their hashes. */
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

    /** Removes the password. The user can set a new one with a mailed link. */
    async remove(tx: Tx, userId: string): Promise<void> {
      rights.invalidate(tx, [userId])
      await store.delete(tx, userId)
    },

    /** Sets the password to an imported hash, and stores that this hash was imported. */
    async takeOver(tx: Tx, userId: string, hash: string): Promise<void> {
      rights.invalidate(tx, [userId])
      await store.put(tx, {
        ...{ user_id: userId, hash, changed_at: now(), failures: 0 },
        ...{ imported: digestOf(hash), imported_work: importedWork(hash) },
        ...{ must_change_since: null, reset_by_mail_at: null },
      })
    },

    /**
     * Whether the user has this hash, or it was the last imported hash. So a repeated import of the same file does not
     * undo a later password, nor our own hash of the password.
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
     * Records a right password: resets the failures and stores a stronger hash.
     * @returns the number of wrong passwords before it
     * @throws invalid_credentials when the password was changed since it was compared
     */
    async succeeded(tx: Tx, caller: Caller, userId: string, verdict: Verdict): Promise<number> {
      const current = await store.findForChange(tx, userId)
      if (!current || current.changed_at !== verdict.changedAt) throw new AppError('invalid_credentials')
      // If the password is switched off for unknown networks, it remains so until the user sets a new password.
      const failures = current.failures < maxFailures ? Number(current.failures) : 0
      if (failures > 0) await store.clearFailures(tx, userId)
      // Of several concurrent sign-ins, only one writes the stronger hash.
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
     * Counts a wrong password. After too many the password is switched off for unknown networks. For the last
     * administrator the count is reset instead.
     */
    async failed(tx: Tx, caller: Caller, userId: string): Promise<void> {
      if ((await store.addFailure(tx, userId)) !== maxFailures) return
      if (await isLastAdmin(tx, userId)) {
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
     * Verifies the current password of the user; attempts are counted like sign-ins. Call the returned function in the
     * transaction of the change: it throws invalid_credentials if the password was replaced since.
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
