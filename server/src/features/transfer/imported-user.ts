/** What every format of the import yields, one item a row. */

import type { ExportedFields } from './exported-fields.ts'

/**
 * Only Roster's own export keeps the id. The password is plain text, from the few sources that have it; its hash is in one
 * of the spellings that `passwords/hashes` accepts. The authenticator app is sealed in our own export; its secret, with
 * SHA-1, six digits and 30 seconds, is in base32.
 */
export type ImportedUser = ExportedFields & {
  /** What stays behind, in words: 'the TOTP factor is not carried over'. */
  notes?: string[]
}

/** A group, and the external ids of its members, which are known once the whole file has been read. */
export type ImportedGroup = { name: string; members(): string[] }

/** `row` counts from 1; for CSV and NDJSON it is the line on which the record starts. */
export type ImportItem =
  | { row: number; user: ImportedUser }
  | { row: number; skipped: string }
  | { row: number; group: ImportedGroup }
  | { row: number; fault: { code: string; detail: string }; source?: unknown }

export type ImportFormat = {
  name: string
  /** How sure the format is, from 0 to 1, that `head` (the first 64 KiB as text) is its own, and what tells it. */
  detect(head: string): { confidence: number; sign: string }
  /** Reads the whole input as a stream, in bounded memory. */
  read(input: AsyncIterable<Uint8Array>, options: ReadOptions): AsyncIterable<ImportItem>
}

export type ReadOptions = {
  /** Firebase: the project's hash parameters, as its console prints them. */
  firebaseHashConfig?: string
  /** How bare digests were made: `sha256:salt+password`. */
  hashScheme?: string
  /** What the operator says of columns, which counts more than what the format knows. */
  columnMap?: ReadonlyMap<string, string>
  /** Refuses rows with fewer cells than the header. */
  strictColumns?: boolean
  /** Is told, at the end, what became of the columns or members of the records. */
  onColumns?(columns: Record<string, string>): void
}
