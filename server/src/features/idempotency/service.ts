/**
 * Remembers the answers to requests with an `Idempotency-Key`, encrypted, for a day. What a request makes is noted in the
 * transaction that makes it, so that the answer can be given again although the process died before it was kept.
 */

import { createHash, createHmac, type KeyObject } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Caller, IdempotencyClaim } from '../../caller.ts'
import { fromNow, now } from '../../clock.ts'
import { type Database, duplicateIndex, type Tx } from '../../database/database.ts'
import { type Sealing, sealedJson } from '../../encoding/sealed-json.ts'
import { AppError } from '../../errors.ts'
import { createIdempotencyStore } from './store.ts'

type Answer = { status: number; headers: Record<string, string>; body: string }
type Begun =
  | { kind: 'new' | 'made'; claim: IdempotencyClaim }
  | { kind: 'reused' | 'in_progress' }
  | ({ kind: 'replay' } & Answer)

const keptSeconds = 24 * 3600
/** A request that has made nothing and has not been answered by then died with its process. */
const abandonedSeconds = 60
/** Between attempts to free a key; the wait doubles. */
const [firstWaitMs, longestWaitMs] = [50, 1000]
/** So many keys at most wait for the database to be freed. */
const mostWaiting = 1000

export type Idempotency = ReturnType<typeof createIdempotency>

export function createIdempotency(
  needs: Sealing & {
    database: Database
    key: KeyObject
  },
) {
  const { database } = needs
  const answers = sealedJson<Answer, [scope: string, key: string]>(needs, (scope, key) => `${scope} ${key}`)
  const store = createIdempotencyStore(database)
  const free = (claim: IdempotencyClaim) => database.transaction((tx) => store.delete(tx, claim))
  let waiting = 0

  /**
   * The database was away: the key is freed when it is back. Otherwise repetitions would be refused for a minute. A lost
   * connection may be followed by its commit: a key that is not there yet is looked for again.
   */
  const freeLater = async (claim: IdempotencyClaim): Promise<void> => {
    if (waiting === mostWaiting) return
    waiting += 1
    let waitMs = firstWaitMs
    for (let waitedMs = 0; waitedMs < abandonedSeconds * 1000; waitedMs += waitMs) {
      await sleep(waitMs, undefined, { ref: false })
      const freed = await free(claim).catch(() => undefined)
      if (freed || (freed === false && waitMs === longestWaitMs)) break
      waitMs = Math.min(2 * waitMs, longestWaitMs)
    }
    waiting -= 1
  }

  return {
    /**
     * Claims the key for this request, or says what became of the first one. `made`: the first one made something, but
     * its answer was not kept.
     */
    async begin(scopeName: string, key: string, request: string): Promise<Begun> {
      const scope = createHash('sha256').update(scopeName).digest('base64url')
      // Keyed: a request may hold a password, and a plain hash of it would be quick to guess.
      const fingerprint = createHmac('sha256', needs.key).update(request).digest('base64url')
      const created_at = now()
      try {
        await database.transaction(async (tx) => {
          await store.deleteExpired(tx, scope, key, now(), fromNow(-abandonedSeconds))
          await store.insert(tx, {
            scope,
            key,
            fingerprint,
            answer: null,
            resource_id: null,
            created_at,
            expires_at: fromNow(keptSeconds),
          })
        })
        return { kind: 'new', claim: { scope, key, created_at, resourceId: null } }
      } catch (error) {
        if (duplicateIndex(error) === undefined) {
          // The commit may have gone well although nothing said so.
          void freeLater({ scope, key, created_at, resourceId: null })
          throw error
        }
      }
      const row = await store.find(scope, key)
      if (!row) return { kind: 'in_progress' }
      if (row.fingerprint !== fingerprint) return { kind: 'reused' }
      if (row.answer !== null) return { kind: 'replay', ...answers.open(row.answer, scope, key) }
      if (row.resource_id === null) return { kind: 'in_progress' }
      return { kind: 'made', claim: { scope, key, created_at: row.created_at, resourceId: row.resource_id } }
    },

    /**
     * Notes what the request of this caller makes, in the transaction that makes it.
     * @throws idempotency_in_progress when another request has taken the key over
     */
    async note(tx: Tx, { idempotency: claim }: Caller, resourceId: string): Promise<void> {
      if (claim && !(await store.setResource(tx, claim, resourceId)))
        throw new AppError('idempotency_in_progress', { retryAfterSeconds: 1 })
    },

    async finish(claim: IdempotencyClaim, answer: Answer): Promise<void> {
      const sealed = answers.seal(answer, claim.scope, claim.key)
      await database.transaction((tx) => store.setAnswer(tx, claim, sealed))
    },

    async abandon(claim: IdempotencyClaim): Promise<void> {
      await free(claim).catch((error: unknown) => {
        void freeLater(claim)
        throw error
      })
    },

    /** Forgets the answers about something that is erased. */
    forget: (tx: Tx, resourceId: string) => store.deleteOf(tx, resourceId),

    /** Housekeeping. */
    deleteOld: (limit: number) => database.transaction((tx) => store.deleteBefore(tx, now(), limit)),
  }
}
