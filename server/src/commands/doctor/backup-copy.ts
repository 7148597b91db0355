/** Checks a backup in a copy: opening a SQLite file changes it, and `roster restore` takes a backup only as it was written. */
import { copyFileSync, existsSync, rmSync } from 'node:fs'
import type { Config } from '../../config.ts'
import { checkManifest, manifestOf } from '../../database/sqlite/manifest.ts'
import type { Finding } from './deep.ts'

export type BackupCopy = { databaseUrl: string; finding: Finding; remove(): void }

/**
 * Copies the SQLite file of the settings if it has a manifest, as backups have.
 * @returns null for all other databases
 * @throws ConfigError when the file differs from its manifest
 */
export async function copyBackup({ databaseUrl }: Config): Promise<BackupCopy | null> {
  const file = databaseUrl.slice('sqlite:'.length)
  if (!databaseUrl.startsWith('sqlite:') || !existsSync(manifestOf(file))) return null
  const manifest = await checkManifest(file)
  const copy = `${file}.doctor`
  copyFileSync(file, copy)
  return {
    databaseUrl: `sqlite:${copy}`,
    finding: { check: 'backup file', ok: true, detail: `as it was written at ${manifest?.created_at}` },
    remove() {
      for (const path of [copy, `${copy}-wal`, `${copy}-shm`]) rmSync(path, { force: true })
    },
  }
}
