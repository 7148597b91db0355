/** Creates an `ImportFormat` from the description of a format: how to recognise it, and how to read one record. */
import { isAppError } from '../../../errors.ts'
import { type ColumnFates, createColumnFates } from '../columns/column-fates.ts'
import { type ColumnMap, splitHeader, splitMembers, withMapped } from '../columns/column-map.ts'
import type { ImportedUser, ImportFormat, ImportItem, ReadOptions } from '../imported-user.ts'
import { openInput } from '../input/open-input.ts'
import { readCsvRecords, readPlainCsvRecords } from './csv-records.ts'
import { withDayOrder } from './day-order.ts'
import type { CsvDescription, FormatDescription, ReadUser, SqlDescription } from './description.ts'
import { fieldsOf, withAddressOfUsername } from './fields.ts'
import { type Depth, withHashAnywhere } from './hash-anywhere.ts'
import type { DayOrder } from './instants.ts'
import { readJsonRecords } from './json-records.ts'
import { type JsonShape, shapeOf } from './json-shape.ts'
import { type PrefixedHash, withNamedScheme } from './named-schemes.ts'
import { outlineOf, signsOf } from './outline.ts'
import {
  type HashShape,
  lockedNote,
  type StatedDigest,
  withPasswordByShape,
  withStatedScheme,
} from './password-shape.ts'
import { faultItem, type Members, type SourceRecord } from './source-record.ts'
import { isSqlDump, readSqlDump, tablesOf } from './sql/sql-dump.ts'

export type FormatWithShape = Omit<ImportFormat, 'read'> & {
  read(input: AsyncIterable<Uint8Array>, options: Options): AsyncIterable<ImportItem>
}
type Options = ReadOptions & {
  looksLikeHash: HashShape
  looksLikeStoredHash: HashShape
  namesItsScheme: HashShape
  statedDigest: StatedDigest
  prefixedHash: PrefixedHash
}

/** The number of characters that are enough to recognise a file. */
export const headLength = 64 * 1024

export function createFormat(description: FormatDescription): FormatWithShape {
  const { name, csv, likeness, sign } = description
  const lists = new Set(description.lists)
  return {
    name,
    detect(head) {
      if (isSqlDump(head)) return detectTable(description.sql, head)
      if (description.text) {
        const own = description.text.sign(head)
        return { confidence: own === undefined ? 0 : 0.95, sign: own ?? '' }
      }
      const signs = signsOf(outlineOf(head.slice(0, headLength)), lists)
      if (signs.isCsv ? !csv : csv?.only) return { confidence: 0, sign: '' }
      const seen = new Set<string>()
      const confidence = likeness({
        ...signs,
        names: watched(signs.names, seen),
        around: watched(signs.around, seen),
      })
      if (confidence === 0 && findShape(description, lists, head))
        return { confidence: 0.3, sign: sign ?? '' }
      return { confidence, sign: sign ?? `it has ${[...seen].join(', ')}` }
    },
    read: (input, options) => readItems(description, lists, input, options),
  }
}

/** The position of the records, if they are in none of the known lists of the format. */
function findShape(
  { anyShape, likeness }: FormatDescription,
  lists: ReadonlySet<string>,
  head: string,
): JsonShape | undefined {
  if (!anyShape) return undefined
  const signs = signsOf(outlineOf(head), lists)
  return signs.isCsv || likeness(signs) > 0 ? undefined : shapeOf(head)
}

function detectTable(sql: SqlDescription | undefined, head: string): { confidence: number; sign: string } {
  const tables = sql ? [...tablesOf(head)] : []
  const users = tables.find(([table, columns]) => sql?.users(table, columns))
  const other = users ?? tables.find(([table]) => sql?.others?.test(table))
  if (!other) return { confidence: 0, sign: '' }
  return {
    confidence: users ? (sql?.isLikely ?? 0.95) : 0.85,
    sign: `it is a dump with the table ${other[0]}`,
  }
}

/** A copy of the set that adds each name to `seen` when the name is looked up and found. */
function watched(names: ReadonlySet<string>, seen: Set<string>): ReadonlySet<string> {
  const copy = new Set(names)
  copy.has = (name) => {
    const isThere = names.has(name)
    if (isThere) seen.add(name)
    return isThere
  }
  return copy
}

/** How to read the records of a file; its header may change this. */
type Reading = {
  readUser: ReadUser
  /** Whether it is our own export, in which nothing is guessed. */
  isExport: boolean
  /** The original headers of renamed columns. */
  shown: Map<string, string>
  map: ColumnMap
  hashesIn: Depth
  shapes: Pick<Options, 'looksLikeHash' | 'looksLikeStoredHash' | 'namesItsScheme'>
  /** Gives digests the scheme from the operator, or from the record. */
  stated(user: ImportedUser, members: Members): ImportedUser
}

