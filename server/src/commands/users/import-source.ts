/** Where an import comes from: a file, standard input, or a database. */
import { createReadStream, statSync } from 'node:fs'
import { otherSystems, rowsOfQuery } from '../../database/other-database.ts'
import { UsageError } from '../usage.ts'

type Source = {
  stream: AsyncIterable<Uint8Array>
  /** The format, when it is named or known. */
  from: string | undefined
  /** The length, when it is known, and how much has been read. */
  bytes: number | undefined
  read(): number
}

/** @throws UsageError when the file cannot be read, or the options do not fit it */
export function openSource(file: string, from: string | undefined, query: string | undefined): Source {
  const isDatabase = /^postgres(ql)?:\/\//.test(file)
  const system = from !== undefined && Object.hasOwn(otherSystems, from) ? otherSystems[from] : undefined
  if (!isDatabase && (query !== undefined || system))
    throw new UsageError('A query needs a database: give postgres://… in the place of FILE.')
  if (isDatabase) {
    if (query === undefined && !system)
      throw new UsageError(
        `Say which users: --query 'select …', or --from ${Object.keys(otherSystems).join(', ')}.`,
      )
    const stream = rowsOfQuery(file, query ?? system!.query)
    return { stream, from: system?.format ?? from, bytes: undefined, read: () => 0 }
  }
  if (file === '-')
    return { stream: process.stdin as AsyncIterable<Uint8Array>, from, bytes: undefined, read: () => 0 }
  let bytes: number
  try {
    bytes = statSync(file).size
  } catch {
    throw new UsageError(`${file} cannot be read.`)
  }
  const stream = createReadStream(file)
  return { stream, from, bytes, read: () => stream.bytesRead }
}
