/** What the formats share: each says how to recognise itself and how to read one record; this makes an `ImportFormat` of it. */
import type { ImportedUser, ImportFormat, ImportItem, ReadOptions } from '../imported-user.ts'
import { readCsvRecords, readPlainCsvRecords } from './csv-records.ts'
import { type Fields, fieldsOf } from './fields.ts'
import { readJsonRecords } from './json-records.ts'
import { outlineOf, type Signs, signsOf } from './outline.ts'
import { type HashShape, withPasswordByShape } from './password-shape.ts'
import { bytesOf, faultItem, type SourceRecord } from './source-record.ts'

/** Reads one record. What does not fit goes into `fields.faults` and makes the record a fault. */
export type ReadUser = (fields: Fields) => ImportedUser | { skipped: string }

/** A format that is told from outside what a password hash looks like. */
export type FormatWithShape = Omit<ImportFormat, 'read'> & {
  read(
    input: AsyncIterable<Uint8Array>,
    options: ReadOptions & { looksLikeHash: HashShape },
  ): AsyncIterable<ImportItem>
}

export type FormatDescription = {
  name: string
  /** The members of a JSON document that hold lists of records. */
  lists?: readonly string[]
  /** From 0 to 1, whether the names of members or columns are those of this format. */
  likeness(signs: Signs): number
  /** Made once for each file. Throws nothing; a text is the reason why the file cannot be read with these options. */
  userReader(options: ReadOptions): ReadUser | { unusable: string }
  /** For formats that come as CSV. */
  csv?: CsvDescription
}

export type CsvDescription = {
  /** It comes as nothing else. */
  only?: true
  /** The columns of a format that has no header line. */
  columns?: readonly string[]
  /** The names under which the columns are read, if not their own, and the reader of the rows if it is another one. */
  readHeader?(header: string[]): HeaderReading
}

export type HeaderReading =
  | { columns: (string | undefined)[]; readUser?: ReadUser }
  | { unknownHeader: string }

/** How many characters of a file are enough to recognise it. */
export const headLength = 64 * 1024

export function createFormat(description: FormatDescription): FormatWithShape {
  const lists = new Set(description.lists)
  return {
    name: description.name,
    detect(head) {
      const signs = signsOf(outlineOf(head.slice(0, headLength)), lists)
      return description.likeness(signs)
    },
    read: (input, options) => readItems(description, lists, input, options),
  }
}

async function* readItems(
  description: FormatDescription,
  lists: ReadonlySet<string>,
  input: AsyncIterable<Uint8Array>,
  options: ReadOptions & { looksLikeHash: HashShape },
): AsyncGenerator<ImportItem> {
  let readUser = description.userReader(options)
  if (typeof readUser !== 'function') return yield faultItem(1, 'invalid_hash_config', readUser.unusable)
  const useReader = (other: ReadUser | undefined) => {
    readUser = other ?? readUser
  }
  for await (const records of readRecords(description, lists, input, useReader)) {
    for (const record of records) yield itemOf(record, readUser, options.looksLikeHash)
  }
}

async function* readRecords(
  { csv }: FormatDescription,
  lists: ReadonlySet<string>,
  input: AsyncIterable<Uint8Array>,
  useReader: (other: ReadUser | undefined) => void,
): AsyncGenerator<SourceRecord[]> {
  const { isJson, isUtf16, all } = await sniff(bytesOf(input))
  if (isUtf16) yield [faultItem(1, 'not_utf8', 'The file is in UTF-16; save it as UTF-8.')]
  else if (!csv || (isJson && !csv.only)) yield* readJsonRecords(all, lists)
  else if (csv.columns) yield* readPlainCsvRecords(all, [...csv.columns])
  else
    yield* readCsvRecords(all, (header) => {
      const reading = csv.readHeader?.(header) ?? { columns: ownNames(header) }
      if ('unknownHeader' in reading) return reading
      useReader(reading.readUser)
      return reading.columns
    })
}

/** The columns under their own names; a second one of the same name is counted. */
export function ownNames(header: string[]): (string | undefined)[] {
  const taken = new Set<string>()
  return header.map((column, index) => {
    const name = column.trim() || `column_${index + 1}`
    if (name === '__proto__') return undefined
    let free = name
    for (let count = 2; taken.has(free); count++) free = `${name}_${count}`
    taken.add(free)
    return free
  })
}

function itemOf(record: SourceRecord, readUser: ReadUser, looksLikeHash: HashShape): ImportItem {
  if ('fault' in record) return record
  const { row, members } = record
  const fields = fieldsOf(members, looksLikeHash)
  const result = readUser(fields)
  if (fields.faults.length > 0)
    return faultItem(row, 'invalid_value', `${fields.faults.join('; ')}.`, members)
  return 'skipped' in result
    ? { row, skipped: result.skipped }
    : { row, user: withPasswordByShape(result, looksLikeHash) }
}

async function sniff(input: AsyncGenerator<Buffer>) {
  const chunks: Buffer[] = []
  let first: number | undefined
  while (first === undefined) {
    const next = await input.next()
    if (next.done) break
    chunks.push(next.value)
    first = next.value.find((byte) => byte > 0x20)
  }
  async function* again(): AsyncGenerator<Buffer> {
    yield* chunks
    yield* input
  }
  const isUtf16 = first === 0xff || first === 0xfe
  return { isJson: first === 0x7b || first === 0x5b, isUtf16, all: again() }
}
