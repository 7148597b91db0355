/** Browsers that need no second factor for some days. A sign-in in such a browser still needs the password. */

import type { AuditLog } from '../../../audit-events.ts'
import type { Caller } from '../../../caller.ts'
import { fromNow, newId, newSecret, now } from '../../../clock.ts'
import type { Database, Tx } from '../../../database/database.ts'
import { sha256 } from '../../../encoding/sha256.ts'
import { AppError } from '../../../errors.ts'
import type { AccountMail } from '../../account/account-mail.ts'
import type { UserLookup } from '../../users/lookup.ts'
import type { TrustedRow, TrustedStore } from './store.ts'

export type TrustedBrowser = {
  id: string
  user_agent: string | null
  created_at: string
  last_used_at: string
  expires_at: string
}

export type TrustedNeeds = {
  database: Database
  /** The number of days for which a browser is trusted; 0 when this is off. */
  trustedBrowserDays: number
  audit: AuditLog
  users: Pick<UserLookup, 'mayManage'>
  tell: AccountMail['factorsChanged']
}

const mostOfUser = 20
/** The maximum number of secrets in a cookie. Several users may share a browser. */
const mostOfCookie = 5

export type TrustedBrowsers = ReturnType<typeof createTrustedBrowsers>

export function createTrustedBrowsers(needs: TrustedNeeds, store: TrustedStore) {
  const { database, audit, users, trustedBrowserDays: days } = needs
  const hashesOf = (cookie: string | undefined): string[] =>
    days === 0 || !cookie ? [] : cookie.split('.').slice(-mostOfCookie).map(sha256)

  return {
    days,

    /** Whether the cookie contains a secret of this user. */
    async knows(userId: string, cookie: string | undefined): Promise<boolean> {
      const hashes = hashesOf(cookie)
      return hashes.length > 0 && (await store.find(userId, hashes, now())) !== undefined
    },

    /** Checks the cookie again in the transaction of the sign-in, and records the use. */
    async use(tx: Tx, userId: string, cookie: string | undefined): Promise<boolean> {
      const hashes = hashesOf(cookie)
      return hashes.length > 0 && (await store.use(tx, userId, hashes, now()))
    },

    /** Trusts the browser of the caller after a complete sign-in. @returns its secret; null when the policy forbids it */
    async add(tx: Tx, caller: Caller, userId: string): Promise<string | null> {
      if (days === 0) return null
      const at = now()
      const present = await store.list(userId, at, tx)
      const oldest = present.slice(mostOfUser - 1).map(({ id }) => id)
      await store.delete(tx, userId, oldest)
      const secret = newSecret()
      await store.insert(tx, {
        id: newId(),
        user_id: userId,
        secret_hash: sha256(secret),
        user_agent: caller.userAgent?.slice(0, 256) ?? null,
        created_at: at,
        last_used_at: at,
        expires_at: fromNow(days * 24 * 3600),
      })
      const target = { kind: 'user', id: userId } as const
      await audit.record(tx, caller, { type: 'factor.browser_trusted', target })
      await needs.tell(tx, userId, { key: 'browser_trusted', count: days })
      return secret
    },

    async list(caller: Caller, userId: string): Promise<TrustedBrowser[]> {
      await users.mayManage(caller, userId, 'users:read')
      return this.listOf(userId)
    },

    listOf: async (userId: string): Promise<TrustedBrowser[]> => (await store.list(userId, now())).map(shown),

    /** @throws not_found */
    async remove(caller: Caller, userId: string, id: string): Promise<void> {
      await users.mayManage(caller, userId, 'users:write')
      await database.transaction(async (tx) => {
        if ((await store.delete(tx, userId, [id])) === 0) throw new AppError('not_found')
        const target = { kind: 'user', id: userId } as const
        await audit.record(tx, caller, { type: 'factor.browser_forgotten', target })
      })
    },

    removeAllIn: store.deleteAll,

    /** Housekeeping. */
    deleteExpired: (limit: number): Promise<number> =>
      database.transaction((tx) => store.deleteExpired(tx, now(), limit)),
  }
}

function shown({ id, user_agent, created_at, last_used_at, expires_at }: TrustedRow): TrustedBrowser {
  return { id, user_agent, created_at, last_used_at, expires_at }
}
