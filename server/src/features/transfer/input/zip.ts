/** The only file of a zip archive (APPNOTE.TXT 6.3). The directory is at the end, so the complete archive is read first. */
import { createInflateRaw } from 'node:zlib'
import { AppError } from '../../../errors.ts'
import { unpackedBy } from './unpack.ts'

const maxArchiveBytes = 32 * 1024 * 1024

type Entry = { name: string; method: number; isEncrypted: boolean; size: number; offset: number }

/** @throws invalid_input when the archive has more than one file, is encrypted, damaged or too large */
export async function* fileInZip(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const archive = await readWhole(input)
  const files = entriesOf(archive).filter(({ name }) => isFile(name))
  const [file] = files
  if (!file) throw refused('has no file')
  if (files.some(({ name }) => name === '[Content_Types].xml'))
    throw new AppError('invalid_input', {
      detail: 'The file is a workbook of Excel; save it as CSV UTF-8.',
    })
  if (files.some(({ name }) => name === 'META-INF/manifest.xml'))
    throw new AppError('invalid_input', {
      detail: 'The file is a spreadsheet of LibreOffice; save it as CSV.',
    })
  if (files.length > 1) throw refused(`has ${files.length} files; import them one by one`)
  if (file.isEncrypted) throw refused('is encrypted')
  const packed = bytesOf(archive, file)
  if (file.method === 0) yield packed
  else if (file.method === 8)
    yield* unpackedBy(createInflateRaw(), once(packed), 'The file in the zip archive')
  else throw refused('is packed in a way that is not read here')
}

async function readWhole(input: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of input) {
    size += chunk.length
    if (size > maxArchiveBytes) throw refused('is larger than 32 MiB; unpack it, or use gzip')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Ignores folders and the metadata files of macOS. */
const isFile = (name: string) => !name.endsWith('/') && !/(^|\/)(__MACOSX\/|\.DS_Store$|\._)/.test(name)

const endSignature = 0x06054b50
const entrySignature = 0x02014b50
const fileSignature = 0x04034b50
const endLength = 22
const longestComment = 0xffff

function entriesOf(archive: Buffer): Entry[] {
  const end = endOf(archive)
  const entries: Entry[] = []
  let at = archive.readUInt32LE(end + 16)
  for (let count = archive.readUInt16LE(end + 10); count > 0; count -= 1) {
    if (at + 46 > archive.length || archive.readUInt32LE(at) !== entrySignature) throw refused('is damaged')
    const nameLength = archive.readUInt16LE(at + 28)
    entries.push({
      name: archive.toString('utf8', at + 46, at + 46 + nameLength),
      method: archive.readUInt16LE(at + 10),
      isEncrypted: (archive.readUInt16LE(at + 8) & 1) === 1,
      size: archive.readUInt32LE(at + 20),
      offset: archive.readUInt32LE(at + 42),
    })
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32)
  }
  return entries
}

function endOf(archive: Buffer): number {
  const first = Math.max(0, archive.length - endLength - longestComment)
  for (let at = archive.length - endLength; at >= first; at -= 1)
    if (archive.readUInt32LE(at) === endSignature) return at
  throw refused('is damaged or ends too early')
}

function bytesOf(archive: Buffer, { offset, size }: Entry): Buffer {
  if (offset + 30 > archive.length || archive.readUInt32LE(offset) !== fileSignature)
    throw refused('is damaged')
  const start = offset + 30 + archive.readUInt16LE(offset + 26) + archive.readUInt16LE(offset + 28)
  if (start + size > archive.length) throw refused('is damaged')
  return archive.subarray(start, start + size)
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}

function refused(why: string): AppError {
  return new AppError('invalid_input', { detail: `The zip archive ${why}.` })
}
