/** Digests that are computed once or twice: the salted ones of Django and old Werkzeug, and those with a stated scheme. */
import { createHash, createHmac } from 'node:crypto'
import { asDigest, decodeBase64, decodeHex, equalBytes } from './bytes.ts'
import { malformed, type Reading, unsupportedAlgorithm } from './reading.ts'

const digestBytes = new Map(
  Object.entries({ md5: 16, sha1: 20, sha224: 28, sha256: 32, sha384: 48, sha512: 64 }),
)

/**
 * `md5$salt$digest` and the like. Django computes the digest of salt and password, also without a salt; Werkzeug before
 * 2.3 computes an HMAC with the salt as its key. Both are tried, because the text is the same.
 */
export function readSaltedDigest(encoded: string): Reading {
  const [, algorithm = '', salt = '', hex = ''] = /^(\w+)\$([^$]*)\$([0-9a-f]+)$/i.exec(encoded) ?? []
  const expected = decodeHex(hex)
  if (!expected || digestBytes.get(algorithm) !== expected.length) return malformed('salted digest')
  return async (password) =>
    equalBytes(createHash(algorithm).update(salt).update(password).digest(), expected) ||
    (salt !== '' && equalBytes(createHmac(algorithm, salt).update(password).digest(), expected))
}

/** The hashed parts: `salt` and `password`, in the order of the scheme. A part may be the hexadecimal digest of others. */
type Part = 'salt' | 'password' | { algorithm: string; parts: Part[] }

const longestScheme = 100

/** Parses `sha256:salt+password` or `md5:md5(password)+salt`; undefined if the text is not a scheme. */
export function schemeOf(text: string): { algorithm: string; parts: Part[] } | undefined {
  const [, algorithm = '', rest = ''] = /^([a-z0-9]+):(.+)$/.exec(text.slice(0, longestScheme + 1)) ?? []
  if (text.length > longestScheme || !digestBytes.has(algorithm)) return undefined
  const tokens = rest.match(/[a-z0-9]+|\S/g) ?? []
  const parts = partsOf(tokens)
  return parts && tokens.length === 0 && usesPassword(parts) ? { algorithm, parts } : undefined
}

/** Removes the parts from the beginning of `tokens` and returns them. */
function partsOf(tokens: string[]): Part[] | undefined {
  const parts: Part[] = []
  do {
    const word = tokens.shift() ?? ''
    if (word === 'salt' || word === 'password') parts.push(word)
    else if (digestBytes.has(word) && tokens.shift() === '(') {
      const inner = partsOf(tokens)
      if (!inner || tokens.shift() !== ')') return undefined
      parts.push({ algorithm: word, parts: inner })
    } else return undefined
  } while (tokens[0] === '+' && tokens.shift())
  return parts
}

function usesPassword(parts: Part[]): boolean {
  return parts.some((part) => part === 'password' || (typeof part === 'object' && usesPassword(part.parts)))
}

function digestOf(algorithm: string, parts: Part[], salt: string, password: string): Buffer {
  const hash = createHash(algorithm)
  for (const part of parts) {
    if (typeof part === 'object')
      hash.update(digestOf(part.algorithm, part.parts, salt, password).toString('hex'))
    else hash.update(part === 'salt' ? salt : password)
  }
  return hash.digest()
}

/** The stored form of a digest with its scheme: `$digest$sha256:salt+password$salt in base 64$digest in base 64`. */
export function readStatedDigest(encoded: string): Reading {
  const [, text = '', salt64 = '', digest64 = ''] =
    /^\$digest\$([^$]+)\$([A-Za-z0-9+/]*)\$([A-Za-z0-9+/]+)$/.exec(encoded) ?? []
  const scheme = schemeOf(text)
  if (text !== '' && !scheme) return unsupportedAlgorithm('digest', text)
  const expected = asDigest(decodeBase64(digest64))
  const salt = salt64 === '' ? Buffer.alloc(0) : decodeBase64(salt64)
  if (!scheme || !salt || !expected || digestBytes.get(scheme.algorithm) !== expected.length)
    return malformed('digest')
  return async (password) =>
    equalBytes(digestOf(scheme.algorithm, scheme.parts, salt.toString(), password), expected)
}

/** `sha256:digest`, of the password alone. */
export function readNamedDigest(encoded: string): Reading {
  const [name = '', hex = ''] = encoded.split(':')
  const algorithm = name.toLowerCase().replace('-', '')
  const expected = decodeHex(hex)
  if (!expected || digestBytes.get(algorithm) !== expected.length) return malformed('digest')
  return async (password) => equalBytes(createHash(algorithm).update(password).digest(), expected)
}

/** The stored text of a digest with a given scheme. The digest may be in hexadecimal or base 64. */
export function statedDigest(scheme: string, salt: string, digest: string): string {
  const bytes = decodeHex(digest) ?? decodeBase64(digest) ?? Buffer.alloc(0)
  const base64 = (of: Buffer) => of.toString('base64').replace(/=+$/, '')
  return `$digest$${scheme}$${base64(Buffer.from(salt))}$${base64(bytes)}`
}

/** Whether `text` is a scheme for `statedDigest`. */
export function isDigestScheme(text: string): boolean {
  return schemeOf(text) !== undefined
}
