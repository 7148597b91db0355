import { isUtf8 } from 'node:buffer'
import { parse } from 'csv-parse'
import {
  type FaultItem,
  faultItem,
  type Members,
  maxRecordBytes,
  type SkippedItem,
  type SourceRecord,
} from './source-record.ts'

/** The names of the columns of a header; undefined for an ignored column. A fault if the header has no known name. */
export type ReadHeader = (header: string[]) => (string | undefined)[] | { unknownHeader: string }

export type CsvOptions = {
  /** A row with fewer cells than the header is a fault; otherwise its last cells are empty. */
  strictColumns: boolean
  /** Whether NULL and similar texts are kept as text. */
  keepsNulls(): boolean
}

/** The maximum of columns: each row is read for every column, so short rows of a wide table are expensive too. */
const mostColumns = 2000
/** The maximum of rows in a spreadsheet. */
const mostEmptyRows = 2 ** 20
const tooEmpty = `The file has more than ${mostEmptyRows} rows of separators only. Delete them, and import it again.`
/** The number of bytes that are parsed before other work can run. */
const bytesAtOnce = 8192
const tooWide = `The header has more than ${mostColumns} columns.`

/** A row: the line on which it starts, its cells, one Latin-1 character for each byte, and whether all are ASCII in one line. */
type Row = { line: number; cells: string[]; isPlain: boolean }
type FoundRow = Row | FaultItem | SkippedItem

/**
 * Records of comma-separated values (RFC 4180), in batches; semicolons, tabs and bars are accepted too, and a first line
 * `sep=;`. A row of only blanks and delimiters is skipped. An invalid row is a fault, and the next one is read. An
 * unclosed quote, or a row that is too large, ends the reading with a fault.
 */
export async function* readCsvRecords(
  input: AsyncIterable<Buffer>,
  readHeader: ReadHeader,
  options: CsvOptions,
): AsyncGenerator<SourceRecord[]> {
  let columns: (string | undefined)[] | undefined
  for await (const rows of readRows(input)) {
    const records: SourceRecord[] = []
    for (const row of rows) {
      if (!('cells' in row)) records.push(row)
      else if (columns === undefined) {
        if (row.cells.length > mostColumns) return yield [faultItem(row.line, 'unknown_header', tooWide)]
        const header = readHeader(row.cells.map((cell) => textOf(cell) ?? cell))
        if (!Array.isArray(header)) return yield [faultItem(row.line, 'unknown_header', header.unknownHeader)]
        columns = header
      } else records.push(recordOf(row, columns, options))
    }
    yield records
  }
}

/** The same without a header line. */
export async function* readPlainCsvRecords(
  input: AsyncIterable<Buffer>,
  columns: (string | undefined)[],
  options: CsvOptions,
): AsyncGenerator<SourceRecord[]> {
  for await (const rows of readRows(input)) {
    yield rows.map((row) => ('cells' in row ? recordOf(row, columns, options) : row))
  }
}

async function* readRows(input: AsyncIterable<Buffer>): AsyncGenerator<FoundRow[]> {
  let rows: FoundRow[] = []
  let isHeaderRead = false
  let line = 1
  let emptyRows = 0
  let excess: number | undefined
  let parser: ReturnType<typeof createParser> | undefined
  const onRow = (cells: string[]) => {
    const isPlain = !/[\r\n\x80-\xff]/.test(cells.join(''))
    if (isFrame(cells)) {
      line += 1
      return
    }
    if (cells.some((cell) => /[^ \t,;|]/.test(cell))) {
      rows.push({ line, cells, isPlain })
      isHeaderRead = true
    } else if (isHeaderRead && cells.length > 1) {
      emptyRows += 1
      if (emptyRows <= mostEmptyRows) rows.push({ row: line, skipped: 'a row of separators only' })
      else excess ??= line
    }
    line += 1 + (isPlain ? 0 : lineBreaksIn(cells))
  }
  for await (const chunk of withWholeFirstLine(input)) {
    let bytes = chunk
    if (parser === undefined) {
      const head = chunk.subarray(0, 1024).toString('latin1')
      const stated = statedDelimiter.exec(head) ?? powershellType.exec(head)
      bytes = chunk.subarray(stated?.[0].length ?? 0)
      if (stated) line += 1
      parser = createParser(stated?.[1] ?? delimiterOf(bytes), hasBlanksAround(bytes), onRow)
    }
    for (let at = 0; at < bytes.length; at += bytesAtOnce) {
      const error = await parser.write(bytes.subarray(at, at + bytesAtOnce))
      if (error) rows.push(brokenCsv(line, error))
      else if (excess !== undefined) rows.push(faultItem(excess, 'too_many_empty_rows', tooEmpty))
      yield rows
      if (error || excess !== undefined) return
      rows = []
    }
  }
  const error = await parser?.end()
  if (error) rows.push(brokenCsv(line, error))
  yield rows
}

/** The line below the header and the last line of a table of psql: `----+----` and `(2 rows)`. */
function isFrame([cell = '', ...more]: string[]): boolean {
  return more.length === 0 && /^(-+(\+-+)+|\(\d+ rows?\))$/.test(cell.trim())
}

