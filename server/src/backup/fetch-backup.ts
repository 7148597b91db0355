/** Prepares a backup for reading: downloads it from a bucket, compares it with its manifest, decrypts it. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ConfigError } from '../config.ts'
import { checkManifest, type Manifest, manifestOf } from '../database/sqlite/manifest.ts'
import { type BucketAccess, isBucket } from '../settings/backup.ts'
import { decryptFile, identitiesOf, isEncrypted } from './encryption.ts'
import { openBucketOf } from './places/open.ts'

type Wanted = {
  /** A file, or an object of a bucket. */
  from: string
  access: BucketAccess
  /** A file with identities of age. */
  identityFile: string | null
  passphrase: string | null
  /** The target database; temporary files are created in its folder. */
  target: string
}

/** `file` is the decrypted database. */
export type Fetched = { file: string; manifest: Manifest | null }

/**
 * Passes the backup to `work`, and then removes temporary files.
 * @throws ConfigError when it is missing, differs from its manifest, or cannot be decrypted
 */
export async function withBackup<T>(wanted: Wanted, work: (fetched: Fetched) => Promise<T>): Promise<T> {
  const { from, identityFile, passphrase } = wanted
  mkdirSync(dirname(wanted.target), { recursive: true, mode: 0o700 })
  const folder = mkdtempSync(`${wanted.target}.restore-`)
  try {
    const packed = isBucket(from) ? await download(wanted, folder) : from
    const manifest = await checkManifest(packed)
    if (!isEncrypted(packed)) return await work({ file: packed, manifest })
    const file = join(folder, 'clear.db')
    const identities = identityFile === null ? [] : identitiesOf(identityFile)
    await decryptFile(packed, file, { identities, passphrase })
    return await work({ file, manifest })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function download({ from, access }: Wanted, folder: string): Promise<string> {
  const { place, name } = openBucketOf(from, access)
  const file = join(folder, name)
  const present = await place.list()
  if (!present.includes(name)) throw new ConfigError(`${from} does not exist`)
  await place.get(name, file)
  if (present.includes(manifestOf(name))) await place.get(manifestOf(name), manifestOf(file))
  return file
}
