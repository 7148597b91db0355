/** Decompresses bytes with zlib, and stops at a decompression bomb. */
import { Readable, type Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { AppError, isAppError, thrown } from '../../../errors.ts'

type Unpacker = Transform & { bytesWritten: number }

/** The number of bytes that are decompressed of any file; more only with a normal compression ratio. */
const alwaysUnpacked = 64 * 1024 * 1024
const mostUnpackedPerByte = 200

/** The bytes, decompressed by `unpacker`. @throws invalid_input when they are damaged or a decompression bomb */
export async function* unpackedBy(
  unpacker: Unpacker,
  input: AsyncIterable<Uint8Array>,
  what: string,
): AsyncGenerator<Buffer> {
  const source = Readable.from(input, { objectMode: false })
  let failure: unknown
  const work = pipeline(source, unpacker).catch((error: unknown) => {
    failure ??= error
  })
  let size = 0
  try {
    for await (const chunk of unpacker) {
      size += chunk.length
      if (size > alwaysUnpacked && size > unpacker.bytesWritten * mostUnpackedPerByte)
        throw new AppError('invalid_input', {
          detail: `${what} unpacks to far more than it is; unpack it first.`,
        })
      yield chunk
    }
  } catch (error) {
    if (isAppError(error)) throw error
    if (!String(thrown(error).code).startsWith('Z_')) throw failure ?? error
    throw new AppError('invalid_input', { detail: `${what} is damaged or ends too early.` })
  } finally {
    unpacker.destroy()
    await work
  }
}
