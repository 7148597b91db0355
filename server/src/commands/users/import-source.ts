/** The source of an import: a file, standard input, a database, or a directory. */
import { createReadStream, statSync } from 'node:fs'
import { decrypted, identitiesOf, isEncrypted } from '../../backup/encryption.ts'
import { readConfig } from '../../config.ts'
import { otherSystems, rowsOfQuery } from '../../database/other-database.ts'
import { UsageError } from '../usage.ts'
import { directoryOf, peopleOfDirectory } from './directory.ts'

type Source = {
  stream: AsyncIterable<Uint8Array>
  /** The format, if it is given or known. */
  from: string | undefined
  /** The length, if it is known, and the number of bytes read. */
  bytes: number | undefined
  read(): number
}

type SourceOptions = Record<'query' | 'base' | 'filter' | 'bindDn' | 'identity', string | undefined> & {
  /** The password for a directory; undefined without one. */
  readPassword(): Promise<string | undefined>
}

/** @throws UsageError when the file cannot be read, or the options do not fit it */
export async function openSource(
  file: string,
  from: string | undefined,
  { query, base, filter, bindDn, identity, readPassword }: SourceOptions,
): Promise<Source> {
  if (/^ldaps?:\/\//.test(file)) {
    const password = await readPassword()
    const stream = peopleOfDirectory(directoryOf(file, { base, filter, bindDn, password }))
    return { stream, from: 'ldif', bytes: undefined, read: () => 0 }
  }
  if ([base, filter, bindDn].some((option) => option !== undefined))
    throw new UsageError('--base, --filter and --bind-dn need a directory: give ldaps://… instead of FILE.')
  const isDatabase = /^postgres(ql)?:\/\//.test(file)
  const system = from !== undefined && Object.hasOwn(otherSystems, from) ? otherSystems[from] : undefined
  if (!isDatabase && (query !== undefined || system))
    throw new UsageError('A query needs a database: give postgres://… instead of FILE.')
  if (isDatabase) {
    if (query === undefined && !system)
      throw new UsageError(
        `Say which users: --query 'select …', or --from ${Object.keys(otherSystems).join(', ')}.`,
      )
    const stream = rowsOfQuery(file, query ?? system!.query)
    return { stream, from: system?.format ?? from, bytes: undefined, read: () => 0 }
  }
  if (file === '-') return { stream: process.stdin, from, bytes: undefined, read: () => 0 }
  let bytes: number
  try {
    bytes = statSync(file).size
  } catch {
    throw new UsageError(`${file} cannot be read.`)
  }
  if (isEncrypted(file)) {
    const identities = identity === undefined ? [] : identitiesOf(identity)
    const clear = await decrypted(file, { identities, passphrase: readConfig().backupPassphrase })
    return { stream: clear, from, bytes: undefined, read: () => 0 }
  }
  const stream = createReadStream(file)
  return { stream, from, bytes, read: () => stream.bytesRead }
}
