/** Passwords: what may be one, their hashes, and whether a typed one is right. */
import { hash as argon2, verify as verifyArgon2 } from '@node-rs/argon2'
import type { Caller } from '../../caller.ts'
import { now } from '../../clock.ts'
import type { Database, Tx } from '../../database/database.ts'
import { AppError, type Fault } from '../../errors.ts'
import type { HashQueue } from './hash-queue.ts'
import { checkHash, hashFamily, verifyHash } from './hashes/index.ts'
import { faultsOfPassword, maxPasswordLength } from './policy.ts'
import { createPasswordStore } from './store.ts'

/** argon2id (the package's algorithm 2) with 19 MiB, two passes, one lane: the OWASP Password Storage recommendation. */
const parameters = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 }
const currentPrefix = '$argon2id$v=19$m=19456,t=2,p=1$'
/** A hash of nothing anybody knows: verified against when there is no other, so that it takes as long. */
const nobodysHash = `${currentPrefix}QzIzMzY2NjgwQ0I5RDA1Nw$Zr3xZwGG8pZxVtW7rIQJZ8c9v1J2bU2bq4YwYb1xqJo`
/** Wrong passwords in a row after which the password is refused until it is reset (NIST SP 800-63B-4 §3.2.2). */
const maxFailures = 100

type Needs = {
  database: Database
  queue: HashQueue
  minLength: number
  audit: {
    record(
      tx: Tx,
      caller: Caller,
      ...events: {
        type: string
        outcome?: 'success' | 'failure'
        reason?: string
        target: { kind: 'user'; id: string }
      }[]
    ): Promise<void>
  }
  attempts: { begin(name: string, network: string): Promise<{ succeeded(tx: Tx): Promise<void> }> }
  /** The part of an address that one subscriber has. */
  networkOf(address: string): string
}

export type Passwords = ReturnType<typeof createPasswords>

export type Verdict = {
  right: boolean
  /** The hash to store instead of the one there is: it is weaker than what we write today. */
  rehashed?: { old: string; hash: string }
}

export function createPasswords({ database, queue, minLength, audit, attempts, networkOf }: Needs) {
  const store = createPasswordStore(database)
  const hash = (password: string) => queue.run(() => argon2(password.normalize('NFC'), parameters))

  /** Always costs a hash, whether or not the user exists and has a password. */
  const verify = async (userId: string | undefined, password: string): Promise<Verdict> => {
    const row = userId === undefined ? undefined : await store.find(userId)
    const usable = row !== undefined && row.failures < maxFailures
    const typed = password.normalize('NFC')
    if ([...typed].length > maxPasswordLength) return { right: false }
    return queue.run(async () => {
      if (!usable) {
        await verifyArgon2(nobodysHash, typed).catch(() => false)
        return { right: false }
      }
      const right = await verifyHash(row.hash, typed)
      if (!right || row.hash.startsWith(currentPrefix)) return { right }
      return { right, rehashed: { old: row.hash, hash: await argon2(typed, parameters) } }
    })
  }

  return {
    hash,
    verify,

    faultsOf: (password: string, names: readonly string[]): Fault[] =>
      faultsOfPassword(password, names, minLength),

    /** Whether a hash of another system can be taken over. */
    checkHash,

    /** Sets the password to one with this hash; forgets its failures. */
    async set(tx: Tx, userId: string, hashed: string): Promise<void> {
      await store.put(tx, { user_id: userId, hash: hashed, changed_at: now(), failures: 0 })
    },

    async has(userId: string): Promise<boolean> {
      return (await store.find(userId)) !== undefined
    },

    /** The first passwords of new users, by their hashes. */
    async setMany(tx: Tx, passwords: readonly { userId: string; hash: string }[]): Promise<void> {
      const changed_at = now()
      await store.insertMany(
        tx,
        passwords.map(({ userId, hash }) => ({ user_id: userId, hash, changed_at, failures: 0 })),
      )
    },

    /** The stored hashes by user, for an export that includes them. */
    listHashes: store.listHashes,

    /** Writes what a right password brings: no failures, a stronger hash. */
    async succeeded(tx: Tx, caller: Caller, userId: string, verdict: Verdict): Promise<void> {
      await store.clearFailures(tx, userId)
      if (!verdict.rehashed) return
      await store.rehash(tx, userId, verdict.rehashed.old, verdict.rehashed.hash)
      await audit.record(tx, caller, {
        type: 'password.rehashed',
        reason: hashFamily(verdict.rehashed.old) ?? 'unknown',
        target: { kind: 'user', id: userId },
      })
    },

    /** Counts a wrong password of an existing user. @returns whether it was the one too many */
    async failed(tx: Tx, caller: Caller, userId: string): Promise<boolean> {
      const disabled = (await store.addFailure(tx, userId)) === maxFailures
      if (disabled)
        await audit.record(tx, caller, {
          type: 'password.disabled',
          reason: 'too_many_failures',
          target: { kind: 'user', id: userId },
        })
      return disabled
    },

    /**
     * Makes sure that the caller knows the user's password, counted like a sign-in.
     * @throws reauthentication_required without a password, invalid_credentials when it is wrong, too_many_requests
     */
    async confirm(caller: Caller, userId: string, password: string | undefined): Promise<void> {
      if (password === undefined) throw new AppError('reauthentication_required')
      const attempt = await attempts.begin(userId, networkOf(caller.address ?? ''))
      const verdict = await verify(userId, password)
      await database.transaction(async (tx) => {
        const target = { kind: 'user', id: userId } as const
        if (verdict.right) {
          await attempt.succeeded(tx)
          await store.clearFailures(tx, userId)
          if (verdict.rehashed) await store.rehash(tx, userId, verdict.rehashed.old, verdict.rehashed.hash)
        } else {
          await store.addFailure(tx, userId)
        }
        await audit.record(tx, caller, {
          type: verdict.right ? 'auth.step_up.succeeded' : 'auth.step_up.failed',
          outcome: verdict.right ? 'success' : 'failure',
          target,
        })
      })
      if (!verdict.right) throw new AppError('invalid_credentials')
    },

    async remove(tx: Tx, userId: string): Promise<void> {
      await store.delete(tx, userId)
    },
  }
}
