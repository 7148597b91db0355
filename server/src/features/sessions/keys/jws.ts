/**
 * Signs in the compact form of JWS (RFC 7515 §7.1) on the calling thread, with Ed25519 (RFC 8037 §3.1) or
 * RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 §3.3). The package jose signs on another thread, where the work waits behind
 * password hashes, and it takes three times the CPU time.
 */
import { type KeyObject, sign } from 'node:crypto'

export const tokenAlgorithms = ['EdDSA', 'RS256'] as const
export type TokenAlgorithm = (typeof tokenAlgorithms)[number]

/** The digest of each algorithm for OpenSSL; Ed25519 includes its own. */
const digests = { EdDSA: null, RS256: 'sha256' } as const

export function signCompact(
  header: { alg: TokenAlgorithm } & object,
  payload: object,
  key: KeyObject,
): string {
  const input = `${encoded(header)}.${encoded(payload)}`
  return `${input}.${sign(digests[header.alg], Buffer.from(input), key).toString('base64url')}`
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}
