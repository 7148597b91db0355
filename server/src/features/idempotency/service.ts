/** Remembers the answers to requests with an `Idempotency-Key`, encrypted, for a day. */
import { createHash, createHmac, type KeyObject } from 'node:crypto'
import { fromNow, now } from '../../clock.ts'
import { type Database, duplicateIndex } from '../../database/database.ts'
import { createIdempotencyStore } from './store.ts'

type Answer = { status: number; headers: Record<string, string>; body: string }
type Begun = { kind: 'new' | 'reused' | 'in_progress' } | ({ kind: 'replay' } & Answer)

const keptSeconds = 24 * 3600
/** A request that has not been answered by then died with its process. */
const abandonedSeconds = 60

export type Idempotency = ReturnType<typeof createIdempotency>

export function createIdempotency(needs: {
  database: Database
  key: KeyObject
  seal(text: string, context: string): string
  open(sealed: string, context: string): string
}) {
  const { database, seal, open } = needs
  const store = createIdempotencyStore(database)
  const shortened = (scope: string) => createHash('sha256').update(scope).digest('base64url')

  return {
    /** Claims the key for this request, or says what became of the first one. */
    async begin(scopeName: string, key: string, request: string): Promise<Begun> {
      const scope = shortened(scopeName)
      // Keyed: a request may hold a password, and a plain hash of it would be quick to guess.
      const fingerprint = createHmac('sha256', needs.key).update(request).digest('base64url')
      try {
        await database.transaction(async (tx) => {
          await store.deleteExpired(tx, scope, key, now(), fromNow(-abandonedSeconds))
          await store.insert(tx, {
            scope,
            key,
            fingerprint,
            answer: null,
            created_at: now(),
            expires_at: fromNow(keptSeconds),
          })
        })
        return { kind: 'new' }
      } catch (error) {
        if (duplicateIndex(error) === undefined) throw error
      }
      const row = await store.find(scope, key)
      if (!row) return { kind: 'in_progress' }
      if (row.fingerprint !== fingerprint) return { kind: 'reused' }
      if (row.answer === null) return { kind: 'in_progress' }
      return { kind: 'replay', ...(JSON.parse(open(row.answer, `${scope} ${key}`)) as Answer) }
    },

    async finish(scopeName: string, key: string, answer: Answer): Promise<void> {
      const scope = shortened(scopeName)
      const sealed = seal(JSON.stringify(answer), `${scope} ${key}`)
      await database.transaction((tx) => store.setAnswer(tx, scope, key, sealed))
    },

    async abandon(scopeName: string, key: string): Promise<void> {
      await database.transaction((tx) => store.delete(tx, shortened(scopeName), key))
    },

    /** Housekeeping. */
    deleteOld: (limit: number) => database.transaction((tx) => store.deleteBefore(tx, now(), limit)),
  }
}
