/** The items that every import format produces, one for each row. */

import type { ExportedFields } from './exported-fields.ts'

/**
 * Only Roster's own export keeps the id. The password is plain text, which few sources have; the hash is in a notation
 * that `passwords/hashes` accepts. The authenticator app is encrypted in our own export; its secret (SHA-1, six digits,
 * 30 seconds) is in base32.
 */
export type ImportedUser = ExportedFields & {
  /** Notes about data that is not imported: 'the TOTP factor is not imported'. */
  notes?: string[]
}

/** A group, and the external ids of its members. It is processed after the complete file was read. */
export type ImportedGroup = { name: string; members(): string[] }

/** `row` counts from 1; for CSV and NDJSON it is the line on which the record starts. */
export type ImportItem =
  | { row: number; user: ImportedUser }
  | { row: number; skipped: string }
  | { row: number; group: ImportedGroup }
  | { row: number; fault: { code: string; detail: string }; source?: unknown }

export type ImportFormat = {
  name: string
  /** The confidence, from 0 to 1, that `head` (the first 64 KiB as text) has this format, and the reason. */
  detect(head: string): { confidence: number; sign: string }
  /** Reads the complete input as a stream, with limited memory. */
  read(input: AsyncIterable<Uint8Array>, options: ReadOptions): AsyncIterable<ImportItem>
}

export type ReadOptions = {
  /** Firebase: the hash parameters of the project, as shown in its console. */
  firebaseHashConfig?: string
  /** The scheme of digests that do not name it: `sha256:salt+password`. */
  hashScheme?: string
  /** The fields of columns from the operator. They override the format. */
  columnMap?: ReadonlyMap<string, string>
  /** Refuses rows with fewer cells than the header. */
  strictColumns?: boolean
  /** Called at the end with the fields of the columns or members of the records. */
  onColumns?(columns: Record<string, string>): void
}
