/** Makes a backup of a SQLite database: a consistent copy with a manifest, encrypted on request. */
import { mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fromNow } from '../clock.ts'
import { backupSqlite } from '../database/sqlite/backup.ts'
import { type Manifest, manifestOf, writeManifest } from '../database/sqlite/manifest.ts'
import type { Encryption } from '../settings/backup.ts'
import { encryptFile } from './encryption.ts'
import { expiredBackups, nameOfBackup } from './names.ts'
import type { Place } from './places/place.ts'

type Wanted = { source: string; file: string; encryption: Encryption | null; version: string; quiet: boolean }

export type Made = Manifest & { pages: number }

/** Writes the backup and its manifest. An encrypted backup leaves no unencrypted copy. */
export async function writeBackup({ source, file, encryption, version, quiet }: Wanted): Promise<Made> {
  if (encryption === null) {
    const pages = await backupSqlite(source, file, quiet)
    return { pages, ...(await writeManifest(file, version)) }
  }
  const clear = `${file}.clear`
  rmSync(clear, { force: true })
  try {
    const pages = await backupSqlite(source, clear, quiet)
    await encryptFile(clear, file, encryption)
    return { pages, ...(await writeManifest(file, version)) }
  } catch (error) {
    rmSync(file, { force: true })
    throw error
  } finally {
    rmSync(clear, { force: true })
  }
}

/** Moves a backup and its manifest to the storage. */
export async function storeBackup(file: string, place: Place): Promise<void> {
  await place.put(file)
  await place.put(manifestOf(file))
}

type Scheduled = {
  source: string
  place: Place
  encryption: Encryption | null
  version: string
  days: number
}

export type ScheduledBackup = { name: string; bytes: number; removed: number }

/** Makes a backup, stores it under a name with its time, and removes the backups that are older than `days`. */
export async function makeScheduledBackup(wanted: Scheduled): Promise<ScheduledBackup> {
  const { source, place, encryption, version, days } = wanted
  // In the folder of the database, which has space for it and which other users cannot read.
  const folder = join(dirname(source), '.roster-backup')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { mode: 0o700 })
  try {
    const name = nameOfBackup(encryption !== null)
    const file = join(folder, name)
    const { bytes } = await writeBackup({ source, file, encryption, version, quiet: true })
    await storeBackup(file, place)
    const expired = expiredBackups(await place.list(), fromNow(-days * 86_400))
    for (const each of expired) {
      await place.remove(each)
      await place.remove(manifestOf(each))
    }
    return { name, bytes, removed: expired.length }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
