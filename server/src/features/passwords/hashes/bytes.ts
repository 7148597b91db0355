import { timingSafeEqual } from 'node:crypto'

/** Shorter digests are refused, as in the PHC string format: wrong passwords could match them. */
const shortestDigest = 10

/**
 * Decodes base 64 in the standard, the URL-safe or passlib's alphabet (`.` for `+`), padded or not. Undefined for other
 * characters and for non-zero unused bits.
 */
export function decodeBase64(text: string): Buffer | undefined {
  const unpadded = text.replace(/={1,2}$/, '')
  if (unpadded !== text && text.length % 4 !== 0) return undefined
  const standard = unpadded.replaceAll('-', '+').replaceAll('.', '+').replaceAll('_', '/')
  const bytes = Buffer.from(standard, 'base64')
  return bytes.toString('base64').replace(/=+$/, '') === standard ? bytes : undefined
}

export function decodeHex(text: string): Buffer | undefined {
  return /^(?:[0-9a-f]{2})+$/i.test(text) ? Buffer.from(text, 'hex') : undefined
}

/** The bytes if they are long enough for the digest of a password. */
export function asDigest(bytes: Buffer | undefined): Buffer | undefined {
  return bytes !== undefined && bytes.length >= shortestDigest ? bytes : undefined
}

/** Compares in a time that depends only on the lengths. */
export function equalBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other)
}

export function equalText(one: string, other: string): boolean {
  return equalBytes(Buffer.from(one), Buffer.from(other))
}
