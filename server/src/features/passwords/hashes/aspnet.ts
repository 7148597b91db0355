import { decodeBase64 } from './bytes.ts'
import { checkPbkdf2 } from './pbkdf2.ts'
import { malformed, type Reading } from './reading.ts'

/** ASP.NET Identity 1 and 2: a zero, 16 bytes of salt, 32 bytes of PBKDF2-SHA-1 after 1,000 iterations. */
export function readAspnetV2(encoded: string): Reading {
  const bytes = decodeBase64(encoded)
  if (bytes?.length !== 49) return malformed('ASP.NET Identity v2')
  return checkPbkdf2({
    hash: 'sha1',
    iterations: 1_000,
    salt: bytes.subarray(1, 17),
    digest: bytes.subarray(17),
  })
}

/** Atlassian's `{PKCS5S2}`: 16 bytes of salt, 32 bytes of PBKDF2-SHA-1 after 10,000 iterations. */
export function readAtlassian(encoded: string): Reading {
  const bytes = decodeBase64(encoded.slice('{PKCS5S2}'.length))
  if (bytes?.length !== 48) return malformed('Atlassian')
  return checkPbkdf2({
    hash: 'sha1',
    iterations: 10_000,
    salt: bytes.subarray(0, 16),
    digest: bytes.subarray(16),
  })
}

/** ASP.NET Core Identity: a one; hash function, iterations, salt length as 32-bit numbers; salt; digest. */
export function readAspnetV3(encoded: string): Reading {
  const bytes = decodeBase64(encoded)
  if (!bytes || bytes.length < 13) return malformed('ASP.NET Identity v3')
  const hash = ['sha1', 'sha256', 'sha512'][bytes.readUInt32BE(1)]
  const iterations = bytes.readUInt32BE(5)
  const saltEnd = 13 + bytes.readUInt32BE(9)
  const digest = bytes.subarray(saltEnd)
  if (!hash || saltEnd < 13 + 16 || digest.length < 16) return malformed('ASP.NET Identity v3')
  return checkPbkdf2({ hash, iterations, salt: bytes.subarray(13, saltEnd), digest })
}
