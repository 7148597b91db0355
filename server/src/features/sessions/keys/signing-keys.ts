/**
 * The keys that sign tokens: Ed25519 always, RSA once it is needed. A key is published a day before it signs, so that
 * services that cache our JWKS get it in time. It stays published until the last token that it signed has expired.
 */

import { createPrivateKey, type KeyObject } from 'node:crypto'
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import type { AuditLog, EventType } from '../../../audit-events.ts'
import { createTtlCache } from '../../../caches/ttl-cache.ts'
import type { Caller } from '../../../caller.ts'
import { systemCaller } from '../../../caller.ts'
import { fromNow, instant, monotonicMs, now, nowMs } from '../../../clock.ts'
import type { Database, Tx } from '../../../database/database.ts'
import { fromJsonText, jsonText } from '../../../encoding/json-text.ts'
import { type Sealing, sealedJson } from '../../../encoding/sealed-json.ts'
import { accessTokenSeconds } from '../../../lifetimes.ts'
import type { SessionStore } from '../store.ts'
import { type TokenAlgorithm, tokenAlgorithms } from './jws.ts'
import type { SigningKeyRow } from './key-store.ts'

const publishAheadSeconds = 24 * 3600
const ageSeconds = 90 * 24 * 3600
/** How long another replica may still accept a revoked key. */
const rememberMs = 900
/** The minimum interval between look-ups for tokens with an unknown key. */
const lookAgainMs = 100
const keptKeys = 50

export type SigningKey = { id: string; key: KeyObject }

export type PublishedKey = {
  id: string
  algorithm: TokenAlgorithm
  /** `next` is published and signs from `active_at`; `retiring` no longer signs. */
  state: 'signing' | 'next' | 'retiring'
  created_at: string
  active_at: string
  retired_at: string | null
}

type Needs = Sealing & {
  database: Database
  audit: AuditLog
}

/** Caches a form of a key. Keys are few, so a full cache is emptied. */
function remembered<T>(known: Map<string, T>, id: string, make: () => T): T {
  const found = known.get(id)
  if (found !== undefined) return found
  if (known.size > keptKeys) known.clear()
  const made = make()
  known.set(id, made)
  return made
}

type PublicJwk = JWK & { alg: TokenAlgorithm }

export type SigningKeys = ReturnType<typeof createSigningKeys>

