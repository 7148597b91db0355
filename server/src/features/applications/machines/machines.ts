/**
 * Machines that call our own API with a token by client credentials: finds the application of the token and its current
 * permissions.
 */
import { createTtlCache } from '../../../caches/ttl-cache.ts'
import { type Caller, inOrder, type Permission } from '../../../caller.ts'
import { monotonicMs, now, nowMs } from '../../../clock.ts'
import { sha256 } from '../../../encoding/sha256.ts'
import { AppError } from '../../../errors.ts'
import { recordContext } from '../protocol/adapter.ts'
import type { OauthRecordRow, OauthStore } from '../protocol/oauth-store.ts'
import type { Applications } from '../service.ts'

type Needs = {
  issuer: string
  open(sealed: string, context: string): string
  store: Pick<OauthStore, 'find'>
  applications: Pick<Applications, 'findWithSecrets'>
  noteUse(applicationId: string): void
}
type Origin = Pick<Caller, 'requestId' | 'address' | 'userAgent'>
type Access = {
  application: { id: string; secretId: string }
  permissions: ReadonlySet<Permission>
  expiresMs: number
}
type Content = { aud?: unknown; scope?: string; extra?: { secret_id?: string } }

export type Machines = ReturnType<typeof createMachines>

/** How long this replica caches a token. */
const rememberMs = 500
const remembered = 5000
const kind = 'ClientCredentials'
const form = /^[A-Za-z0-9_-]{43}$/

export function createMachines({ issuer, open, store, applications, noteUse }: Needs) {
  const accesses = createTtlCache<Access>(rememberMs, remembered)

  /** The current permissions of the token; undefined when it is not for our API or has ended. */
  const accessOfRow = async (row: OauthRecordRow): Promise<Access | undefined> => {
    if (row.kind !== kind || row.application_id === null || row.expires_at <= now()) return undefined
    const content: Content = JSON.parse(open(row.content, recordContext(kind, row.id)))
    if (content.aud !== issuer) return undefined
    const application = await applications.findWithSecrets(row.application_id)
    const secretId = content.extra?.secret_id
    if (application?.kind !== 'machine' || !secretId) return undefined
    if (!application.secrets.some(({ id }) => id === secretId)) return undefined
    const asked = new Set(content.scope?.split(' '))
    const allowed = application.permissions.filter((permission) => asked.has(permission))
    if (allowed.length === 0) return undefined
    return {
      application: { id: row.application_id, secretId },
      permissions: new Set(inOrder(allowed)),
      expiresMs: Date.parse(row.expires_at),
    }
  }
  const authenticateAfresh = async (token: string, origin: Origin): Promise<Caller> => {
    const startedMs = monotonicMs()
    const row = await store.find(kind, sha256(token))
    const access = row && (await accessOfRow(row))
    if (!access) throw new AppError('invalid_token')
    accesses.set(token, access, startedMs)
    return used(callerOf(access, origin))
  }
  const used = (caller: Caller): Caller => {
    if (caller.application) noteUse(caller.application.id)
    return caller
  }

  return {
    /** Whether a bearer token has the form of an opaque one. */
    isOpaque: (token: string): boolean => form.test(token),

    /** Immediate if the token is cached. @throws invalid_token, the same for every reason */
    authenticate(token: string, origin: Origin): Caller | Promise<Caller> {
      const known = accesses.get(token)
      return known ? used(callerOf(known, origin)) : authenticateAfresh(token, origin)
    },

    /** The current permissions of the token of this row, if it is for our API. */
    async scopeOf(row: OauthRecordRow): Promise<string | undefined> {
      const access = await accessOfRow(row)
      return access && [...access.permissions].join(' ')
    },

    /** The next request reads the application from the database. */
    forget(applicationId: string): void {
      accesses.deleteWhere(({ application }) => application.id === applicationId)
    },
  }
}

function callerOf({ application, permissions, expiresMs }: Access, origin: Origin): Caller {
  if (expiresMs <= nowMs()) throw new AppError('invalid_token')
  return {
    kind: 'application',
    userId: null,
    sessionId: null,
    apiKeyId: null,
    application,
    permissions,
    authMethods: ['client_credentials'],
    ...origin,
  }
}
