/** The secret key of the installation and the keys derived from it. */

import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createSecretKey,
  hkdfSync,
  type KeyObject,
} from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { newBytes, nowMs } from './clock.ts'
import { ConfigError } from './config.ts'
import { thrown } from './errors.ts'
import { unwritableFolder } from './runtime/data-folder.ts'

/** Key objects, because an HMAC with the bytes of a key takes ten times as long. */
export type Keys = {
  /** Signs cursors. */
  cursors: KeyObject
  /** Hides names in the table of attempts. */
  attempts: KeyObject
  /** Hides credentials in caches. */
  cache: KeyObject
  /** Fingerprints requests with an `Idempotency-Key`. */
  idempotency: KeyObject
  /** Signs the cookies of OpenID Connect. */
  cookies: KeyObject
  /** Authenticates the challenges of passkeys. */
  passkeys: KeyObject
  /** Derives the successor of a refresh token. */
  refresh: KeyObject
  /** Signs archives of the audit log (Ed25519, the private half). */
  archives: KeyObject
  /**
   * Encrypts a secret for the database. `context` is additional authenticated data and must be the same for the
   * decryption.
   */
  seal(text: string, context: string): string
  /** @throws when the text was encrypted with another key or context, or was changed */
  open(sealed: string, context: string): string
}

type LoadedKey = {
  bytes: Buffer
  /** The key file next to the SQLite file, if it existed already. */
  foundFile: string | null
}

/**
 * The key of the setting, or that of the file next to the SQLite file, which is created (mode 0600) at the first start.
 * @throws ConfigError when the file cannot be read or written
 */
export function loadSecretKey(config: { secretKey: Buffer | null; databaseUrl: string }): LoadedKey {
  if (config.secretKey) return { bytes: config.secretKey, foundFile: null }
  const path = config.databaseUrl.slice('sqlite:'.length)
  if (path === ':memory:') return { bytes: newBytes(32), foundFile: null }
  const file = `${path}.key`
  try {
    if (!existsSync(file)) {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
      writeFileSync(file, `${newBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' })
    }
    const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'base64')
    if (key.length === 32) return { bytes: key, foundFile: isOld(file) ? file : null }
  } catch (error) {
    const { code } = thrown(error)
    if (code === 'EEXIST') return loadSecretKey(config)
    throw unwritableFolder(dirname(file), code)
  }
  throw new ConfigError(
    `${file} does not hold 32 bytes in base64; put the secret key of this database there or set ROSTER_SECRET_KEY`,
  )
}

/** Writes the key file of a SQLite file. @throws ConfigError when there is another key, or the file cannot be written */
export function putSecretKey(path: string, key: Buffer): void {
  const file = `${path}.key`
  try {
    if (existsSync(file)) {
      if (readFileSync(file, 'utf8').trim() === key.toString('base64')) return
      throw new ConfigError(`${file} holds another secret key; remove it or name another file`)
    }
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    writeFileSync(file, `${key.toString('base64')}\n`, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    throw error instanceof ConfigError ? error : unwritableFolder(dirname(file), thrown(error).code)
  }
}

/** A key file that is only seconds old belongs to another process that is starting. */
function isOld(file: string): boolean {
  return statSync(file).mtimeMs < nowMs() - 60_000
}

export function deriveKeys(secretKey: Buffer): Keys {
  const bytesOf = (purpose: string) => Buffer.from(hkdfSync('sha256', secretKey, '', `roster ${purpose}`, 32))
  const derive = (purpose: string) => createSecretKey(bytesOf(purpose))
  const sealing = derive('seal')
  return {
    cursors: derive('cursors'),
    attempts: derive('attempts'),
    cache: derive('cache'),
    idempotency: derive('idempotency'),
    cookies: derive('cookies'),
    passkeys: derive('passkeys'),
    refresh: derive('refresh'),
    archives: ed25519Of(bytesOf('archives')),
    seal(text, context) {
      const nonce = newBytes(12)
      const cipher = createCipheriv('aes-256-gcm', sealing, nonce).setAAD(Buffer.from(context))
      const encrypted = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return `v1.${Buffer.concat([nonce, cipher.getAuthTag(), encrypted]).toString('base64url')}`
    },
    open(sealed, context) {
      const bytes = Buffer.from(sealed.replace(/^v1\./, ''), 'base64url')
      const decipher = createDecipheriv('aes-256-gcm', sealing, bytes.subarray(0, 12), {
        authTagLength: 16,
      }).setAAD(Buffer.from(context))
      decipher.setAuthTag(bytes.subarray(12, 28))
      return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')
    },
  }
}

/** The private key of a seed, in the format of RFC 8410. */
function ed25519Of(seed: Buffer): KeyObject {
  const prefix = Buffer.from('302e020100300506032b657004220420', 'hex')
  return createPrivateKey({ key: Buffer.concat([prefix, seed]), format: 'der', type: 'pkcs8' })
}
