/** Converts a file to plain UTF-8: from gzip, a zip archive with one file, and UTF-16. */
import { createGunzip } from 'node:zlib'
import { AppError } from '../../../errors.ts'
import { unpackedBy } from './unpack.ts'
import { fileInZip } from './zip.ts'

/**
 * The bytes of the file as UTF-8 without a byte order mark. `named` is the encoding from the operator; a byte order mark
 * overrides it.
 * @throws invalid_input when the bytes are damaged, or there is no such encoding
 */
export async function* openInput(input: AsyncIterable<Uint8Array>, named?: string): AsyncGenerator<Buffer> {
  const packed = await sniff(input)
  const { start } = packed
  const unpacked = isGzip(start) ? gunzip(packed.all) : isZip(start) ? fileInZip(packed.all) : undefined
  const plain = unpacked === undefined ? packed : await sniff(unpacked)
  const shown = encodingOf(plain.start)
  const { encoding, markLength } =
    named !== undefined && shown.markLength === 0 ? { encoding: named, markLength: 0 } : shown
  yield* onlyText(encoding === 'utf-8' ? without(markLength, plain.all) : decoded(plain.all, encoding))
}

/** How many bytes at the beginning show whether a file is text. */
const sniffed = 512

/** @throws invalid_input when the beginning has a zero byte, as images, archives and programs have */
async function* onlyText(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let seen = 0
  for await (const chunk of input) {
    if (seen < sniffed && chunk.subarray(0, sniffed - seen).includes(0))
      throw new AppError('invalid_input', { detail: notText })
    seen += chunk.length
    yield chunk
  }
}

const isGzip = (start: Buffer) => start[0] === 0x1f && start[1] === 0x8b
const isZip = (start: Buffer) => start.subarray(0, 4).toString('latin1') === 'PK\u0003\u0004'

/** The first four bytes, and all of them. */
async function sniff(
  input: AsyncIterable<Uint8Array>,
): Promise<{ start: Buffer; all: AsyncIterable<Buffer> }> {
  const chunks = input[Symbol.asyncIterator]()
  let head: Buffer = Buffer.alloc(0)
  while (head.length < 4) {
    const { done, value } = await chunks.next()
    if (done) break
    head = Buffer.concat([head, value])
  }
  async function* all(): AsyncGenerator<Buffer> {
    try {
      if (head.length > 0) yield head
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
        const { buffer, byteOffset, byteLength } = next.value
        yield Buffer.from(buffer, byteOffset, byteLength)
      }
    } finally {
      await chunks.return?.()
    }
  }
  return { start: head.subarray(0, 4), all: all() }
}

/** Without a byte order mark, zero bytes between ASCII characters mean UTF-16. */
function encodingOf(start: Buffer): { encoding: 'utf-8' | 'utf-16le' | 'utf-16be'; markLength: number } {
  const [first, second, third, fourth] = start
  const utf16 = (encoding: 'utf-16le' | 'utf-16be') => ({ encoding, markLength: 2 })
  if (first === 0xff && second === 0xfe) return utf16('utf-16le')
  if (first === 0xfe && second === 0xff) return utf16('utf-16be')
  if (first === 0xef && second === 0xbb && third === 0xbf) return { encoding: 'utf-8', markLength: 3 }
  if (first && second === 0 && third && fourth === 0) return utf16('utf-16le')
  if (first === 0 && second && third === 0 && fourth) return utf16('utf-16be')
  return { encoding: 'utf-8', markLength: 0 }
}

/** `length` is at most the length of the first chunk. */
async function* without(length: number, input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest = length
  for await (const chunk of input) {
    const bytes = chunk.subarray(rest)
    rest = 0
    if (bytes.length > 0) yield bytes
  }
}

async function* decoded(input: AsyncIterable<Buffer>, encoding: string): AsyncGenerator<Buffer> {
  const decoder = decoderOf(encoding)
  const decode = (bytes?: Buffer) => {
    try {
      return Buffer.from(decoder.decode(bytes, { stream: bytes !== undefined }))
    } catch {
      throw new AppError('invalid_input', { detail: `The file is not valid ${encoding.toUpperCase()}.` })
    }
  }
  for await (const chunk of input) yield decode(chunk)
  yield decode()
}

function decoderOf(encoding: string): TextDecoder {
  try {
    return new TextDecoder(encoding, { fatal: true })
  } catch {
    throw new AppError('invalid_input', {
      detail: `There is no encoding ${encoding}; there are windows-1252, windows-1250, shift_jis and the others of the Encoding Standard.`,
    })
  }
}

function gunzip(input: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  return unpackedBy(createGunzip(), input, 'The gzip file')
}

const notText =
  'The file is not text: it has zero bytes. Send CSV, JSON, SQL or another text file, also in gzip or zip, and name its encoding if it is not UTF-8 or UTF-16.'

export const emptyFile = 'The file is empty.'

export const unknownFormat =
  'The format of the file is not known. The first line of a table names its columns, one of them a username or an e-mail address; it is saved as CSV UTF-8 (in Excel: Save as → CSV UTF-8). Or name the format.'
