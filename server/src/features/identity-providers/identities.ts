/** The accounts of a user at other providers: listed, linked and unlinked. */

import type { AuditLog } from '../../audit-events.ts'
import { type Caller, isSelf } from '../../caller.ts'
import { newId, now } from '../../clock.ts'
import { type Database, duplicateIndex, type Tx } from '../../database/database.ts'
import { AppError } from '../../errors.ts'
import type { Phrase } from '../../mail/phrases.ts'
import type { UserLookup } from '../users/lookup.ts'
import type { Attempts } from './attempts.ts'
import type { IdentityRow, IdentityStore } from './identity-store.ts'
import type { ProviderStore } from './store.ts'

export type Identity = {
  id: string
  /** The id of the registered provider; null when no provider with this issuer is registered. */
  provider: string | null
  provider_name: string | null
  issuer: string
  subject: string
  email: string | null
  created_at: string
  last_used_at: string | null
}
/** The data of a provider about one of its accounts. */
export type Account = { issuer: string; subject: string; email: string | null }

export type IdentitiesNeeds = {
  database: Database
  audit: AuditLog
  /** Whether the user can sign in without another provider: with a password or a passkey. */
  hasOwnWayIn(userId: string): Promise<boolean>
  users: Pick<UserLookup, 'mayManage' | 'findForChange'>
  /** Mails the user; `change` is a sentence without its full stop. */
  tell(tx: Tx, userId: string, change: Phrase): Promise<void>
}

const maxIdentities = 20

export type Identities = ReturnType<typeof createIdentities>

