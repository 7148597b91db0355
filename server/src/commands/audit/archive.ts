/** Archives old audit events: writes them to a compressed file with a signed manifest, and then deletes them. */
import { createReadStream, existsSync } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { systemCaller } from '../../caller.ts'
import { fromNow } from '../../clock.ts'
import { type ArchiveContent, writeManifest } from '../../database/sqlite/manifest.ts'
import { canonicalInstant } from '../../encoding/instant.ts'
import type { AuditEvent } from '../../features/audit/audit-event.ts'
import { version } from '../../runtime/version.ts'
import { type Place, UsageError } from '../command.ts'
import { privateFile } from '../shell/files.ts'
import { installationKey, signArchive, signatureOf } from './signature.ts'

/** Newer events stay, because a replica whose clock is behind could still add events. */
const youngest = 24 * 3600
const deletedAtOnce = 500

/** @throws UsageError unless this is a date or an instant at least a day ago */
export function archiveEnd(text: string): string {
  const instant = canonicalInstant(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text)
  if (instant === undefined)
    throw new UsageError('--before is a date such as 2026-01-01, or an instant such as 2026-01-01T00:00:00Z.')
  if (instant > fromNow(-youngest)) throw new UsageError('--before is at least a day ago.')
  return instant
}

/** A signed archive is the only copy of its events. @throws UsageError when the file is one */
export function refuseArchive(file: string): void {
  if (existsSync(signatureOf(file)))
    throw new UsageError(`${file} is an archive already, and is not overwritten; give another name.`)
}

/**
 * Writes the events, reads the file back, records the archive with its checksum, and deletes the events of the file in
 * parts. After an interruption, the next run archives the remaining events.
 */
export async function archive(
  { database, features: { audit } }: Place,
  pages: AsyncIterable<AuditEvent[]>,
  { file, before, mayOverwrite }: { file: string; before: string; mayOverwrite: boolean },
) {
  let count = 0
  const range: Omit<ArchiveContent, 'events'> = { first_seq: null, last_seq: null, before }
  const lines = async function* () {
    for await (const page of pages) {
      count += page.length
      range.first_seq ??= page[0]?.seq ?? null
      range.last_seq = page.at(-1)?.seq ?? range.last_seq
      yield page.map((event) => `${JSON.stringify(event)}\n`).join('')
    }
  }
  await pipeline(Readable.from(lines()), createGzip(), privateFile(file, mayOverwrite))
  const written = await countLines(file)
  if (written !== count) throw new Error(`${file} has ${written} of ${count} events; nothing was deleted.`)
  const manifest = await writeManifest(file, version, { events: count, ...range })
  const { sha256 } = manifest
  signArchive(file, installationKey())
  const target = { kind: 'system', id: null } as const
  await database.transaction((tx) =>
    audit.record(tx, systemCaller, {
      type: 'audit.archived',
      target,
      changes: { count, ...range, file: manifest.file, sha256 },
    }),
  )
  let deleted = 0
  for (let some = -1; some !== 0; deleted += some) some = await audit.deleteBefore(before, deletedAtOnce)
  await database.transaction((tx) =>
    audit.record(tx, systemCaller, { type: 'audit.purged', target, changes: { count: deleted, before } }),
  )
  return { file, events: count, deleted, before, sha256 }
}

async function countLines(file: string): Promise<number> {
  let count = 0
  await pipeline(createReadStream(file), createGunzip(), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) for (const byte of chunk) if (byte === 10) count += 1
  })
  return count
}
