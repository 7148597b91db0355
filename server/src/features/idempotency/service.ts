/**
 * Stores the answers to requests with an `Idempotency-Key`, encrypted, for a day. The id of a created resource is stored
 * in the transaction that creates it, so that the request can be answered even if the process crashed before the answer
 * was stored.
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
/** A request that has created nothing and has no answer after this time was lost in a crash. */
const abandonedSeconds = 60
/** The first delay between attempts to free a key; it doubles. */
const [firstWaitMs, longestWaitMs] = [50, 1000]
/** The maximum of keys that wait for the database to be freed. */
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
   * Frees the key after an outage of the database; otherwise repeated requests would be refused for a minute. The commit
   * may follow after the connection was lost, so a missing key is looked up again.
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
     * Claims the key for this request, or returns the result of the first one. `made`: the first one created a resource,
     * but its answer was not stored.
     */
    async begin(scopeName: string, key: string, request: string): Promise<Begun> {
      const scope = createHash('sha256').update(scopeName).digest('base64url')
      // Keyed, because a request may contain a password, which could be guessed from a plain hash.
      const fingerprint = createHmac('sha256', needs.key).update(request).digest('base64url')
      const created_at = now()
      try {
        await database.transaction(async (tx) => {
          const times = { at: now(), abandonedBefore: fromNow(-abandonedSeconds) }
          await store.deleteExpired(tx, { scope, key }, times)
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
          // The commit may have succeeded although the confirmation was lost.
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
     * Stores the id of the created resource in the same transaction.
     * @throws idempotency_in_progress when another request has taken over the key
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

    /** Deletes the answers about an erased resource. */
    forget: (tx: Tx, resourceId: string) => store.deleteOf(tx, resourceId),

    /** Housekeeping. */
    deleteOld: (limit: number) => database.transaction((tx) => store.deleteBefore(tx, now(), limit)),
  }
}