/** The cells of a row. An unquoted argon2 hash is one cell with its commas. */
function joined(cells: string[]): string[] {
  const at = cells.findIndex(
    (cell, index) =>
      /\$argon2(id|i|d)(\$v=\d+)?\$m=\d+$/.test(cell) &&
      /^t=\d+$/.test(cells[index + 1] ?? '') &&
      /^p=\d+\$/.test(cells[index + 2] ?? ''),
  )
  return at < 0 ? cells : cells.toSpliced(at, 3, cells.slice(at, at + 3).join(','))
}

/** Whether the header has blanks between quotes and delimiters, as `"a" , "b"`. */
function hasBlanksAround(bytes: Buffer): boolean {
  const [header = ''] = bytes
    .subarray(0, 8192)
    .toString('latin1')
    .split(/[\r\n]/)
  return /"[ \t]+[,;|]|[,;|][ \t]+"/.test(header)
}

/** Calls `onRow` for every row before `write` or `end` returns. Both return the error of an invalid CSV. */
function createParser(delimiter: string, trim: boolean, onRow: (cells: string[]) => void) {
  const parser = parse({
    delimiter,
    encoding: 'latin1',
    max_record_size: maxRecordBytes,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    relax_quotes: true,
    trim,
    on_record: (cells: string[]) => {
      onRow(cells)
      return null
    },
  })
  let failure: Error | undefined
  parser.on('error', (error) => {
    failure = error
  })
  const settle = (act: (done: (error?: Error | null) => void) => void) =>
    new Promise<Error | undefined>((resolve) => act((error) => resolve(error ?? failure)))
  return {
    write: (chunk: Buffer) => settle((done) => parser.write(chunk, done)),
    end: () => settle((done) => parser.end(done)),
  }
}

function brokenCsv(line: number, error: Error): FaultItem {
  const isLarge = 'code' in error && error.code === 'CSV_MAX_RECORD_SIZE'
  return isLarge
    ? faultItem(
        line,
        'record_too_large',
        `The row is larger than ${maxRecordBytes} bytes, or a quote never closes.`,
      )
    : faultItem(line, 'malformed_csv', 'A quote that opens in this row never closes.')
}

/** The same bytes, with the complete first line in the first chunk. */
async function* withWholeFirstLine(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let head: Buffer | undefined = Buffer.alloc(0)
  for await (const chunk of input) {
    if (head === undefined) yield chunk
    else {
      head = Buffer.concat([head, chunk])
      if (head.length < longestFirstLine && !/[\r\n]/.test(chunk.toString('latin1'))) continue
      yield head
      head = undefined
    }
  }
  if (head !== undefined && head.length > 0) yield head
}

const longestFirstLine = 64 * 1024

/** The line that Excel writes above the header. */
const statedDelimiter = /^"?sep=([,;|\t])"?(?:\r\n|\r|\n)/i
/** The first line that PowerShell's Export-Csv writes. */
const powershellType = /^#TYPE [^\n]*\n/

/** The most frequent delimiter in the first line. */
function delimiterOf(head: Buffer): string {
  const [first = ''] = head.toString('latin1').split(/[\r\n]/, 1)
  const count = (delimiter: string) => first.split(delimiter).length
  return [',', ';', '\t', '|'].reduce((best, other) => (count(other) > count(best) ? other : best))
}

function lineBreaksIn(cells: string[]): number {
  let breaks = 0
  for (const cell of cells) breaks += cell.match(/\r\n|\r|\n/g)?.length ?? 0
  return breaks
}

/** Texts of databases and spreadsheets for a missing value. */
const nothing =
  /^(NULL|null|[([<](null|NULL|none|None)[)\]>]|\\N|#?N\/A|n\/a|NaN|undefined|[-–—]+|0000-00-00([T ]00:00:00(\.0+)?)?)?$/

function recordOf(
  { line, cells: all, isPlain }: Row,
  columns: (string | undefined)[],
  { strictColumns, keepsNulls }: CsvOptions,
): SourceRecord {
  const cells = all.length > columns.length ? joined(all) : all
  const isLong = cells.slice(columns.length).some((cell) => /[^ \t]/.test(cell))
  if (isLong || (strictColumns && cells.length !== columns.length)) {
    const detail = `The row has ${cells.length} columns, the header has ${columns.length}.`
    return faultItem(
      line,
      'wrong_column_count',
      detail,
      cells.map((cell) => textOf(cell) ?? cell),
    )
  }
  const isExport = keepsNulls()
  const members: Members = {}
  for (let index = 0; index < columns.length; index++) {
    const name = columns[index]
    if (name === undefined) continue
    const cell = cells[index] ?? ''
    const text = isPlain ? cell : textOf(cell)
    if (text === undefined)
      return faultItem(
        line,
        'not_utf8',
        `The column ${name} is not valid UTF-8. Save the file as CSV UTF-8, or name its encoding.`,
      )
    members[name] = isExport || !nothing.test(text.trim()) ? text : ''
  }
  return { row: line, members }
}

/** The cell as text; undefined when its bytes are not valid UTF-8. */
function textOf(cell: string): string | undefined {
  if (!/[\x80-\xff]/.test(cell)) return cell
  const bytes = Buffer.from(cell, 'latin1')
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined
}
