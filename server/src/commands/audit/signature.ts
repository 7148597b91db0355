/**
 * The signature of an archive: Ed25519 over the bytes of its manifest, which has the checksum of the archive. The key is
 * derived from the secret key, so an archive can be verified while that key exists; with the public key, any Ed25519
 * library can verify it.
 */
import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, openSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { ConfigError, readConfig } from '../../config.ts'
import { needDatabase } from '../../database/presence.ts'
import { type Manifest, manifestOf, sha256Of, writeBeside } from '../../database/sqlite/manifest.ts'
import { deriveKeys, loadSecretKey } from '../../secret-key.ts'

export const signatureOf = (file: string) => `${manifestOf(file)}.sig`

/** @throws ConfigError where there is no database, so that no key is made */
export function installationKey(): KeyObject {
  const config = readConfig()
  needDatabase(config)
  return deriveKeys(loadSecretKey(config).bytes).archives
}

/** Signs the written manifest. Afterwards the directory entries of all three files are on the disk. */
export function signArchive(file: string, key: KeyObject): void {
  writeBeside(signatureOf(file), sign(null, readFileSync(manifestOf(file)), key))
  const folder = openSync(dirname(file), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

/** @throws ConfigError when a part is missing or was changed */
export async function verifyArchive(file: string, key: KeyObject): Promise<Manifest> {
  for (const part of [file, manifestOf(file), signatureOf(file)])
    if (!existsSync(part)) throw new ConfigError(`${part} is missing`)
  const text = readFileSync(manifestOf(file))
  if (!verify(null, text, publicOf(key), readFileSync(signatureOf(file))))
    throw new ConfigError(`${manifestOf(file)} was changed, or signed with another key`)
  const manifest: Manifest = JSON.parse(text.toString())
  if ((await sha256Of(file)) !== manifest.sha256)
    throw new ConfigError(`${file} was changed: its SHA-256 is not that of ${manifestOf(file)}`)
  return manifest
}

/** The public key of a private or public key. */
const publicOf = (key: KeyObject): KeyObject => (key.type === 'public' ? key : createPublicKey(key))

export function publicPem(key: KeyObject): string {
  return publicOf(key).export({ type: 'spki', format: 'pem' }).toString()
}

/** @throws ConfigError */
export function readPublicKey(file: string): KeyObject {
  try {
    return createPublicKey(readFileSync(file))
  } catch {
    throw new ConfigError(`${file} does not hold a public key in PEM`)
  }
}

/** A short fingerprint of the key, to compare manually. */
export function fingerprintOf(key: KeyObject): string {
  const der = publicOf(key).export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(der).digest('hex').slice(0, 32)
}
