import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { crc32, deflateRawSync, gzipSync } from 'node:zlib'
import { isAppError } from '../../../errors.ts'
import { openInput } from './open-input.ts'

const text = 'email;name\nana@example.com;Ána 🫐\n'

async function opened(bytes: Buffer, size = bytes.length, encoding?: string): Promise<string> {
  async function* chunks() {
    for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size)
  }
  return Buffer.concat(await Array.fromAsync(openInput(chunks(), encoding))).toString('utf8')
}

const refuses = (bytes: Buffer, pattern: RegExp) =>
  assert.rejects(
    () => opened(bytes),
    (error) => isAppError(error) && error.code === 'invalid_input' && pattern.test(error.detail ?? ''),
  )

function zipOf(files: [name: string, bytes: Buffer][], isPacked = true): Buffer {
  const locals: Buffer[] = []
  const entries: Buffer[] = []
  let offset = 0
  for (const [name, bytes] of files) {
    const packed = isPacked ? deflateRawSync(bytes) : bytes
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(isPacked ? 8 : 0, 4)
    common.writeUInt32LE(crc32(bytes), 10)
    common.writeUInt32LE(packed.length, 14)
    common.writeUInt32LE(bytes.length, 18)
    common.writeUInt16LE(Buffer.byteLength(name), 22)
    locals.push(Buffer.from('PK\u0003\u0004'), common, Buffer.from(name), packed)
    const place = Buffer.alloc(14)
    place.writeUInt32LE(offset, 10)
    entries.push(Buffer.from('PK\u0001\u0002\u0014\u0000'), common, place, Buffer.from(name))
    offset += 30 + Buffer.byteLength(name) + packed.length
  }
  const end = Buffer.alloc(18)
  end.writeUInt16LE(files.length, 6)
  end.writeUInt32LE(Buffer.concat(entries).length, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...locals, ...entries, Buffer.from('PK\u0005\u0006'), end])
}

const utf16 = Buffer.from(`\ufeff${text}`, 'utf16le')
const forms: Record<string, Buffer> = {
  'UTF-8': Buffer.from(text),
  'UTF-8 with a byte order mark': Buffer.from(`\ufeff${text}`),
  'UTF-16, little endian': utf16,
  'UTF-16, big endian': Buffer.from(utf16).swap16(),
  'UTF-16 without a byte order mark': utf16.subarray(2),
  gzip: gzipSync(text),
  'gzip of UTF-16': gzipSync(utf16),
  'zip with one file': zipOf([['users.csv', Buffer.from(text)]]),
  'zip without compression': zipOf([['users.csv', Buffer.from(text)]], false),
  'zip made by macOS': zipOf([
    ['users.csv', utf16],
    ['__MACOSX/._users.csv', Buffer.from('x')],
  ]),
}

describe('openInput', () => {
  for (const [name, bytes] of Object.entries(forms)) {
    it(`reads ${name}, in chunks of any size`, async () => {
      for (const size of [1, 3, bytes.length]) assert.equal(await opened(bytes, size), text)
    })
  }

  it('reads nothing in an empty file', async () => assert.equal(await opened(Buffer.alloc(0), 1), ''))

  it('refuses what is damaged or cut off', async () => {
    await refuses(gzipSync(text).subarray(0, 30), /gzip file is damaged or ends too early/)
    await refuses(
      Buffer.concat([gzipSync(text).subarray(0, 12), Buffer.from('abcdef')]),
      /gzip file is damaged/,
    )
    await refuses(zipOf([['a', Buffer.from(text)]]).subarray(0, 60), /zip archive is damaged or ends/)
    await refuses(Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), /not text/)
    await refuses(gzipSync(Buffer.from('username,email\na\0,a@example.com\n')), /not text/)
    await refuses(Buffer.concat([utf16, Buffer.from([0x00, 0xd8, 0x41, 0x00])]), /not valid UTF-16/)
  })

  it('refuses an archive with several files', async () => {
    const bytes = Buffer.from(text)
    await refuses(zipOf([['a.csv', bytes], ['b.csv', bytes]]), /has 2 files/) // biome-ignore format: short
    await refuses(zipOf([['folder/', Buffer.alloc(0)]]), /has no file/)
  })

  it('refuses a file that unpacks to hundreds of times its size', async () => {
    await refuses(gzipSync(Buffer.alloc(65 * 1024 * 1024, 'a')), /unpacks to far more/)
  })

  it('is read in the encoding that is named, unless a byte order mark shows another one', async () => {
    const named = (bytes: Buffer, encoding: string) => opened(bytes, 1, encoding)
    assert.equal(await named(Buffer.from('Jörg €', 'latin1').fill(0x80, 5), 'windows-1252'), 'Jörg €')
    assert.equal(await named(Buffer.from([0x8d, 0xb2, 0x93, 0xa1]), 'shift_jis'), '佐藤')
    assert.equal(await named(Buffer.from('\ufeffJörg'), 'windows-1252'), 'Jörg')
    await assert.rejects(
      named(Buffer.from('a'), 'klingon'),
      (error) => isAppError(error) && /There is no encoding klingon/.test(error.detail ?? ''),
    )
  })
})
