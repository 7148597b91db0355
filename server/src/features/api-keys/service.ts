/** API keys: scoped, expiring credentials for programs. A key never has more permissions than its owner has now. */

import { createHash, timingSafeEqual } from 'node:crypto'
import type { AuditLog } from '../../audit-events.ts'
import type { RightsCaches } from '../../caches/rights-caches.ts'
import { createTtlCache } from '../../caches/ttl-cache.ts'
import { type Caller, inOrder, needToGrant, type Permission, systemCaller } from '../../caller.ts'
import { fromNow, monotonicMs, newId, newSecret, now, nowMs } from '../../clock.ts'
import type { Database, Tx } from '../../database/database.ts'
import { jsonText } from '../../encoding/json-text.ts'
import { sha256 } from '../../encoding/sha256.ts'
import { wordsOf } from '../../encoding/words.ts'
import { AppError, invalidInput } from '../../errors.ts'
import { checkIfMatch, type IfMatch } from '../../if-match.ts'
import type { AccountMail } from '../account/account-mail.ts'
import type { Idempotency } from '../idempotency/service.ts'
import type { RoleLookup } from '../roles/lookup.ts'
import type { MayEndAccess } from '../users/end-access.ts'
import type { UserLookup } from '../users/lookup.ts'
import { permissionsIn, type VersionedApiKey, versioned } from './api-key.ts'
import { createLastUse } from './last-use.ts'
import { type ApiKeyRow, createApiKeyStore } from './store.ts'
import { createApiKeyView } from './view.ts'

export type NewApiKey = { name: string; permissions: Permission[]; expires_at?: string }
/** Why all keys of a user end. */
export type RevocationReason = 'owner_deleted' | 'account_reclaimed' | 'password_changed' | 'sessions_ended'
export type ApiKeyChanges = { name?: string; permissions?: Permission[]; expires_at?: string }

type Needs = {
  database: Database
  rights: Pick<RightsCaches, 'add'>
  audit: AuditLog
  permissionsOf: RoleLookup['permissionsOf']
  holdUser: UserLookup['findForChange']
  rightsNow: RoleLookup['rightsNow']
  mayEndAccess: MayEndAccess
  /** Mails the owner about a new key. */
  tellOwner: AccountMail['apiKeyCreated']
  noteCreated: Idempotency['note']
  log: { warn(fields: object, message: string): void }
}
type Origin = Pick<Caller, 'requestId' | 'address' | 'userAgent'>

export type ApiKeys = ReturnType<typeof createApiKeys>

const defaultDays = 90
const maxDays = 366
const rememberMs = 500
const remembered = 5000
const form = /^rk_([0-9a-f]{32})_([A-Za-z0-9_-]{43})$/

type Access = {
  secretHash: string
  userId: string
  permissions: ReadonlySet<Permission>
  expiresMs: number
  usedMs: number
}