export function createIdentities(
  needs: IdentitiesNeeds,
  store: IdentityStore,
  providers: ProviderStore,
  attempts: Attempts,
) {
  const { database, audit, users } = needs

  const hold = async (tx: Tx, userId: string) => {
    const user = await users.findForChange(tx, userId)
    if (!user || user.deleted_at !== null) throw new AppError('not_found')
    return user
  }
  const nameOf = async (tx: Tx, issuer: string): Promise<string> =>
    (await providers.findByIssuer(issuer, tx))?.name ?? new URL(issuer).host

  /**
   * Links an identity in the transaction of a sign-in or of the user's request, which must have locked the user.
   * @throws already_exists when the identity belongs to another user
   */
  const linkIn = async (
    tx: Tx,
    caller: Caller,
    userId: string,
    { how, ...account }: Account & { how: 'owner' | 'address' | 'sign_up' },
  ): Promise<IdentityRow> => {
    const present = await store.find(account.issuer, account.subject, tx)
    if (present?.user_id === userId) return present
    if (present) throw taken()
    if ((await store.listOf(userId, tx)).length >= maxIdentities)
      throw new AppError('already_exists', {
        detail: `A user signs in with at most ${maxIdentities} accounts of other providers.`,
      })
    const at = now()
    const row = {
      id: newId(),
      user_id: userId,
      ...account,
      created_at: at,
      last_used_at: how === 'owner' ? null : at,
    }
    await store.insert(tx, row)
    await audit.record(tx, caller, {
      type: 'identity.linked',
      target: { kind: 'user', id: userId },
      changes: { issuer: account.issuer, how },
    })
    if (how !== 'sign_up')
      await needs.tell(tx, userId, { key: 'account_linked', name: await nameOf(tx, account.issuer) })
    return row
  }

  const link = async (caller: Caller, userId: string, account: Account): Promise<Identity> => {
    const row = await claiming(
      database.transaction(async (tx) => {
        await hold(tx, userId)
        return linkIn(tx, caller, userId, { ...account, how: 'owner' })
      }),
    )
    return (await shown([row]))[0]!
  }

  const shown = async (rows: readonly IdentityRow[]): Promise<Identity[]> => {
    const known = new Map((await providers.list()).map((row) => [row.issuer, row]))
    return rows.map(({ user_id: _, ...row }) => ({
      id: row.id,
      provider: known.get(row.issuer)?.id ?? null,
      provider_name: known.get(row.issuer)?.name ?? null,
      issuer: row.issuer,
      subject: row.subject,
      email: row.email,
      created_at: row.created_at,
      last_used_at: row.last_used_at,
    }))
  }
  const listOf = async (userId: string): Promise<Identity[]> => shown(await store.listOf(userId))

  /**
   * Links identities of an import in the transaction that creates the users. No mail is sent.
   * @returns for each user the notes about identities that were not linked
   */
  const linkImported = async (
    tx: Tx,
    caller: Caller,
    users: readonly { userId: string; accounts: readonly Account[] }[],
  ): Promise<Map<string, string[]>> => {
    const at = now()
    const rows = users.flatMap(({ userId, accounts }) =>
      accounts.slice(0, maxIdentities).map(({ issuer, subject, email }) => ({
        ...{ id: newId(), user_id: userId, issuer, subject, email },
        ...{ created_at: at, last_used_at: null },
      })),
    )
    const written = new Set((await store.insertNew(tx, rows)).map(({ id }) => id))
    const linked = rows.filter(({ id }) => written.has(id))
    await audit.record(
      tx,
      caller,
      ...linked.map(({ user_id, issuer }) => ({
        type: 'identity.linked' as const,
        target: { kind: 'user' as const, id: user_id },
        changes: { issuer, how: 'import' },
      })),
    )
    const left = rows.filter(({ id }) => !written.has(id))
    return new Map(
      left.map(({ user_id, issuer }) => [user_id, [`the account at ${issuer} is linked to another user`]]),
    )
  }

  return {
    linkIn,
    link,
    linkImported,

    /** The identities of any user, without a permission check. */
    listOf,

    /** The identities in an export. */
    async listForExport(userIds: readonly string[]): Promise<Map<string, Account[]>> {
      const rows = userIds.length > 0 ? await store.listOfMany(userIds) : []
      const accounts = Map.groupBy(rows, ({ user_id }) => user_id)
      return new Map(
        [...accounts].map(([userId, all]) => [
          userId,
          all.map(({ issuer, subject, email }) => ({ issuer, subject, email })),
        ]),
      )
    },

    async list(caller: Caller, userId: string): Promise<Identity[]> {
      await users.mayManage(caller, userId, 'users:read')
      return listOf(userId)
    },

    /**
     * Links the identity of the last finished sign-in in this browser.
     * @throws invalid_grant, already_exists
     */
    async linkWaiting(
      caller: Caller,
      userId: string,
      token: string,
      browser: string | undefined,
    ): Promise<Identity> {
      onlySelf(caller, userId)
      const taken = await attempts.take('waiting', token, browser)
      if (!taken) throw new AppError('invalid_grant')
      const { issuer, subject, email } = taken.content
      return link(caller, userId, { issuer, subject, email })
    },

    /** @throws not_found, last_way_in */
    async unlink(caller: Caller, userId: string, identityId: string): Promise<void> {
      await users.mayManage(caller, userId, 'users:write')
      const hasOwnWayIn = await needs.hasOwnWayIn(userId)
      await database.transaction(async (tx) => {
        await hold(tx, userId)
        const row = (await store.listOf(userId, tx)).find(({ id }) => id === identityId)
        if (!row) throw new AppError('not_found')
        const usable = await store.listUsable(tx, userId)
        if (!hasOwnWayIn && usable.every(({ id }) => id === identityId)) throw new AppError('last_way_in')
        await store.delete(tx, identityId)
        await audit.record(tx, caller, {
          type: 'identity.unlinked',
          target: { kind: 'user', id: userId },
          changes: { issuer: row.issuer },
        })
        await needs.tell(tx, userId, { key: 'account_unlinked', name: await nameOf(tx, row.issuer) })
      })
    },

    /**
     * Called in the transaction in which the owner of the address takes over the account, because a stranger may have
     * linked the identities.
     */
    removeAllIn: store.deleteAllOf,

    /** Whether the user can sign in with an account at another provider. */
    async has(userId: string): Promise<boolean> {
      return (await store.listOf(userId)).length > 0
    },
  }
}

/** Handles an error of a unique index. @throws already_exists */
export async function claiming<T>(write: Promise<T>): Promise<T> {
  try {
    return await write
  } catch (error) {
    throw duplicateIndex(error)?.startsWith('identities_') ? taken() : error
  }
}

export function onlySelf(caller: Caller, userId: string): void {
  if (!isSelf(caller, userId)) throw new AppError('forbidden', { detail: 'Only the user may do this.' })
}

function taken(): AppError {
  return new AppError('already_exists', { detail: 'This account is linked to another user.' })
}
