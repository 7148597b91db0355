/** What a format says of itself. */
import type { ImportedGroup, ImportedUser, ReadOptions } from '../imported-user.ts'
import type { Fields } from './fields.ts'
import type { Depth } from './hash-anywhere.ts'
import type { Signs } from './outline.ts'
import type { SourceRecord } from './source-record.ts'
import type { WantsTable } from './sql/sql-dump.ts'

/** Reads one record. What does not fit goes into `fields.faults` and makes the record a fault. */
export type ReadUser = (fields: Fields) => ImportedUser | { skipped: string } | { group: ImportedGroup }

export type FormatDescription = {
  name: string
  /** The members of a JSON document that hold lists of records. */
  lists?: readonly string[]
  /** Whether the objects of a list may hold such lists too. */
  nested?: true
  /** Whether records are looked for in any list or map, when the lists above show none. */
  anyShape?: true
  /**
   * From 0 to 1, whether the names of members or columns are those of this format. It is asked about CSV only when the
   * format comes as CSV, and must then look for names that no other system has.
   */
  likeness(signs: Signs): number
  /** What tells that it is this format, where it is not the names that `likeness` looks for. */
  sign?: string
  /** Where the hash of a password may be when no name says so; among the columns when it is left out. */
  hashesIn?: Depth
  /** Made once for each file. Throws nothing; a text is the reason why the file cannot be read with these options. */
  userReader(options: ReadOptions): ReadUser | { unusable: string }
  /** For formats that come as CSV. */
  csv?: CsvDescription
  /** For formats that come in dumps of databases. */
  sql?: SqlDescription
  /** For formats in a syntax of their own. */
  text?: TextDescription
}

export type SqlDescription = {
  /** From 0 to 1, when such a table may be that of another system. */
  isLikely?: number
  users: WantsTable
  /** Names of other tables of the system, which a dump has before the users. */
  others?: RegExp
}

export type TextDescription = {
  /** What tells that a file is in this syntax, given its beginning; undefined when it is not. */
  sign(head: string): string | undefined
  read(input: AsyncIterable<Buffer>): AsyncGenerator<SourceRecord[]>
}

export type CsvDescription = {
  /** It comes as nothing else. */
  only?: true
  /** The columns of a format that has no header line. */
  columns?: readonly string[]
  /**
   * The names under which the columns are read, if not their own, and the reader of the rows if it is another one.
   * `mapped` are the fields that the operator named; their columns are empty in the header.
   */
  readHeader?(header: string[], mapped: readonly string[]): HeaderReading
}

export type HeaderReading =
  | { columns: (string | undefined)[]; readUser?: ReadUser; isExport?: true }
  | { unknownHeader: string }
