/** Files that commands write: readable by their owner alone, and never overwritten by mistake. */

import { chmodSync, createWriteStream, existsSync, writeFileSync } from 'node:fs'
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

/** @throws UsageError when the file exists and may not be overwritten, or cannot be written */
export function privateFile(file: string, mayOverwrite: boolean): Writable {
  try {
    writeFileSync(file, '', { mode: 0o600, flag: mayOverwrite ? 'w' : 'wx' })
  } catch (error) {
    const { code } = thrown(error)
    throw new UsageError(code === 'EEXIST' ? existsAlready(file) : `${file} cannot be written (${code}).`)
  }
  chmodSync(file, 0o600)
  return createWriteStream(file)
}

/** Standard output stays open for what follows. */
export async function writeAll(text: AsyncIterable<string | Uint8Array>, out: Writable): Promise<void> {
  await pipeline(Readable.from(text), out, { end: out !== process.stdout })
}
