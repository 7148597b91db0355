/**
 * Records of JSON documents. A scan over the bytes finds each record, which is then parsed separately; other content is
 * skipped, so memory is limited.
 *
 * A document is a list of records, an object with lists of records under the names `lists`, or an object that is the only
 * record. With `nested`, the items of a list, and objects under those names, may contain lists of records too. A map is
 * an object with a member for each record. Several documents may follow each other. An invalid document ends the reading
 * with a fault.
 */
import {
  blanks,
  bytes,
  type Capture,
  carryCapture,
  createCapture,
  dropCapture,
  findEnd,
  findScalarEnd,
  type Open,
  openContainer,
  openText,
  scalarStarts,
  startCapture,
  takeCapture,
} from './json-scan.ts'
import { type JsonShape, wrappers } from './json-shape.ts'
import { readJson, recordOfJson } from './json-value.ts'
import { faultItem, type Members, type SourceRecord, tooLarge } from './source-record.ts'

/** The expected next token, outside of values. */
type Place =
  | 'document'
  | 'first item'
  | 'item'
  | 'after item'
  | 'first name'
  | 'name'
  | 'colon'
  | 'member'
  | 'after member'

type Scan = {
  shape: JsonShape
  /** Whether items are searched for lists of records. */
  nested: boolean
  place: Place
  /** The current value of the scan. */
  value: Open | 'scalar' | undefined
  /** The objects and lists that contain it, from the outermost. */
  levels: ('object' | 'list' | 'map')[]
  /** The current record: an item, or an object in which no list of records was found yet. */
  record: Capture
  /** The number of levels around the record. */
  recordLevel: number
  recordOffset: number
  /** The current name or scalar, if it is needed. */
  token: Capture
  name: unknown
  row: number
  /** The bytes before this chunk. */
  offset: number
  broken: boolean
  found: SourceRecord[]
}

export async function* readJsonDocument(
  input: AsyncIterable<Buffer>,
  shape: JsonShape,
  nested = false,
): AsyncGenerator<SourceRecord[]> {
  const scan = createScan(shape, nested)
  for await (const chunk of input) {
    scanChunk(scan, chunk)
    yield takeFound(scan)
    if (scan.broken) return
  }
  if (scan.place !== 'document') breakOff(scan, 0, 'it ends too early')
  yield takeFound(scan)
}

function createScan(shape: JsonShape, nested: boolean): Scan {
  return {
    shape,
    nested,
    place: 'document',
    value: undefined,
    levels: [],
    record: createCapture(),
    recordLevel: 0,
    recordOffset: 0,
    token: createCapture(),
    name: undefined,
    row: 1,
    offset: 0,
    broken: false,
    found: [],
  }
}

function takeFound(scan: Scan): SourceRecord[] {
  const { found } = scan
  scan.found = []
  return found
}

function breakOff(scan: Scan, position: number, what: string): void {
  scan.broken = true
  const where = `byte ${scan.offset + position}`
  scan.found.push(faultItem(scan.row, 'malformed_json', `The JSON breaks at ${where}: ${what}.`))
}

function scanChunk(scan: Scan, chunk: Buffer): void {
  let position = 0
  while (position < chunk.length && !scan.broken) {
    if (scan.value !== undefined) position = scanValue(scan, scan.value, chunk, position)
    else {
      const byte = chunk[position]!
      if (!blanks.has(byte)) steps[scan.place](scan, byte, position, chunk)
      position += 1
    }
  }
  carryCapture(scan.record, chunk)
  carryCapture(scan.token, chunk)
  scan.offset += chunk.length
}

/** Skips to the end of the value or of the chunk. */
function scanValue(scan: Scan, value: Open | 'scalar', chunk: Buffer, position: number): number {
  const end = value === 'scalar' ? findScalarEnd(chunk, position) : findEnd(value, chunk, position)
  if (end === undefined) return chunk.length
  if (end < 0) breakOff(scan, ~end, 'the brackets do not match')
  else endValue(scan, chunk, end)
  return Math.abs(end)
}

function startValue(scan: Scan, byte: number, position: number): void {
  if (byte === bytes.quote) scan.value = openText()
  else if (byte === bytes.openObject || byte === bytes.openList) scan.value = openContainer(byte)
  else if (scalarStarts.has(byte)) {
    scan.value = 'scalar'
    startCapture(scan.token, position)
  } else breakOff(scan, position, 'a value is expected')
}

