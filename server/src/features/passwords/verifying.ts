/** Verifies a typed password, at a cost that does not reveal whether the user exists. */

import { hash as argon2, verify as verifyArgon2 } from '@node-rs/argon2'
import { unknownUserId } from '../../caller.ts'
import type { HashBudget } from './hash-budget.ts'
import { currentPrefix, parameters } from './hash-parameters.ts'
import type { HashQueue } from './hash-queue.ts'
import { costOfHash, hashFamily } from './hashes/index.ts'
import { oldSystemMark } from './old-system.ts'
import { maxPasswordLength } from './policy.ts'
import { createForeignHashes } from './refusal-cost.ts'
import type { createPasswordStore } from './store.ts'

/** The hash of a random password. It is verified when the user has no hash, so that the refusal takes as long. */
const dummyHash = `${currentPrefix}QzIzMzY2NjgwQ0I5RDA1Nw$Zr3xZwGG8pZxVtW7rIQJZ8c9v1J2bU2bq4YwYb1xqJo`
/** Wrong passwords in a row after which the password is refused until it is reset (NIST SP 800-63B-4 §3.2.2). */
export const maxFailures = 100

export type Verdict = {
  right: boolean
  /** The time at which the compared password was set; undefined when there was none. */
  changedAt?: string
  /** Our own hash, to replace the imported one. */
  rehashed?: { old: string; hash: string }
  /** Why the password was not compared. */
  unusable?: 'no_password' | 'password_switched_off'
}

type Stored = { user_id: string; hash: string; changed_at: string }

type Comparison = {
  row: Stored | undefined
  /** False after too many wrong passwords. */
  usable: boolean
  /** The answer of the old system, if only the old system can verify the password. */
  said: boolean | undefined
  /** The hash with the highest cost, which sets the cost of a refusal. */
  costliest: string | undefined
}

type Needs = {
  queue: HashQueue
  budget: HashBudget
  oldSystem: { verify(userId: string, password: string): Promise<boolean>; pad(): Promise<void> }
  store: Pick<ReturnType<typeof createPasswordStore>, 'find' | 'findCostliest'>
}

export function createVerifying({ queue, budget, oldSystem, store }: Needs) {
  const foreign = createForeignHashes(budget)
  const ownCost = { memoryKiB: 0, work: costOfHash(dummyHash).work }
  const write = (typed: string) => budget.run(ownCost, () => argon2(typed, parameters))
  const compare = (hash: string, typed: string) =>
    budget.run(ownCost, () => verifyArgon2(hash, typed).catch(() => false))
  const hash = (password: string) => queue.run(false, () => write(password.normalize('NFC')))

  /**
   * A refusal costs the same for every user, with or without a password and for every kind of hash, and for unknown
   * users. A password that is switched off after too many wrong ones still works from a network that the account knows.
   */
  const verify = async (userId: string | undefined, password: string, isKnown = false): Promise<Verdict> => {
    const [row, costliest] = await Promise.all([store.find(userId ?? unknownUserId), store.findCostliest()])
    const usable = row !== undefined && (isKnown || row.failures < maxFailures)
    const typed = password.normalize('NFC')
    if ([...typed].length > maxPasswordLength) return { right: false }
    // This request runs outside the queue, so that a slow old system does not delay other sign-ins.
    const said =
      usable && row.hash === oldSystemMark ? await oldSystem.verify(row.user_id, password) : undefined
    const verdict = await queue.run(isKnown, () => compareHere(password, { row, usable, said, costliest }))
    if (!verdict.right && said === undefined) await oldSystem.pad()
    return verdict
  }

  /** Compares the stored hash, or asks the old system if only it knows the password. */
  const compareHere = async (
    password: string,
    { row, usable, said, costliest }: Comparison,
  ): Promise<Verdict> => {
    const typed = password.normalize('NFC')
    const own = usable ? row : undefined
    const isForeign = own !== undefined && said === undefined && !own.hash.startsWith(currentPrefix)
    const rehashed = async (old: string) => ({ old, hash: await write(typed) })
    if (own && said === true)
      return { right: true, changedAt: own.changed_at, rehashed: await rehashed(own.hash) }
    if (isForeign) {
      if (await foreign.verify(own.hash, password))
        return { right: true, changedAt: own.changed_at, rehashed: await rehashed(own.hash) }
      await compare(dummyHash, typed)
    } else {
      const right = await compare(own && said === undefined ? own.hash : dummyHash, typed)
      if (own && said === undefined && right) return { right, changedAt: own.changed_at }
    }
    await foreign.pad(costliest, isForeign ? own.hash : undefined, password)
    const unusable = row === undefined ? 'no_password' : 'password_switched_off'
    return { right: false, ...(own ? { changedAt: own.changed_at } : { unusable }) }
  }

  return { hash, verify }
}

/** The cost of an imported hash; null for one of ours. */
export function importedWork(hash: string): number | null {
  return hash.startsWith(currentPrefix) || hash === oldSystemMark ? null : Math.round(costOfHash(hash).work)
}

export function familyOf(hash: string): string {
  return hash === oldSystemMark ? 'old_system' : (hashFamily(hash) ?? 'unknown')
}
