/**
 * Unfinished sign-ins. Their data is stored in the database. The browser has the `state` in the URL and a cookie; both
 * together use the attempt up, once.
 */

import { fromNow, newSecret, now } from '../../clock.ts'
import type { Database } from '../../database/database.ts'
import { type Sealing, sealedJson } from '../../encoding/sealed-json.ts'
import { sha256 } from '../../encoding/sha256.ts'
import type { AttemptStore } from './attempt-store.ts'

/** The user is at the provider. */
export type Going = {
  kind: 'state'
  nonce: string
  verifier: string
  returnTo: string | null
  sharedComputer: boolean
  /** The user who links an identity, and the session; null for a sign-in. */
  link: { userId: string; sessionId: string | null } | null
}
/** The provider has verified the identity, but no user has it yet. */
export type Waiting = { kind: 'waiting'; issuer: string; subject: string; email: string | null }

type Contents = { state: Going; waiting: Waiting }

type Needs = Sealing & {
  database: Database
}

const validSeconds = 600
const form = /^[A-Za-z0-9_-]{43}$/

export type Attempts = ReturnType<typeof createAttempts>

export function createAttempts({ database, ...sealing }: Needs, store: AttemptStore) {
  const contents = sealedJson<Going | Waiting, [string]>(sealing, (hash) => `provider_attempts ${hash}`)
  return {
    /** The cookie that binds attempts to a browser: the existing one, so that two tabs can sign in, or a new one. */
    browserOf: (cookie: string | undefined): string =>
      cookie !== undefined && form.test(cookie) ? cookie : newSecret(),

    /** @returns the secret with which the attempt is found */
    async begin(browser: string, providerId: string, content: Going | Waiting): Promise<string> {
      const secret = newSecret()
      const hash = sha256(secret)
      await database.transaction((tx) =>
        store.insert(tx, {
          hash,
          kind: content.kind,
          provider_id: providerId,
          browser_hash: sha256(browser),
          content: contents.seal(content, hash),
          created_at: now(),
          expires_at: fromNow(validSeconds),
        }),
      )
      return secret
    },

    /** Uses the attempt up. Undefined when it is unknown, expired, used, or belongs to another browser. */
    async take<Kind extends keyof Contents>(
      kind: Kind,
      secret: string | null | undefined,
      browser: string | undefined,
    ): Promise<{ providerId: string; content: Contents[Kind] } | undefined> {
      if (!secret || !browser || !form.test(secret) || !form.test(browser)) return undefined
      const hash = sha256(secret)
      const row = await database.transaction((tx) =>
        store.take(tx, { hash, kind, browser_hash: sha256(browser) }, now()),
      )
      const content = row && contents.open(row.content, hash)
      return row && content && isOf(kind, content) ? { providerId: row.provider_id, content } : undefined
    },

    /** Housekeeping. */
    deleteExpired: (limit: number): Promise<number> =>
      database.transaction((tx) => store.deleteExpired(tx, now(), limit)),
  }
}

function isOf<Kind extends keyof Contents>(kind: Kind, content: Going | Waiting): content is Contents[Kind] {
  return content.kind === kind
}
