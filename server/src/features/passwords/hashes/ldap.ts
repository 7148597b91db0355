import { createHash } from 'node:crypto'
import { decodeBase64, equalBytes } from './bytes.ts'
import { malformed, type Reading } from './reading.ts'

const digestBytes: Record<string, number> = { md5: 16, sha: 20, sha256: 32, sha384: 48, sha512: 64 }

/** The schemes of `userPassword` (RFC 2307, OpenLDAP) that are digests, plain and salted, in any case. */
export const ldapSchemes = [
  'md5',
  'smd5',
  'sha',
  'ssha',
  'sha256',
  'ssha256',
  'sha384',
  'ssha384',
  'sha512',
  'ssha512',
]

/** A digest of the password and the salt, then the salt, all in base 64. */
export function readLdap(encoded: string): Reading {
  const [, salted = '', scheme = '', text = ''] =
    /^\{(s?)(md5|sha\d*)\}(.+)$/.exec(lowerScheme(encoded)) ?? []
  const length = digestBytes[scheme]
  const bytes = decodeBase64(text)
  if (!length || !bytes || (salted ? bytes.length <= length : bytes.length !== length))
    return malformed('LDAP')
  const expected = bytes.subarray(0, length)
  const salt = bytes.subarray(length)
  const algorithm = scheme === 'sha' ? 'sha1' : scheme
  return async (password) =>
    equalBytes(createHash(algorithm).update(password).update(salt).digest(), expected)
}

function lowerScheme(encoded: string): string {
  return encoded.replace(/^\{\w+\}/, (scheme) => scheme.toLowerCase())
}
