import { isJsonObject } from '../../../encoding/json-object.ts'
import { readJsonDocument } from './json-document.ts'
import { readJsonLines } from './json-lines.ts'
import { blanks } from './json-scan.ts'
import type { JsonShape } from './json-shape.ts'
import { readJson } from './json-value.ts'
import { maxRecordBytes, type SourceRecord } from './source-record.ts'

const newline = 0x0a
const none: ReadonlySet<string> = new Set()
/** The number of characters that are examined for the structure of a document. */
const headLength = 64 * 1024

/** Records of JSON or newline-delimited JSON, in batches. The first lines decide which of the two it is. */
export async function* readJsonRecords(
  input: AsyncIterable<Buffer>,
  lists: ReadonlySet<string>,
  nested = false,
  findShape: (head: string) => JsonShape | undefined = () => undefined,
): AsyncGenerator<SourceRecord[]> {
  const iterator = input[Symbol.asyncIterator]()
  const head = await readHead(iterator)
  const all = startAgain(head, iterator)
  const text = head.toString('utf8')
  if (areLines(text, lists)) return yield* readJsonLines(all)
  const plain = { lists, objects: nested ? lists : none, maps: none, isMap: false }
  yield* readJsonDocument(all, findShape(text.slice(0, headLength)) ?? plain, nested)
}

/** The input up to where its second line has text, or at least its first mebibyte. */
async function readHead(iterator: AsyncIterator<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  let linesWithText = 0
  let inLine = false
  while (linesWithText < 2 && size <= maxRecordBytes) {
    const next = await iterator.next()
    if (next.done) break
    chunks.push(next.value)
    size += next.value.length
    for (const byte of next.value) {
      if (byte === newline) inLine = false
      else if (!inLine && !blanks.has(byte)) {
        inLine = true
        linesWithText += 1
        if (linesWithText === 2) break
      }
    }
  }
  return Buffer.concat(chunks)
}

async function* startAgain(head: Buffer, iterator: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield head
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value
  } finally {
    await iterator.return?.()
  }
}

function areLines(head: string, lists: ReadonlySet<string>): boolean {
  const text = head.trimStart()
  const end = text.indexOf('\n')
  if (end === -1 || text.startsWith('[')) return false
  const first = text.slice(0, end)
  const reading = readJson(first)
  if (!reading.ok) return !/[[{,:]\s*$/.test(first) && /^(\s*\n)?\{/.test(text.slice(end + 1))
  const { value } = reading
  return (
    isJsonObject(value) && !Object.keys(value).some((name) => lists.has(name) && Array.isArray(value[name]))
  )
}
