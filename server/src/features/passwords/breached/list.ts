/**
 * A file of breached passwords: a header of 64 bytes, then the first 8 bytes of the SHA-1 of each, sorted. It stays on
 * the disk: hashes are evenly distributed, so a look-up computes the position and reads a few blocks.
 */
import { createHash } from 'node:crypto'
import { createReadStream, fstatSync, openSync, readSync } from 'node:fs'

export const prefixBytes = 8
export const headerBytes = 64
const magic = Buffer.from('roster breached passwords 1\n')

export type BreachedList = { count: number; has(password: string): boolean }

/** @param digest the SHA-256 of the content after the header */
export function headerOf(count: number, digest: Buffer): Buffer {
  const header = Buffer.alloc(headerBytes)
  magic.copy(header)
  header.writeUInt32BE(count, magic.length)
  digest.copy(header, headerBytes - digest.length)
  return header
}

const atOnce = 512
const samples = 256

/** @throws Error when the file has another format or its header, size or a sample is wrong; `isWhole` reads all of it */
export function openBreachedList(path: string): BreachedList {
  const file = openSync(path, 'r')
  const count = countOf(file, path)
  const block = Buffer.alloc(atOnce * prefixBytes)
  const read = (from: number, entries: number): Buffer => {
    const length = readSync(file, block, 0, entries * prefixBytes, headerBytes + from * prefixBytes)
    if (length !== entries * prefixBytes) throw damaged(path)
    return block.subarray(0, length)
  }
  let last = -1n
  for (let step = 0; step < samples && step < count; step += 1) {
    const at = read(Math.floor((step * count) / Math.min(samples, count)), 1).readBigUInt64BE()
    if (at <= last) throw damaged(path)
    last = at
  }

  /** Whether the list contains the prefix. Interpolation search: the prefixes are evenly distributed. */
  const find = (wanted: bigint): boolean => {
    let [low, high] = [0, count]
    let [least, most] = [0n, 1n << 64n]
    while (low < high) {
      const guess = low + Number(((wanted - least) * BigInt(high - low)) / (most - least))
      const entries = Math.min(atOnce, high - low)
      const from = Math.min(Math.max(guess - (entries >> 1), low), high - entries)
      const found = read(from, entries)
      const first = found.readBigUInt64BE(0)
      const end = found.readBigUInt64BE((entries - 1) * prefixBytes)
      if (wanted >= first && wanted <= end) return isAmong(found, wanted)
      if (wanted < first) [high, most] = [from, first]
      else [low, least] = [from + entries, end]
    }
    return false
  }
  return {
    count,
    has: (password) => find(createHash('sha1').update(password).digest().readBigUInt64BE()),
  }
}

/** Whether the digest of the header matches the content after it. */
export async function isWhole(path: string): Promise<boolean> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { start: headerBytes })) hash.update(chunk)
  const header = Buffer.alloc(headerBytes)
  readSync(openSync(path, 'r'), header, 0, headerBytes, 0)
  return header.subarray(headerBytes - 32).equals(hash.digest())
}

function countOf(file: number, path: string): number {
  const header = Buffer.alloc(headerBytes)
  readSync(file, header, 0, headerBytes, 0)
  if (!header.subarray(0, magic.length).equals(magic))
    throw new Error(`${path} is no list of breached passwords; make one with roster passwords import-hibp`)
  const count = header.readUInt32BE(magic.length)
  if (fstatSync(file).size !== headerBytes + count * prefixBytes) throw damaged(path)
  return count
}

function isAmong(sorted: Buffer, wanted: bigint): boolean {
  let [low, high] = [0, sorted.length / prefixBytes]
  while (low < high) {
    const middle = (low + high) >> 1
    const at = sorted.readBigUInt64BE(middle * prefixBytes)
    if (at === wanted) return true
    if (at < wanted) low = middle + 1
    else high = middle
  }
  return false
}

function damaged(path: string): Error {
  return new Error(`${path} is damaged; create it again with roster passwords import-hibp`)
}
