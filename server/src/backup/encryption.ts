/**
 * Encrypts and decrypts backups and exports in the format of age (age-encryption.org/v1), which the program `age` can
 * read too.
 */

import {
  closeSync,
  createReadStream,
  createWriteStream,
  existsSync,
  openSync,
  readFileSync,
  readSync,
} from 'node:fs'
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

/** Loaded at the first use, because most installations do not encrypt backups. */
const loadAge = () => import('age-encryption')

type Bytes = globalThis.ReadableStream<Uint8Array>

export async function encryptFile(from: string, to: string, encryption: Encryption): Promise<void> {
  await pipeline(readableOf(await encrypted(bytesOf(createReadStream(from)), encryption)), fileAt(to))
}

/** @throws ConfigError when a recipient is not valid */
export async function encrypted(stream: Bytes, encryption: Encryption): Promise<Bytes> {
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
  return encrypter.encrypt(stream)
}

/** @throws ConfigError when no key fits, or the file was changed */
export async function decryptFile(from: string, to: string, decryption: Decryption): Promise<void> {
  try {
    await pipeline(await decrypted(from, decryption), fileAt(to))
  } catch (error) {
    throw error instanceof ConfigError ? error : undecipherable(from, error)
  }
}

/** The same for a stream of text. */
export async function encryptedText(text: AsyncIterable<string>, encryption: Encryption) {
  const bytes = Readable.from(text).map((piece: string) => Buffer.from(piece))
  return readableOf(await encrypted(bytesOf(bytes), encryption))
}

// The stream types of Node and of the web platform are not compatible, but the values are.
const bytesOf = (readable: Readable) => Readable.toWeb(readable) as unknown as Bytes
const readableOf = (stream: Bytes) => Readable.fromWeb(stream as unknown as ReadableStream<Uint8Array>)

/** The stream fails at a changed position of the file. @throws ConfigError when no key fits */
export async function decrypted(from: string, { identities, passphrase }: Decryption): Promise<Readable> {
  if (identities.length === 0 && passphrase === null)
    throw new ConfigError(
      `${from} is encrypted: give --identity FILE, or its passphrase in ROSTER_BACKUP_PASSPHRASE`,
    )
  const { Decrypter } = await loadAge()
  const decrypter = new Decrypter()
  try {
    if (passphrase !== null) decrypter.addPassphrase(passphrase)
    for (const identity of identities) decrypter.addIdentity(identity)
    return readableOf(await decrypter.decrypt(bytesOf(createReadStream(from))))
  } catch (error) {
    throw undecipherable(from, error)
  }
}

function undecipherable(file: string, error: unknown): ConfigError {
  return new ConfigError(`${file} cannot be decrypted (${thrown(error).message})`)
}

const fileAt = (path: string) => createWriteStream(path, { mode: 0o600, flags: 'wx', flush: true })

/** The lines of an identity file of `age-keygen`. @throws ConfigError */
export function identitiesOf(file: string): string[] {
  if (!existsSync(file)) throw new ConfigError(`${file} does not exist`)
  const lines = readFileSync(file, 'utf8').split(/\r?\n/)
  const identities = lines.map((line) => line.trim()).filter((line) => line.startsWith('AGE-SECRET-KEY-'))
  if (identities.length === 0) throw new ConfigError(`${file} has no identity of age (AGE-SECRET-KEY-…)`)
  return identities
}
