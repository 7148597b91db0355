import { recordOfJson } from './json-value.ts'
import { faultItem, maxRecordBytes, type SourceRecord, tooLarge } from './source-record.ts'

const newline = 0x0a

/** Records of newline-delimited JSON, in batches. An invalid line is a fault, and the next one is read. */
export async function* readJsonLines(input: AsyncIterable<Buffer>): AsyncGenerator<SourceRecord[]> {
  const lines = createLines()
  for await (const chunk of input) yield lines.push(chunk)
  yield lines.end()
}

function createLines() {
  let row = 1
  let carried: Buffer[] = []
  let carriedBytes = 0

  function carry(bytes: Buffer) {
    carriedBytes += bytes.length
    if (carriedBytes > maxRecordBytes) carried = []
    else if (bytes.length > 0) carried.push(Buffer.from(bytes))
  }

  /** Ends the line with `bytes`, which are its last ones. */
  function finish(bytes: Buffer, records: SourceRecord[]) {
    const size = carriedBytes + bytes.length
    const line = carried.length === 0 ? bytes : Buffer.concat([...carried, bytes])
    carried = []
    carriedBytes = 0
    if (size > maxRecordBytes) records.push(tooLarge(row))
    else if (!isBlank(line)) records.push(recordOfLine(row, line))
    row += 1
  }

  return {
    push(chunk: Buffer): SourceRecord[] {
      const records: SourceRecord[] = []
      let start = 0
      for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
        finish(chunk.subarray(start, end), records)
        start = end + 1
      }
      carry(chunk.subarray(start))
      return records
    },
    end(): SourceRecord[] {
      const records: SourceRecord[] = []
      if (carriedBytes > 0) finish(Buffer.alloc(0), records)
      return records
    },
  }
}

function recordOfLine(row: number, line: Buffer): SourceRecord {
  return recordOfJson(row, line, (position, text) => {
    const where = position === undefined ? '' : ` from column ${position + 1} on`
    return faultItem(row, 'malformed_json', `The line is not valid JSON${where}.`, text)
  })
}

function isBlank(line: Buffer): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d)
}