async function* readItems(
  description: FormatDescription,
  lists: ReadonlySet<string>,
  input: AsyncIterable<Uint8Array>,
  options: Options,
): AsyncGenerator<ImportItem> {
  const readUser = description.userReader(options)
  if (typeof readUser !== 'function') return yield faultItem(1, 'invalid_hash_config', readUser.unusable)
  const map = options.columnMap ?? new Map<string, string>()
  const { hashScheme, statedDigest } = options
  const isExport = description.name === 'roster'
  const named = (user: ImportedUser, members: Members) =>
    isExport ? user : withNamedScheme(user, members, reading.shown, options)
  const reading: Reading = {
    shapes: options,
    stated: (user, members) =>
      hashScheme === undefined
        ? named(user, members)
        : withStatedScheme(user, members, hashScheme, statedDigest),
    readUser,
    isExport,
    shown: new Map(),
    map,
    hashesIn: description.hashesIn ?? 'columns',
  }
  let order: DayOrder | undefined
  const fates = createColumnFates((members) => {
    const item = itemOf({ row: 0, members }, reading, order)
    return 'user' in item ? item.user : undefined
  })
  let isTold = options.onColumns === undefined
  const tell = (columns: ColumnFates) => {
    isTold = true
    options.onColumns?.(columns)
  }
  try {
    for await (const { records, dayOrder } of readRecords({ description, lists, input }, options, reading)) {
      order = dayOrder
      for (const record of records) {
        if (!isTold && 'members' in record) fates.see(record.members)
        yield itemOf(record, reading, dayOrder)
      }
    }
  } catch (error) {
    if (!isAppError(error) || error.code !== 'invalid_input') throw error
    yield faultItem(0, 'damaged_file', error.detail ?? '')
  } finally {
    if (!isTold) tell(fates.list(reading.shown))
  }
}

type Batch = { records: SourceRecord[]; dayOrder: DayOrder | undefined }

type Source = {
  description: FormatDescription
  lists: ReadonlySet<string>
  input: AsyncIterable<Uint8Array>
}

async function* readRecords(
  { description, lists, input }: Source,
  { strictColumns = false }: ReadOptions,
  reading: Reading,
): AsyncGenerator<Batch> {
  const { csv, sql, text, nested } = description
  const { isJson, isSql, all } = await sniff(openInput(input), sql !== undefined)
  const options = { strictColumns, keepsNulls: () => reading.isExport }
  if (text) for await (const records of text.read(all)) yield { records, dayOrder: undefined }
  else if (sql && isSql) {
    for await (const records of readSqlDump(all, sql.users)) yield { records, dayOrder: undefined }
  } else if (!csv || (isJson && !csv.only)) {
    const shape = (head: string) => findShape(description, lists, head)
    for await (const records of readJsonRecords(all, lists, nested, shape))
      yield { records, dayOrder: undefined }
  } else if (csv.columns) yield* withDayOrder(readPlainCsvRecords(all, [...csv.columns], options))
  else yield* withDayOrder(readCsvRecords(all, (header) => readHeader(csv, header, reading), options))
}

function readHeader(csv: CsvDescription, header: string[], reading: Reading) {
  const { others, names, missing } = splitHeader(header, reading.map)
  if (missing.length > 0) {
    const columns = header.map((column) => column.trim()).join(', ')
    return { unknownHeader: `There is no column ${missing.join(', ')}; there are ${columns}.` }
  }
  const mapped = names.map((name) => name?.slice(1) ?? '')
  const found = csv.readHeader?.(others, mapped) ?? { columns: ownNames(others) }
  if ('unknownHeader' in found) return found
  reading.readUser = found.readUser ?? reading.readUser
  reading.isExport ||= found.isExport === true
  const columns = found.columns.map((column, index) => names[index] ?? column)
  for (const [index, column] of columns.entries())
    if (column !== undefined) reading.shown.set(column, header[index]!.trim() || `column ${index + 1}`)
  return columns
}

/** The columns with their own names; duplicates get a number. */
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

function itemOf(record: SourceRecord, reading: Reading, dayOrder: DayOrder | undefined): ImportItem {
  if (!('members' in record)) return record
  const { row, members } = record
  const { others, mapped } =
    reading.map.size === 0 ? { others: members, mapped: {} } : splitMembers(members, reading.map)
  const fields = fieldsOf(others, reading.shapes.looksLikeHash, dayOrder)
  const result = reading.readUser(fields)
  if ('group' in result) return { row, group: result.group }
  const user = 'skipped' in result || reading.map.size === 0 ? result : withMapped(result, mapped, fields)
  if (fields.faults.length > 0)
    return faultItem(row, 'invalid_value', `${fields.faults.join('; ')}.`, shownMembers(members, reading))
  if ('skipped' in user) return { row, skipped: user.skipped }
  return { row, user: reading.stated(withPassword(user, members, reading), members) }
}

/** The only place that decides whether a text is a password, a hash or the mark of a locked account. */
function withPassword(
  user: ImportedUser,
  members: Members,
  { isExport, shapes, hashesIn }: Reading,
): ImportedUser {
  const named = isExport ? user : withAddressOfUsername(user)
  if (named.password !== undefined) return withPasswordByShape(named, shapes.looksLikeStoredHash)
  const saysNothing = named.password_hash === undefined && !named.notes?.includes(lockedNote)
  return !isExport && saysNothing ? withHashAnywhere(named, members, shapes.namesItsScheme, hashesIn) : named
}

/** The record with the original names of the file. */
function shownMembers(members: Members, { shown, map }: Reading): Members {
  if (map.size === 0) return members
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [shown.get(name) ?? name, value]))
}

/** The number of bytes in which a dump is recognised; comments come first. */
const enoughForSql = 4096

async function sniff(input: AsyncGenerator<Buffer>, mayBeSql: boolean) {
  const chunks: Buffer[] = []
  let first: number | undefined
  let length = 0
  while (first === undefined || (mayBeSql && length < enoughForSql)) {
    const next = await input.next()
    if (next.done) break
    chunks.push(next.value)
    first ??= next.value.find((byte) => byte > 0x20)
    length += next.value.length
  }
  async function* again(): AsyncGenerator<Buffer> {
    yield* chunks
    yield* input
  }
  const isSql = mayBeSql && isSqlDump(Buffer.concat(chunks).toString('latin1'))
  return { isJson: first === 0x7b || first === 0x5b, isSql, all: again() }
}
