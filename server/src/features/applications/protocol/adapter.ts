/**
 * Storage of the OpenID Connect library in our tables. Codes, tokens and cookies are stored as hashes, their records
 * encrypted. Members that contain the id itself are restored when a record is read.
 */

import type { Adapter, AdapterPayload } from 'oidc-provider'
import { fromNow, now, nowMs } from '../../../clock.ts'
import type { Database, Tx } from '../../../database/database.ts'
import { type Sealing, sealedJson } from '../../../encoding/sealed-json.ts'
import { sha256 } from '../../../encoding/sha256.ts'
import { graceSeconds } from '../../../lifetimes.ts'
import type { OauthRecordRow, OauthStore } from './oauth-store.ts'

type Needs = Sealing & {
  database: Database
  /** The metadata of a client as in OpenID Connect Dynamic Client Registration. */
  findClient(id: string): Promise<AdapterPayload | undefined>
  /**
   * The refresh token that follows this one. The successor of a token is always the same, so that a repeated refresh
   * does not create a second successor.
   */
  successorOf(refreshToken: string): string
  /** Thrown for a code or token that was used before. */
  alreadyUsed(): Error
}

/** The lifetime of records for which the library sets none. */
const longestSeconds = 400 * 24 * 3600

export function createAdapters(needs: Needs, store: OauthStore): (kind: string) => Adapter {
  return (kind) => (kind === 'Client' ? clientAdapter(needs) : recordAdapter(kind, needs, store))
}

/** The additional authenticated data of the encrypted content of a record. */
export function recordContext(kind: string, id: string): string {
  return `oauth_records ${kind} ${id}`
}

function recordAdapter(kind: string, needs: Needs, store: OauthStore): Adapter {
  const { database } = needs
  const payloads = sealedJson<AdapterPayload, [kind: string, id: string]>(needs, recordContext)
  const payloadOf = (row: OauthRecordRow | undefined): AdapterPayload | undefined => {
    if (!row || row.expires_at <= now()) return undefined
    const payload = payloads.open(row.content, kind, row.id)
    if (row.consumed_at === null) return payload
    return { ...payload, consumed: Math.floor(Date.parse(row.consumed_at) / 1000) }
  }
  /**
   * Whether a used refresh token returns its successor again, because the answer may be lost, or a client may send
   * concurrent requests. False after the successor was used, because the client then has the answer.
   */
  const isRepeatable = async (id: string, row: OauthRecordRow): Promise<boolean> => {
    if (kind !== 'RefreshToken' || row.consumed_at === null) return false
    if (Math.abs(nowMs() - Date.parse(row.consumed_at)) > graceSeconds * 1000) return false
    const successor = await store.find(kind, sha256(needs.successorOf(id)))
    return successor === undefined || successor.consumed_at === null
  }
  /**
   * A device code is decided once, by the first user. The check is needed here, because the library reads the code
   * before it asks the user, and writes it afterwards. @throws the error of `alreadyUsed`
   */
  const assertUndecided = async (tx: Tx, id: string, next: AdapterPayload): Promise<void> => {
    const row = await store.findForChange(tx, kind, id)
    if (!row) return
    const stored = payloads.open(row.content, kind, id)
    // `inFlight`: a user has allowed the device, and signs in or consents at present.
    const isOfSameUser = next.inFlight === true && isDecided(next)
    if (isDecided(stored) || (stored.inFlight === true && !isOfSameUser)) throw needs.alreadyUsed()
  }
  return {
    async upsert(id, payload, expiresIn) {
      const key = sha256(id)
      const accountId = payload.accountId ?? null
      const row: OauthRecordRow = {
        kind,
        id: key,
        content: payloads.seal(payload, kind, key),
        user_id: accountId,
        application_id: payload.clientId ?? null,
        grant_id: grantOf(kind, id, payload),
        session_id: null,
        uid: payload.uid ? sha256(payload.uid) : null,
        user_code: payload.userCode ? sha256(payload.userCode) : null,
        created_at: now(),
        expires_at: fromNow(expiresIn ?? longestSeconds),
        consumed_at: null,
      }
      await database.transaction(async (tx) => {
        if (kind === 'DeviceCode') await assertUndecided(tx, key, payload)
        await store.upsert(tx, row)
        if (kind === 'RefreshToken' && row.grant_id) await store.trimTokens(tx, row.grant_id)
        if (kind === 'Grant' && row.user_id && row.application_id)
          await store.trimGrants(tx, row.user_id, row.application_id)
      })
    },
    async find(id) {
      const row = await store.find(kind, sha256(id))
      const isUnused = row !== undefined && (await isRepeatable(id, row))
      return payloadOf(isUnused ? { ...row, consumed_at: null } : row)
    },
    findByUid: async (uid) => payloadOf(await store.findByUid(kind, sha256(uid))),
    findByUserCode: async (userCode) => payloadOf(await store.findByUserCode(kind, sha256(userCode))),
    async consume(id) {
      const isFirst = await database.transaction((tx) => store.consume(tx, kind, sha256(id), now()))
      if (isFirst) return
      const row = await store.find(kind, sha256(id))
      if (!row || !(await isRepeatable(id, row))) throw needs.alreadyUsed()
    },
    destroy: (id) => database.transaction((tx) => store.delete(tx, kind, sha256(id))),
    revokeByGrantId: (grantId) =>
      database.transaction((tx) => store.deleteOfGrant(tx, kind, sha256(grantId))),
  }
}

/** Whether a user has connected the device or refused it. */
function isDecided({ accountId, error }: AdapterPayload): boolean {
  return accountId !== undefined || error !== undefined
}

/** An unfinished sign-in remains valid when the former grant of its browser ends. */
function grantOf(kind: string, id: string, payload: AdapterPayload): string | null {
  const grantId = kind === 'Grant' ? id : kind === 'Interaction' ? undefined : payload.grantId
  return grantId === undefined ? null : sha256(grantId)
}

/** The service of the applications writes them; the library must not. */
function clientAdapter({ findClient }: Needs): Adapter {
  const refuse = async (): Promise<never> => {
    throw new Error('applications are not written through the protocol')
  }
  const none = async () => undefined
  return {
    find: findClient,
    upsert: refuse,
    consume: refuse,
    destroy: refuse,
    revokeByGrantId: refuse,
    findByUid: none,
    findByUserCode: none,
  }
}
