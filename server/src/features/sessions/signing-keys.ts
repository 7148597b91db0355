/**
 * The Ed25519 keys that sign access tokens. A key is published a day before it signs, so that services which cache our
 * JWKS know it in time, and stays published until the last token it signed has expired.
 */
import { createPrivateKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import type { Caller } from '../../caller.ts'
import { systemCaller } from '../../caller.ts'
import { fromNow, instant, monotonicMs, now, nowMs } from '../../clock.ts'
import type { Database, Tx } from '../../database/database.ts'
import { createRecent } from '../../recent.ts'
import { accessTokenSeconds } from './session.ts'
import type { SessionStore, SigningKeyRow } from './store.ts'

const publishAheadSeconds = 24 * 3600
const ageSeconds = 90 * 24 * 3600
/** How long another replica may not know of a revoked key. */
const rememberMs = 900
/** How often somebody who names a key that is not known makes us look for it. */
const lookAgainMs = 100
const keptKeys = 50

export type SigningKey = { id: string; key: KeyObject }

type Needs = {
  database: Database
  seal(text: string, context: string): string
  open(sealed: string, context: string): string
  audit: {
    record(
      tx: Tx,
      caller: Caller,
      ...events: { type: string; target: { kind: 'signing_key'; id: string } }[]
    ): Promise<void>
  }
}

export type SigningKeys = ReturnType<typeof createSigningKeys>

export function createSigningKeys({ database, seal, open, audit }: Needs, store: SessionStore) {
  const recent = createRecent<SigningKeyRow[]>(rememberMs, 1)
  const latest = createRecent<SigningKeyRow[]>(lookAgainMs, 1)
  const publicKeys = new Map<string, Promise<CryptoKey>>()
  const privateKeys = new Map<string, KeyObject>()

  const published = (row: SigningKeyRow) => row.retired_at === null || row.retired_at > now()
  /** The last one whose time has come; where the clock is behind, the first. */
  const signing = (keys: SigningKeyRow[]): SigningKeyRow | undefined => {
    const good = keys.filter(published)
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
  /** One that signs since a moment ago may be another replica's. */
  const find = async (id: string) => {
    const isIt = (key: SigningKeyRow) => key.id === id && published(key)
    return (await rows()).find(isIt) ?? (latest.get('all') ?? (await look())).find(isIt)
  }
  const publicKeyOf = ({ id, public_jwk }: SigningKeyRow): Promise<CryptoKey> => {
    const known = publicKeys.get(id)
    if (known) return known
    if (publicKeys.size > keptKeys) publicKeys.clear()
    const key = importJWK(JSON.parse(public_jwk) as JWK, 'EdDSA') as Promise<CryptoKey>
    publicKeys.set(id, key)
    return key
  }
  const privateKeyOf = ({ id, private_jwk }: SigningKeyRow): KeyObject => {
    const known = privateKeys.get(id)
    if (known) return known
    if (privateKeys.size > keptKeys) privateKeys.clear()
    const jwk = JSON.parse(open(private_jwk, `signing_keys ${id}`)) as JsonWebKey
    const key = createPrivateKey({ key: jwk, format: 'jwk' })
    privateKeys.set(id, key)
    return key
  }
  const record = (tx: Tx, caller: Caller, type: `key.${string}`, ids: readonly string[]) =>
    audit.record(tx, caller, ...ids.map((id) => ({ type, target: { kind: 'signing_key' as const, id } })))

  const add = async (tx: Tx, caller: Caller, activeAt: string) => {
    const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
    const jwk = await exportJWK(publicKey)
    const id = await calculateJwkThumbprint(jwk)
    const publicJwk = JSON.stringify({ ...jwk, kid: id, alg: 'EdDSA', use: 'sig' })
    const privateJwk = seal(JSON.stringify(await exportJWK(privateKey)), `signing_keys ${id}`)
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

  /** Every step that is due: a first key, a successor for one that grows old, the end of those that were replaced. */
  const tend = async (): Promise<void> => {
    await database.transaction(async (tx) => {
      await database.dialect.lock(tx, 'signing keys')
      const keys = (await store.listKeys(tx)).filter(published)
      const at = nowMs()
      if (keys.length === 0) await add(tx, systemCaller, now())
      const newest = keys.at(-1)
      if (newest && Date.parse(newest.active_at) + (ageSeconds - publishAheadSeconds) * 1000 < at) {
        await add(
          tx,
          systemCaller,
          instant(
            Math.max(at + publishAheadSeconds * 1000, Date.parse(newest.active_at) + ageSeconds * 1000),
          ),
        )
      }
      const current = keys.findLast((key) => Date.parse(key.active_at) <= at)
      const replaced = keys.filter((key) => current && key.active_at < current.active_at).map(({ id }) => id)
      const retired = await store.retireKeys(tx, replaced, fromNow(accessTokenSeconds + 60))
      // What replaced them signs since a moment ago: this is the first look at it.
      if (current && retired.length > 0) await record(tx, systemCaller, 'key.activated', [current.id])
      await record(tx, systemCaller, 'key.retired', retired)
      await store.deleteKeysRetiredBefore(tx, fromNow(-24 * 3600))
    })
    forget()
  }

  return {
    tend,

    /** The key that signs now. */
    async current(): Promise<SigningKey> {
      let row = signing(await rows())
      if (!row) {
        await tend()
        row = signing(await rows())
      }
      if (!row) throw new Error('there is no signing key')
      return { id: row.id, key: privateKeyOf(row) }
    },

    /** A key of ours that is published, or undefined: tokens name their key, and only ours count. */
    async find(id: string): Promise<CryptoKey | undefined> {
      const row = await find(id)
      return row && publicKeyOf(row)
    },

    /** Whether the key is published, as far as that is remembered: false may mean that nobody has looked lately. */
    isPublished(id: string): boolean {
      const row = recall()?.find((key) => key.id === id)
      return row !== undefined && published(row)
    },

    /** The JWKS (RFC 7517 §5). */
    async jwks(): Promise<{ keys: JWK[] }> {
      return { keys: (await rows()).filter(published).map((row) => JSON.parse(row.public_jwk) as JWK) }
    },

    /**
     * A new key. In an emergency it signs at once and the old ones are worthless at once: everyone signs in again
     * through their refresh token. Otherwise it signs in a day.
     */
    async rotate(caller: Caller, emergency: boolean): Promise<{ id: string; active_at: string }> {
      const activeAt = emergency ? now() : fromNow(publishAheadSeconds)
      const id = await database.transaction(async (tx) => {
        await database.dialect.lock(tx, 'signing keys')
        const old = (await store.listKeys(tx)).filter(published).map((key) => key.id)
        const added = await add(tx, caller, activeAt)
        if (emergency) {
          await store.retireKeys(tx, old, now())
          await record(tx, caller, 'key.revoked', old)
        }
        return added
      })
      forget()
      return { id, active_at: activeAt }
    },
  }
}
