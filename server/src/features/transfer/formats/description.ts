/** The description of a format. */
import type { ImportedGroup, ImportedUser, ReadOptions } from '../imported-user.ts'
import type { Fields } from './fields.ts'
import type { Depth } from './hash-anywhere.ts'
import type { Signs } from './outline.ts'
import type { SourceRecord } from './source-record.ts'
import type { WantsTable } from './sql/sql-dump.ts'

/** Reads one record. Invalid values are added to `fields.faults`, which makes the record a fault. */
export type ReadUser = (fields: Fields) => ImportedUser | { skipped: string } | { group: ImportedGroup }

export type FormatDescription = {
  name: string
  /** The members of a JSON document with lists of records. */
  lists?: readonly string[]
  /** Whether the objects of a list may contain such lists too. */
  nested?: true
  /** Whether records are searched in any list or map, if the lists above contain none. */
  anyShape?: true
  /**
   * The likelihood, from 0 to 1, that the names of members or columns belong to this format. It is called for CSV only if
   * the format can be CSV, and must then check for names that no other system has.
   */
  likeness(signs: Signs): number
  /** The reason for this format, if it is not the names that `likeness` checks. */
  sign?: string
  /** Where the password hash may be if no name says so; in the columns by default. */
  hashesIn?: Depth
  /**
   * Called once for each file. It does not throw; a returned text is the reason why the file cannot be read with these
   * options.
   */
  userReader(options: ReadOptions): ReadUser | { unusable: string }
  /** For formats with CSV files. */
  csv?: CsvDescription
  /** For formats in database dumps. */
  sql?: SqlDescription
  /** For formats with their own syntax. */
  text?: TextDescription
}

export type SqlDescription = {
  /** The likelihood, from 0 to 1, if other systems may have such a table. */
  isLikely?: number
  users: WantsTable
  /** Names of other tables of the system, which precede the users in a dump. */
  others?: RegExp
}

export type TextDescription = {
  /** The reason why the beginning of a file has this syntax; undefined if it does not. */
  sign(head: string): string | undefined
  read(input: AsyncIterable<Buffer>): AsyncGenerator<SourceRecord[]>
}

export type CsvDescription = {
  /** Whether the format has no other syntax. */
  only?: true
  /** The columns of a format without a header line. */
  columns?: readonly string[]
  /**
   * The names of the columns, if they are renamed, and the reader of the rows, if it differs. `mapped` are the fields
   * from the operator; their columns are empty in the header.
   */
  readHeader?(header: string[], mapped: readonly string[]): HeaderReading
}

export type HeaderReading =
  | { columns: (string | undefined)[]; readUser?: ReadUser; isExport?: true }
  | { unknownHeader: string }