export function createApiKeys(needs: Needs) {
  const { database, audit, permissionsOf } = needs
  const store = createApiKeyStore(database)
  const lastUse = createLastUse(needs, store)
  const view = createApiKeyView(store)
  const accesses = createTtlCache<Access>(rememberMs, remembered)
  const forget = (userId: string) => accesses.deleteWhere((access) => access.userId === userId)
  needs.rights.add({ forget, forgetAll: accesses.clear })

  const getOwn = async (caller: Caller, id: string): Promise<ApiKeyRow> => {
    const row = await store.find(id)
    if (!row || row.user_id !== caller.userId) throw new AppError('not_found')
    return row
  }

  const accessOf = async (id: string): Promise<Access | undefined> => {
    const known = accesses.get(id)
    if (known) return known
    const startedMs = monotonicMs()
    const row = await store.findAccess(id)
    if (!row || row.revoked_at !== null || row.disabled_at !== null || row.deleted_at !== null)
      return undefined
    const held = await permissionsOf(wordsOf(row.roles))
    const permissions = new Set(permissionsIn(row).filter((permission) => held.has(permission)))
    const usedMs = row.last_used_at === null ? 0 : Date.parse(row.last_used_at)
    const access = {
      secretHash: row.secret_hash,
      userId: row.user_id,
      permissions,
      expiresMs: Date.parse(row.expires_at),
      usedMs,
    }
    accesses.set(id, access, startedMs)
    return access
  }

  const mayCreate = (caller: Caller, { permissions = [] }: Partial<NewApiKey>): void =>
    needToGrant(caller, permissions)

  return {
    mayCreate,

    /** Creates a key of the caller, or of `ownerId` on the command line. */
    async create(
      caller: Caller,
      fields: NewApiKey,
      ownerId: string | null = caller.userId,
    ): Promise<VersionedApiKey & { secret: string }> {
      if (ownerId === null) throw new AppError('forbidden')
      mayCreate(caller, fields)
      const expiresAt = fields.expires_at ?? fromNow(defaultDays * 24 * 3600)
      checkExpiry(expiresAt)
      const id = newId()
      const secret = `rk_${id.replaceAll('-', '')}_${newSecret()}`
      const at = now()
      const row: ApiKeyRow = {
        id,
        user_id: ownerId,
        name: fields.name,
        secret_hash: sha256(secret),
        permissions: jsonText(inOrder(fields.permissions)),
        version: 1,
        created_at: at,
        updated_at: at,
        expires_at: new Date(expiresAt).toISOString(),
        last_used_at: null,
        revoked_at: null,
        expiry_noted_at: null,
      }
      await database.transaction(async (tx) => {
        // A deletion of the user also locks the row, and then revokes all keys.
        await needs.holdUser(tx, row.user_id)
        needToGrant(await needs.rightsNow(caller, tx), fields.permissions)
        await needs.noteCreated(tx, caller, id)
        await store.insert(tx, row)
        await audit.record(tx, caller, {
          type: 'apikey.created',
          target: { kind: 'api_key', id },
          changes: { permissions: inOrder(fields.permissions) },
        })
        await needs.tellOwner(tx, row.user_id, row.name)
      })
      return { ...versioned(row), secret }
    },

    list: view.list,

    get: view.get,

    async change(
      caller: Caller,
      id: string,
      ifMatch: IfMatch,
      changes: ApiKeyChanges,
    ): Promise<VersionedApiKey> {
      await getOwn(caller, id)
      if (changes.expires_at) checkExpiry(changes.expires_at)
      const row = await database.transaction(async (tx) => {
        const current = await store.findForChange(tx, id)
        if (!current) throw new AppError('not_found')
        checkIfMatch(ifMatch, current.version)
        const next: ApiKeyRow = {
          ...current,
          name: changes.name ?? current.name,
          permissions: changes.permissions ? jsonText(inOrder(changes.permissions)) : current.permissions,
          expires_at: changes.expires_at ? new Date(changes.expires_at).toISOString() : current.expires_at,
          expiry_noted_at: changes.expires_at ? null : current.expiry_noted_at,
        }
        // Also for permissions that stay: a caller with fewer permissions must not extend a key that has more.
        needToGrant(await needs.rightsNow(caller, tx), permissionsIn(next))
        if (
          next.name === current.name &&
          next.permissions === current.permissions &&
          next.expires_at === current.expires_at
        )
          return current
        next.version += 1
        next.updated_at = now()
        await store.update(tx, id, next)
        database.afterCommit(tx, () => accesses.delete(id))
        await audit.record(tx, caller, {
          type: 'apikey.updated',
          target: { kind: 'api_key', id },
          changes: { fields: Object.keys(changes) },
        })
        return next
      })
      return versioned(row)
    },

    async revoke(caller: Caller, id: string, ifMatch: IfMatch): Promise<void> {
      const { user_id: ownerId } = await view.getVisible(caller, id)
      if (ownerId !== caller.userId) await needs.mayEndAccess(caller, ownerId, 'api_keys:admin')
      await database.transaction(async (tx) => {
        const current = await store.findForChange(tx, id)
        if (!current) throw new AppError('not_found')
        checkIfMatch(ifMatch, current.version)
        await store.update(tx, id, { revoked_at: now() })
        database.afterCommit(tx, () => accesses.delete(id))
        await audit.record(tx, caller, { type: 'apikey.revoked', target: { kind: 'api_key', id } })
      })
    },

    /** Revokes all keys of a user. */
    async revokeAllIn(tx: Tx, caller: Caller, userId: string, reason: RevocationReason): Promise<void> {
      const ids = await store.revokeAll(tx, userId, now())
      database.afterCommit(tx, () => forget(userId))
      await audit.record(
        tx,
        caller,
        ...ids.map((id) => ({
          type: 'apikey.revoked' as const,
          reason,
          target: { kind: 'api_key' as const, id },
        })),
      )
    },

    /** Housekeeping: records expired keys, each once. @returns the number of keys read */
    noteExpired: (limit: number): Promise<number> =>
      database.transaction(async (tx) => {
        const rows = await store.noteExpired(tx, now(), limit)
        await audit.record(
          tx,
          systemCaller,
          ...rows
            .filter(({ revoked_at }) => revoked_at === null)
            .map(({ id, user_id, expires_at }) => ({
              type: 'apikey.expired' as const,
              target: { kind: 'api_key' as const, id },
              changes: { user_id, expires_at },
            })),
        )
        return rows.length
      }),

    /** Whether a bearer token has the form of an API key. */
    isApiKey: (token: string): boolean => token.startsWith('rk_'),

    /** @throws invalid_token, the same for every reason */
    async authenticate(token: string, origin: Origin): Promise<Caller> {
      const [, hex = ''] = form.exec(token) ?? []
      const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
      const access = hex === '' ? undefined : await accessOf(id)
      const isRight = timingSafeEqual(
        createHash('sha256').update(token).digest(),
        Buffer.from(access?.secretHash ?? sha256(''), 'base64url'),
      )
      if (!access || !isRight || access.expiresMs <= nowMs()) throw new AppError('invalid_token')
      const caller: Caller = {
        kind: 'api_key',
        userId: access.userId,
        sessionId: null,
        apiKeyId: id,
        permissions: access.permissions,
        authMethods: ['api_key'],
        ...origin,
      }
      lastUse.note(caller, id, access)
      return caller
    },
  }
}

function checkExpiry(expiresAt: string): void {
  const days = (Date.parse(expiresAt) - nowMs()) / 86_400_000
  if (days > 0 && days <= maxDays) return
  throw invalidInput([
    {
      pointer: '/expires_at',
      code: 'out_of_range',
      detail: `Must lie in the future, at most ${maxDays} days.`,
    },
  ])
}
