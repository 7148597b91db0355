/** For the tests: formats whose encoders show their input, and functions that read a text or a fixture to the end. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  isDigestScheme,
  looksLikeHash,
  looksLikeStoredHash,
  namesItsScheme,
  prefixedHash,
  statedDigest,
} from '../../passwords/hashes/index.ts'
import type { ImportFormat, ImportItem, ReadOptions } from '../imported-user.ts'
import { createFormats } from './index.ts'

const shown = (kind: string) => (value: unknown) => `${kind}:${JSON.stringify(value)}`

export const { formats, detectFormat, formatNamed } = createFormats({
  looksLikeHash,
  looksLikeStoredHash,
  namesItsScheme,
  statedDigest,
  prefixedHash,
  isDigestScheme,
  keycloakCredential: shown('keycloak'),
  auth0CustomHash: shown('auth0'),
  firebaseScrypt: shown('firebase'),
})

export function fixture(name: string): string {
  return readFileSync(join(import.meta.dirname, 'fixtures', name), 'utf8')
}

export function getFormat(name: string): ImportFormat {
  const format = formatNamed(name)
  if (!format) throw new Error(`no format ${name}`)
  return format
}

export async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size)
}

/** All items that a format reads from a text or from bytes in chunks of `size`. */
export async function itemsOf(
  name: string,
  input: string | Uint8Array,
  { size = 65_536, ...options }: ReadOptions & { size?: number } = {},
): Promise<ImportItem[]> {
  const bytes = typeof input === 'string' ? Buffer.from(input) : input
  return Array.fromAsync(getFormat(name).read(inChunks(bytes, size), options))
}

/** The results of the rows in short form: `1 user`, `2 skipped: …`, `3 malformed_json`. */
export function summary(items: ImportItem[]): string[] {
  return items.map((item) => {
    if ('user' in item) return `${item.row} user`
    if ('group' in item) return `${item.row} group ${item.group.name}`
    return 'skipped' in item ? `${item.row} skipped: ${item.skipped}` : `${item.row} ${item.fault.code}`
  })
}
