/**
 * Converts the list of Have I Been Pwned (a line `SHA1:COUNT` for each password, sorted) into our format, block by block.
 */
import { createHash } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { headerBytes, headerOf, prefixBytes } from './list.ts'

const blockBytes = 1 << 20
const line = /^([0-9A-Fa-f]{40})(?::\d+)?$/

/**
 * Keeps the old list until the new one is complete.
 * @returns the number of passwords
 * @throws Error naming the invalid line; the old list then stays
 */
export async function importHibp(
  source: Readable,
  target: string,
  tell: (lines: number) => void = () => {},
): Promise<number> {
  const draft = `${target}.new`
  await mkdir(dirname(target), { recursive: true })
  const file = await open(draft, 'w', 0o600)
  try {
    const count = await writeList(source, file, tell)
    await file.sync()
    await file.close()
    await rename(draft, target)
    return count
  } catch (error) {
    await file.close().catch(() => {})
    await rm(draft, { force: true })
    throw error
  }
}

async function writeList(
  source: Readable,
  file: Awaited<ReturnType<typeof open>>,
  tell: (lines: number) => void,
): Promise<number> {
  const digest = createHash('sha256')
  const block = Buffer.alloc(blockBytes)
  let [used, count, lines, last] = [0, 0, 0, '']
  await file.write(Buffer.alloc(headerBytes))
  const flush = async () => {
    const part = block.subarray(0, used)
    digest.update(part)
    await file.write(part)
    used = 0
  }
  for await (const text of createInterface({ input: source, crlfDelay: Number.POSITIVE_INFINITY })) {
    lines += 1
    if (text === '') continue
    const hash = line.exec(text.replace(/^\uFEFF/, ''))?.[1]?.toUpperCase()
    if (hash === undefined) throw new Error(`Line ${lines} is not a SHA-1 in hexadecimal and a count.`)
    const prefix = hash.slice(0, prefixBytes * 2)
    if (prefix < last)
      throw new Error(`Line ${lines} is not in order; take the list that is ordered by hash.`)
    if (prefix === last) continue
    last = prefix
    used += block.write(prefix, used, 'hex')
    count += 1
    if (used === blockBytes) await flush()
    if (lines % 65_536 === 0) tell(lines)
  }
  if (count === 0) throw new Error('The file has no hashes.')
  await flush()
  await file.write(headerOf(count, digest.digest()), 0, headerBytes, 0)
  return count
}