export function createSigningKeys({ database, audit, ...sealing }: Needs, store: SessionStore) {
  const privateHalves = sealedJson<JWK, [string]>(sealing, (id) => `signing_keys ${id}`)
  const recent = createTtlCache<SigningKeyRow[]>(rememberMs, 1)
  const latest = createTtlCache<SigningKeyRow[]>(lookAgainMs, 1)
  const publicJwks = new Map<string, PublicJwk>()
  const publicKeys = new Map<string, Promise<CryptoKey>>()
  const privateKeys = new Map<string, KeyObject>()
  const privateJwks = new Map<string, JWK>()

  const published = (row: SigningKeyRow) => row.retired_at === null || row.retired_at > now()
  const publicJwkOf = ({ id, public_jwk }: SigningKeyRow): PublicJwk =>
    remembered(publicJwks, id, () => fromJsonText(public_jwk))
  const isOf = (algorithm: TokenAlgorithm) => (row: SigningKeyRow) => publicJwkOf(row).alg === algorithm
  /** The last active key; the first key if the clock is behind. */
  const signing = (keys: SigningKeyRow[], algorithm: TokenAlgorithm): SigningKeyRow | undefined => {
    const good = keys.filter((key) => published(key) && isOf(algorithm)(key))
    return good.findLast((key) => key.active_at <= now()) ?? good[0]
  }
  const recall = () => recent.get('all')
  const look = async () => {
    const startedMs = monotonicMs()
    const found = await store.listKeys()
    for (const each of [recent, latest]) each.set('all', found, startedMs)
    return found
  }
  const rows = async () => recall() ?? look()
  const forget = () => {
    for (const each of [recent, latest]) each.clear()
  }
  /** Reads the keys again, because another replica may have activated one. */
  const find = async (id: string) => {
    const isIt = (key: SigningKeyRow) => key.id === id && published(key)
    return (await rows()).find(isIt) ?? (latest.get('all') ?? (await look())).find(isIt)
  }
  const publicKeyOf = (row: SigningKeyRow): Promise<CryptoKey> =>
    remembered(publicKeys, row.id, async () => {
      const key = await importJWK(publicJwkOf(row))
      if (key instanceof Uint8Array) throw new Error(`signing key ${row.id} is no public key`)
      return key
    })
  const privateKeyOf = ({ id, private_jwk }: SigningKeyRow): KeyObject =>
    remembered(privateKeys, id, () => {
      const jwk = privateHalves.open(private_jwk, id)
      return createPrivateKey({ key: jwk, format: 'jwk' })
    })
  const privateJwkOf = ({ id, key }: SigningKey): JWK =>
    remembered(privateJwks, id, () => {
      const { alg, use } = publicJwks.get(id) ?? {}
      const exported = key.export({ format: 'jwk' })
      return { ...exported, kid: id, ...(alg && { alg }), ...(use && { use }) }
    })
  const record = (tx: Tx, caller: Caller, type: EventType, ids: readonly string[]) =>
    audit.record(tx, caller, ...ids.map((id) => ({ type, target: { kind: 'signing_key' as const, id } })))

  const add = async (tx: Tx, caller: Caller, algorithm: TokenAlgorithm, activeAt: string) => {
    const { publicKey, privateKey } = await generateKeyPair(algorithm, {
      ...(algorithm === 'EdDSA' && { crv: 'Ed25519' }),
      extractable: true,
    })
    const jwk = await exportJWK(publicKey)
    const id = await calculateJwkThumbprint(jwk)
    const publicJwk = jsonText({ ...jwk, kid: id, alg: algorithm, use: 'sig' })
    const privateJwk = privateHalves.seal(await exportJWK(privateKey), id)
    await store.insertKey(tx, {
      id,
      public_jwk: publicJwk,
      private_jwk: privateJwk,
      created_at: now(),
      active_at: activeAt,
      retired_at: null,
    })
    await record(tx, caller, 'key.generated', [id])
    if (activeAt <= now()) await record(tx, caller, 'key.activated', [id])
    return id
  }

  /** All due steps for the keys of one algorithm. */
  const tendOne = async (tx: Tx, keys: SigningKeyRow[], algorithm: TokenAlgorithm): Promise<void> => {
    const at = nowMs()
    if (keys.length === 0) await add(tx, systemCaller, algorithm, now())
    const newest = keys.at(-1)
    if (newest && Date.parse(newest.active_at) + (ageSeconds - publishAheadSeconds) * 1000 < at) {
      const activeMs = Math.max(
        at + publishAheadSeconds * 1000,
        Date.parse(newest.active_at) + ageSeconds * 1000,
      )
      await add(tx, systemCaller, algorithm, instant(activeMs))
    }
    const current = keys.findLast((key) => Date.parse(key.active_at) <= at)
    const replaced = keys.filter((key) => current && key.active_at < current.active_at).map(({ id }) => id)
    const retired = await store.retireKeys(tx, replaced, fromNow(accessTokenSeconds + 60))
    // The successor has become active since the last check.
    if (current && retired.length > 0) await record(tx, systemCaller, 'key.activated', [current.id])
    await record(tx, systemCaller, 'key.retired', retired)
  }

  /**
   * Takes all due steps: creates a first key or the successor of an old key, and retires replaced keys. Only the
   * algorithm `wanted` gets a first key.
   */
  const tend = async (wanted: TokenAlgorithm = 'EdDSA'): Promise<void> => {
    await database.transaction(async (tx) => {
      await database.dialect.lock(tx, 'signing keys')
      const keys = (await store.listKeys(tx)).filter(published)
      for (const algorithm of tokenAlgorithms) {
        const own = keys.filter(isOf(algorithm))
        if (own.length > 0 || algorithm === 'EdDSA' || algorithm === wanted) await tendOne(tx, own, algorithm)
      }
      await store.deleteKeysRetiredBefore(tx, fromNow(-24 * 3600))
    })
    forget()
  }

  /** The current signing key; the first call for an algorithm creates its key. */
  const current = async (algorithm: TokenAlgorithm): Promise<SigningKey> => {
    let row = signing(await rows(), algorithm)
    if (!row) {
      await tend(algorithm)
      row = signing(await rows(), algorithm)
    }
    if (!row) throw new Error('there is no signing key')
    return { id: row.id, key: privateKeyOf(row) }
  }

  return {
    tend,

    current,

    /**
     * The published key with this id; undefined for an unknown id.
     * @param algorithm the algorithm in the header of the token; a key of another algorithm is not returned
     */
    async find(id: string, algorithm?: string): Promise<CryptoKey | undefined> {
      const row = await find(id)
      if (!row || (algorithm !== undefined && publicJwkOf(row).alg !== algorithm)) return undefined
      return publicKeyOf(row)
    },

    /** Whether the cache has the key; it may be out of date. */
    isPublished(id: string): boolean {
      const row = recall()?.find((key) => key.id === id)
      return row !== undefined && published(row)
    },

    /** The JWKS (RFC 7517 §5). */
    async jwks(): Promise<{ keys: JWK[] }> {
      return { keys: (await rows()).filter(published).map(publicJwkOf) }
    },

    /**
     * The private keys as JWKs, for a library that signs tokens. For each algorithm the current key is first; a missing
     * one is created.
     */
    async privateJwks(): Promise<{ keys: JWK[] }> {
      const first = await Promise.all(tokenAlgorithms.map((algorithm) => current(algorithm)))
      const ids = new Set(first.map(({ id }) => id))
      const others = (await rows()).filter((row) => published(row) && !ids.has(row.id))
      const keys = [...first, ...others.map((row) => ({ id: row.id, key: privateKeyOf(row) }))]
      return { keys: keys.map(privateJwkOf) }
    },

    /** The published keys, newest first. */
    async list(): Promise<PublishedKey[]> {
      const found = (await look()).filter(published)
      const isSigning = ({ id }: SigningKeyRow) =>
        tokenAlgorithms.some((algorithm) => signing(found, algorithm)?.id === id)
      return found.toReversed().map((row) => ({
        id: row.id,
        algorithm: publicJwkOf(row).alg,
        state: isSigning(row) ? 'signing' : row.active_at > now() ? 'next' : 'retiring',
        created_at: row.created_at,
        active_at: row.active_at,
        retired_at: row.retired_at,
      }))
    },

    /**
     * Creates a key for every algorithm in use, which signs after a day. In an emergency it signs immediately and the old
     * keys are revoked: clients get new access tokens with their refresh tokens.
     * @returns the new Ed25519 key
     */
    async rotate(caller: Caller, emergency: boolean): Promise<{ id: string; active_at: string }> {
      const activeAt = emergency ? now() : fromNow(publishAheadSeconds)
      const id = await database.transaction(async (tx) => {
        await database.dialect.lock(tx, 'signing keys')
        const old = (await store.listKeys(tx)).filter(published)
        const added = await add(tx, caller, 'EdDSA', activeAt)
        if (old.some(isOf('RS256'))) await add(tx, caller, 'RS256', activeAt)
        if (emergency) {
          const ids = old.map((key) => key.id)
          await store.retireKeys(tx, ids, now())
          await record(tx, caller, 'key.revoked', ids)
        }
        return added
      })
      forget()
      return { id, active_at: activeAt }
    },
  }
}
