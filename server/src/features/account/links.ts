/**
 * One-time links: 256 random bits, stored only as SHA-256. Each has one purpose and expires. It is used up in the
 * transaction of the change; If the transaction fails, the link remains valid. The token is in the fragment of the URL,
 * so it reaches neither logs nor other sites.
 */

import { fromNow, newSecret, now } from '../../clock.ts'
import type { Database, Tx } from '../../database/database.ts'
import { keysOf } from '../../encoding/keys.ts'
import { sha256 } from '../../encoding/sha256.ts'
import type { Duration } from '../../mail/phrases.ts'
import { createTokenStore, type TokenRow } from './store.ts'

const minutes = 60
const hours = 3600

const purposes = {
  verify_email: { path: '/account/verify', seconds: 24 * hours },
  reset_password: { path: '/account/reset', seconds: 30 * minutes },
  invitation: { path: '/account/invitation', seconds: 7 * 24 * hours },
  change_email: { path: '/account/confirm-email', seconds: 24 * hours },
  setup: { path: '/console/setup', seconds: 30 * minutes },
} as const

export type Purpose = keyof typeof purposes
export const purposesOfLinks: readonly Purpose[] = keysOf(purposes)

/** A usable link. Never logged, and stored only encrypted in the outbox. */
export type Link = { link: string; validity: Duration; expiresAt: string }

/** The user and the address of the link. */
export type Owner = { userId: string | null; email: string | null; emailKey: string | null }

export type Redeemed = {
  purpose: string
  userId: string | null
  email: string | null
  emailKey: string | null
  expiresAt: string
}

export type Links = ReturnType<typeof createLinks>

export function createLinks({ database, publicUrl }: { database: Database; publicUrl: string }) {
  const store = createTokenStore(database)
  return {
    /**
     * Creates a link. It revokes older links of the same purpose, unless `keepOlder`: a public request must not revoke
     * the link that the owner has just received. A link without a user, except the set-up link, is revoked immediately:
     * creating it takes the same work, and it is never valid.
     */
    async make(tx: Tx, purpose: Purpose, owner: Owner, { keepOlder = false } = {}): Promise<Link> {
      const { path, seconds } = purposes[purpose]
      const token = newSecret()
      const expiresAt = fromNow(seconds)
      const hash = sha256(token)
      if (owner.userId !== null && !keepOlder) await store.deleteOf(tx, owner.userId, purpose)
      await store.insert(tx, {
        hash,
        purpose,
        user_id: owner.userId,
        email: owner.email,
        email_key: owner.emailKey,
        created_at: now(),
        expires_at: expiresAt,
      })
      if (owner.userId === null && purpose !== 'setup') await store.delete(tx, [hash])
      return { link: `${publicUrl}${path}#token=${token}`, validity: { seconds }, expiresAt }
    },

    /** Reads the link without using it. */
    async find(
      from: Tx | Database['read'],
      token: string,
      ...wanted: Purpose[]
    ): Promise<Redeemed | undefined> {
      return redeemedOf(await store.find(from, sha256(token), wanted, now()))
    },

    /** Uses the link up; undefined when it has another purpose, has expired or was used. */
    async redeem(tx: Tx, token: string, ...wanted: Purpose[]): Promise<Redeemed | undefined> {
      return redeemedOf(await store.take(tx, sha256(token), wanted, now()))
    },

    /** Revokes all links of a user. */
    async revokeAll(tx: Tx, userId: string): Promise<void> {
      await store.deleteOf(tx, userId)
    },

    /** Revokes the links of a user for one purpose. */
    async revokeOf(tx: Tx, userId: string, purpose: Purpose): Promise<void> {
      await store.deleteOf(tx, userId, purpose)
    },

    async revokeUnowned(tx: Tx, purpose: Purpose): Promise<void> {
      await store.deleteUnowned(tx, purpose)
    },

    /** The links of a user for the export of personal data: purpose and expiry, without tokens. */
    async list(userId: string): Promise<{ purpose: string; created_at: string; expires_at: string }[]> {
      const rows = await store.list(userId)
      return rows.map(({ purpose, created_at, expires_at }) => ({ purpose, created_at, expires_at }))
    },

    /** Housekeeping. */
    async deleteExpired(limit: number): Promise<number> {
      const hashes = await store.listExpired(now(), limit)
      if (hashes.length > 0) await database.transaction((tx) => store.delete(tx, hashes))
      return hashes.length
    },
  }
}

function redeemedOf(row: TokenRow | undefined): Redeemed | undefined {
  return (
    row && {
      ...{ purpose: row.purpose, userId: row.user_id, email: row.email, emailKey: row.email_key },
      expiresAt: row.expires_at,
    }
  )
}