function endValue(scan: Scan, chunk: Buffer, end: number): void {
  const token = scan.token.from === undefined ? undefined : takeCapture(scan.token, chunk, end)
  const reading = token && readJson(token.toString('utf8'))
  scan.value = undefined
  if (reading && !reading.ok) breakOff(scan, end, 'a value is malformed')
  else if (scan.place === 'item') {
    scan.place = 'after item'
    endRecord(scan, chunk, end)
  } else if (scan.place === 'member') {
    scan.place = 'after member'
    if (scan.levels.at(-1) === 'map') endRecord(scan, chunk, end)
  } else {
    scan.place = 'colon'
    scan.name = reading?.value
  }
}

function startRecord(scan: Scan, position: number): void {
  scan.recordOffset = scan.offset + position
  scan.recordLevel = scan.levels.length
  startCapture(scan.record, position)
}

function endRecord(scan: Scan, chunk: Buffer, end: number): void {
  const text = takeCapture(scan.record, chunk, end)
  const record =
    text === undefined
      ? tooLarge(scan.row)
      : recordOfJson(scan.row, text, (position = 0) => {
          scan.broken = true
          const where = `near byte ${scan.recordOffset + position}`
          return faultItem(scan.row, 'malformed_json', `The JSON breaks ${where}: a record is malformed.`)
        })
  const isKeyed = scan.levels.at(-1) === 'map' && 'members' in record
  scan.found.push(isKeyed ? { ...record, members: withKey(record.members, scan.name) } : record)
  scan.row += 1
}

/** The name of the member is the id of the record, unless it has one. */
function withKey(members: Members, key: unknown): Members {
  return ['id', '_id', 'uid', 'uuid'].some((name) => Object.hasOwn(members, name)) ||
    wrappers.has(String(key))
    ? members
    : { id: key, ...members }
}

type Step = (scan: Scan, byte: number, position: number, chunk: Buffer) => void

const steps: Record<Place, Step> = {
  document(scan, byte, position) {
    if (byte === bytes.openList) openLevel(scan, 'list')
    else if (byte === bytes.openObject && scan.shape.isMap) openLevel(scan, 'map')
    else if (byte === bytes.openObject) {
      startRecord(scan, position)
      openLevel(scan, 'object')
    } else breakOff(scan, position, 'an object or a list is expected')
  },
  'first item'(scan, byte, position, chunk) {
    if (byte === bytes.closeList) closeLevel(scan)
    else steps.item(scan, byte, position, chunk)
  },
  item(scan, byte, position) {
    startRecord(scan, position)
    if (scan.nested && byte === bytes.openObject) openLevel(scan, 'object')
    else {
      scan.place = 'item'
      startValue(scan, byte, position)
    }
  },
  'after item'(scan, byte, position) {
    if (byte === bytes.comma) scan.place = 'item'
    else if (byte === bytes.closeList) closeLevel(scan)
    else breakOff(scan, position, 'a comma or the end of the list is expected')
  },
  'first name'(scan, byte, position, chunk) {
    if (byte === bytes.closeObject) endObject(scan, position, chunk)
    else steps.name(scan, byte, position, chunk)
  },
  name(scan, byte, position) {
    scan.place = 'name'
    if (byte === bytes.quote) {
      scan.value = openText()
      startCapture(scan.token, position)
    } else breakOff(scan, position, 'the name of a member is expected')
  },
  colon(scan, byte, position) {
    if (byte === bytes.colon) scan.place = 'member'
    else breakOff(scan, position, 'a colon is expected')
  },
  member(scan, byte, position) {
    const { lists, objects, maps } = scan.shape
    const name = String(scan.name)
    if (scan.levels.at(-1) === 'map') {
      startRecord(scan, position)
      startValue(scan, byte, position)
    } else if (lists.has(name) && byte === bytes.openList) {
      openLevel(scan, 'list')
      dropCapture(scan.record)
    } else if (maps.has(name) && byte === bytes.openObject) {
      openLevel(scan, 'map')
      dropCapture(scan.record)
    } else if (objects.has(name) && byte === bytes.openObject) openLevel(scan, 'object')
    else startValue(scan, byte, position)
  },
  'after member'(scan, byte, position, chunk) {
    if (byte === bytes.comma) scan.place = 'name'
    else if (byte === bytes.closeObject) endObject(scan, position, chunk)
    else breakOff(scan, position, 'a comma or the end of the object is expected')
  },
}

function openLevel(scan: Scan, level: Scan['levels'][number]): void {
  scan.levels.push(level)
  scan.place = level === 'list' ? 'first item' : 'first name'
}

function closeLevel(scan: Scan): void {
  scan.levels.pop()
  const outer = scan.levels.at(-1)
  scan.place = outer === undefined ? 'document' : outer === 'list' ? 'after item' : 'after member'
}

function endObject(scan: Scan, position: number, chunk: Buffer): void {
  closeLevel(scan)
  if (scan.record.from !== undefined && scan.levels.length === scan.recordLevel)
    endRecord(scan, chunk, position + 1)
}
