/**
 * Links for one use: 256 random bits, of which only the SHA-256 is stored. Each serves one purpose, expires, and is
 * used up in the transaction of the change it allows: when that fails, the link is still good. The token stands behind
 * the `#`, so that it reaches neither logs nor other sites.
 */
import { fromNow, newSecret, now } from '../../clock.ts'
import type { Database, Tx } from '../../database/database.ts'
import { sha256 } from '../../encoding/sha256.ts'
import { createTokenStore, type TokenRow } from './store.ts'

const minutes = 60
const hours = 3600

const purposes = {
  verify_email: { path: '/account/verify', seconds: 24 * hours, validity: '24 hours' },
  reset_password: { path: '/account/reset', seconds: 30 * minutes, validity: '30 minutes' },
  invitation: { path: '/account/invitation', seconds: 7 * 24 * hours, validity: '7 days' },
  change_email: { path: '/account/confirm-email', seconds: 24 * hours, validity: '24 hours' },
  setup: { path: '/console/setup', seconds: 30 * minutes, validity: '30 minutes' },
} as const

export type Purpose = keyof typeof purposes

/** A usable link. Never logged, and stored only encrypted in the outbox. */
export type Link = { link: string; validity: string; expiresAt: string }

/** Whose it is and which address it is about. */
export type Owner = { userId: string | null; email: string | null; emailKey: string | null }

export type Redeemed = {
  purpose: string
  userId: string | null
  email: string | null
  emailKey: string | null
}

export type Links = ReturnType<typeof createLinks>

export function createLinks({ database, publicUrl }: { database: Database; publicUrl: string }) {
  const store = createTokenStore(database)
  return {
    /**
     * A new link. Older ones of the same purpose are void from then on, unless `keepOlder`: a public request must
     * not void the link that the owner has just received. A link without a user, the set-up link aside, is revoked at
     * once: it costs as much as any link and opens nothing.
     */
    async make(tx: Tx, purpose: Purpose, owner: Owner, keepOlder = false): Promise<Link> {
      const { path, seconds, validity } = purposes[purpose]
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
      return { link: `${publicUrl}${path}#token=${token}`, validity, expiresAt }
    },

    /** What the link would do, without using it. */
    async find(
      from: Tx | Database['read'],
      token: string,
      ...wanted: Purpose[]
    ): Promise<Redeemed | undefined> {
      return redeemedOf(await store.find(from, sha256(token), wanted, now()))
    },

    /** Uses the link up; undefined when it is none of these purposes, expired, or used already. */
    async redeem(tx: Tx, token: string, ...wanted: Purpose[]): Promise<Redeemed | undefined> {
      return redeemedOf(await store.take(tx, sha256(token), wanted, now()))
    },

    /** Whatever links a user has lead nowhere from now on. */
    async revokeAll(tx: Tx, userId: string): Promise<void> {
      await store.deleteOf(tx, userId)
    },

    /** The user's links of one purpose lead nowhere from now on. */
    async revokeOf(tx: Tx, userId: string, purpose: Purpose): Promise<void> {
      await store.deleteOf(tx, userId, purpose)
    },

    async revokeUnowned(tx: Tx, purpose: Purpose): Promise<void> {
      await store.deleteUnowned(tx, purpose)
    },

    /** The links that a user has, for their own copy: what for and until when, nothing to use them with. */
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
  return row && { purpose: row.purpose, userId: row.user_id, email: row.email, emailKey: row.email_key }
}
