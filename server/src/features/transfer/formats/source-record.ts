/** Records: the layer between the bytes of a file and its users, for all syntaxes. */
import type { ImportItem } from '../imported-user.ts'

export type Members = Record<string, unknown>

/** A record of the file, or the reason why it cannot be read. `row` counts as in `ImportItem`. */
export type SourceRecord = { row: number; members: Members } | FaultItem | SkippedItem

export type SkippedItem = Extract<ImportItem, { skipped: string }>

export type FaultItem = Extract<ImportItem, { fault: unknown }>

/** The codes of rows that cannot be read. They never change their meaning. */
export type RowFaultCode =
  | 'damaged_file'
  | 'invalid_hash_config'
  | 'invalid_value'
  | 'malformed_csv'
  | 'malformed_json'
  | 'not_an_object'
  | 'not_utf8'
  | 'record_too_large'
  | 'too_deep'
  | 'too_many_empty_rows'
  | 'unknown_header'
  | 'wrong_column_count'

/** The largest line, element or row that is read, in bytes. */
export const maxRecordBytes = 1024 * 1024

/** The maximum depth of objects and lists, including the record itself. */
export const maxDepth = 16

export function faultItem(row: number, code: RowFaultCode, detail: string, source?: unknown): FaultItem {
  const fault = { code, detail }
  return source === undefined ? { row, fault } : { row, fault, source }
}

export function tooLarge(row: number): FaultItem {
  return faultItem(row, 'record_too_large', `The record is larger than ${maxRecordBytes} bytes.`)
}
