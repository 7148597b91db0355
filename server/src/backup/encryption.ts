/** Encrypts and decrypts backups in the format of age (age-encryption.org/v1), which the program `age` reads, too. */

import { closeSync, createReadStream, createWriteStream, openSync, readSync } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { ConfigError } from '../config.ts'
import { thrown } from '../errors.ts'
import type { Encryption } from '../settings/backup.ts'

export type Decryption = { identities: readonly string[]; passphrase: string | null }

const firstLine = 'age-encryption.org/v1'

/** Whether the file is encrypted with age. */
export function isEncrypted(file: string): boolean {
  const bytes = Buffer.alloc(firstLine.length)
  const handle = openSync(file, 'r')
  try {
    readSync(handle, bytes)
  } finally {
    closeSync(handle)
  }
  return bytes.toString('latin1') === firstLine
}

/** Loaded when it is wanted: most installations encrypt nothing here. */
const loadAge = () => import('age-encryption')

/** @throws ConfigError when a recipient is none of age */
export async function encryptFile(from: string, to: string, encryption: Encryption): Promise<void> {
  const { Encrypter } = await loadAge()
  const encrypter = new Encrypter()
  if ('passphrase' in encryption) encrypter.setPassphrase(encryption.passphrase)
  else
    for (const recipient of encryption.recipients) {
      try {
        encrypter.addRecipient(recipient)
      } catch {
        throw new ConfigError(
          `${recipient.slice(0, 12)}… is no recipient of age; \`age-keygen -y\` prints one`,
        )
      }
    }
  await pass(await encrypter.encrypt(streamOf(from)), to)
}

/** @throws ConfigError when no key fits, or the file was changed */
export async function decryptFile(from: string, to: string, decryption: Decryption): Promise<void> {
  const { identities, passphrase } = decryption
  if (identities.length === 0 && passphrase === null)
    throw new ConfigError(
      `${from} is encrypted: give --identity FILE, or its passphrase in ROSTER_BACKUP_PASSPHRASE`,
    )
  const { Decrypter } = await loadAge()
  const decrypter = new Decrypter()
  try {
    if (passphrase !== null) decrypter.addPassphrase(passphrase)
    for (const identity of identities) decrypter.addIdentity(identity)
    await pass(await decrypter.decrypt(streamOf(from)), to)
  } catch (error) {
    throw new ConfigError(`${from} cannot be decrypted (${thrown(error).message})`)
  }
}

const streamOf = (file: string) =>
  Readable.toWeb(createReadStream(file)) as unknown as globalThis.ReadableStream<Uint8Array>

async function pass(stream: globalThis.ReadableStream<Uint8Array>, to: string): Promise<void> {
  const source = Readable.fromWeb(stream as unknown as ReadableStream<Uint8Array>)
  await pipeline(source, createWriteStream(to, { mode: 0o600, flags: 'wx', flush: true }))
}
