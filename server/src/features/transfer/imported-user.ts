/** What every format of the import yields, one item a row. */

export type ImportedIdentity = { issuer: string; subject: string; email: string | null }

export type ImportedUser = {
  /** Only in Roster's own export: the id is kept. */
  id?: string
  username?: string
  email?: string
  email_verified?: boolean
  first_name?: string | null
  last_name?: string | null
  status?: 'active' | 'disabled'
  roles?: string[]
  /** The names of groups. */
  groups?: string[]
  external_id?: string | null
  metadata?: Record<string, unknown>
  profile?: Record<string, unknown>
  created_at?: string
  updated_at?: string
  last_login_at?: string | null
  /** The accounts at other providers with which the user signs in. */
  identities?: ImportedIdentity[]
  /** Plain text, from the few sources that have it. */
  password?: string
  /** In one of the spellings that `passwords/hashes` accepts. */
  password_hash?: string
  /** The authenticator app: sealed, in our own export. */
  totp_factor?: string
  /** The secret of an authenticator app with SHA-1, six digits and 30 seconds, in base32. */
  totp_secret?: string
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
