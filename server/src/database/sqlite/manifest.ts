/** The manifest of a backup or an archive: its checksum and version. */
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { now } from '../../clock.ts'
import { ConfigError } from '../../config.ts'
import { isJsonObject } from '../../encoding/json-object.ts'

export type Manifest = {
  file: string
  bytes: number
  sha256: string
  created_at: string
  roster_version: string
  /** Of an archive of the audit log: what it contains. */
  archive?: ArchiveContent
}

/** The number of events, the `seq` of the first and the last (null without events), and an instant after all of them. */
export type ArchiveContent = {
  events: number
  first_seq: number | null
  last_seq: number | null
  before: string
}

/** The path of the manifest of a backup. */
export const manifestOf = (file: string) => `${file}.manifest.json`

export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

export async function writeManifest(
  file: string,
  version: string,
  archive?: ArchiveContent,
): Promise<Manifest> {
  const manifest: Manifest = {
    file: basename(file),
    bytes: statSync(file).size,
    sha256: await sha256Of(file),
    created_at: now(),
    roster_version: version,
    ...(archive && { archive }),
  }
  writeBeside(manifestOf(file), `${JSON.stringify(manifest, null, 2)}\n`)
  return manifest
}

/** Writes a new file to the disk and replaces an existing one. A symbolic link is replaced, not followed. */
export function writeBeside(path: string, content: string | Buffer): void {
  rmSync(path, { force: true })
  writeFileSync(path, content, { mode: 0o600, flag: 'wx', flush: true })
}

/** Without a manifest there is nothing to compare. @throws ConfigError when the file differs from its manifest */
export async function checkManifest(file: string): Promise<Manifest | null> {
  const path = manifestOf(file)
  if (!existsSync(path)) return null
  const manifest = readManifest(path)
  if (manifest === undefined)
    throw new ConfigError(`${path} cannot be read; remove it to restore without comparing`)
  if ((await sha256Of(file)) !== manifest.sha256)
    throw new ConfigError(
      `${file} is not what was backed up: its SHA-256 differs from that in ${path}; use another backup, or remove ${path} to restore the file as it is`,
    )
  return manifest
}

function readManifest(path: string): Manifest | undefined {
  try {
    const manifest: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return isManifest(manifest) ? manifest : undefined
  } catch {
    return undefined
  }
}

function isManifest(value: unknown): value is Manifest {
  if (!isJsonObject(value) || typeof value['bytes'] !== 'number') return false
  return ['file', 'sha256', 'created_at', 'roster_version'].every((name) => typeof value[name] === 'string')
}
