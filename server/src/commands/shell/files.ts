/** Files that commands write: readable only by their owner, and never overwritten by mistake. */

import { constants, createWriteStream, existsSync, fchmodSync, fstatSync, openSync } from 'node:fs'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { thrown } from '../../errors.ts'
import { UsageError } from '../usage.ts'

const existsAlready = (file: string) =>
  `${file} exists already; give another name, or --force to overwrite it.`

/** @throws UsageError when the file exists */
export function refuseExisting(file: string): void {
  if (existsSync(file)) throw new UsageError(existsAlready(file))
}

/**
 * When the stream ends, the bytes are on the disk. A symbolic link is not followed, because another user of the folder
 * may have created it.
 * @throws UsageError when the file exists and may not be overwritten, or cannot be written
 */
export function privateFile(file: string, mayOverwrite: boolean): Writable {
  const fd = openPrivate(file, mayOverwrite)
  const isFile = fstatSync(fd).isFile()
  if (isFile) fchmodSync(fd, 0o600)
  return createWriteStream(file, { fd, flush: isFile })
}

function openPrivate(file: string, mayOverwrite: boolean): number {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_TRUNC, O_WRONLY } = constants
  try {
    return openSync(file, O_WRONLY | O_CREAT | O_NOFOLLOW | (mayOverwrite ? O_TRUNC : O_EXCL), 0o600)
  } catch (error) {
    const { code } = thrown(error)
    if (code === 'EEXIST') throw new UsageError(existsAlready(file))
    if (code === 'ELOOP') throw new UsageError(`${file} is a symbolic link; name the file itself.`)
    throw new UsageError(`${file} cannot be written (${code}).`)
  }
}

/** Standard output stays open. */
export async function writeAll(text: AsyncIterable<string | Uint8Array>, out: Writable): Promise<void> {
  await pipeline(Readable.from(text), out, { end: out !== process.stdout })
}
