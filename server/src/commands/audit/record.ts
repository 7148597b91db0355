/**
 * The record of an archive: the event `audit.archived` with the checksum of its file. It is in the database until the next
 * archive takes it, and then in that archive.
 */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { systemCaller } from '../../caller.ts'
import type { AuditEvent } from '../../features/audit/audit-event.ts'
import type { Place } from '../command.ts'

const type = 'audit.archived'
const page = 500

type Recorded = Pick<AuditEvent, 'type' | 'changes'>

const isOf = (event: Recorded, sha256: string): boolean =>
  event.type === type && event.changes?.['sha256'] === sha256

export async function isRecordedIn({ features }: Place, sha256: string): Promise<boolean> {
  for (let beyond: number | null = null; ; ) {
    const query = { type, limit: page, beyond, newer: false }
    const events: AuditEvent[] = await features.audit.list(systemCaller, query)
    if (events.some((event) => isOf(event, sha256))) return true
    const last = events.at(-1)
    if (last === undefined || events.length < page) return false
    beyond = last.seq
  }
}

/** @param file a verified archive */
export async function isRecordedInArchive(file: string, sha256: string): Promise<boolean> {
  const lines = createInterface({ input: createReadStream(file).pipe(createGunzip()), crlfDelay: Infinity })
  let isRecorded = false
  for await (const line of lines) {
    if (!line.includes(sha256)) continue
    const event: Recorded = JSON.parse(line)
    isRecorded ||= isOf(event, sha256)
  }
  return isRecorded
}
