/** The encoders of Spring Security behind `{bcrypt}`, `{argon2@…}`, `{pbkdf2}`, `{scrypt}` and `{sha256}`. */
import { createHash } from 'node:crypto'
import { decodeBase64, decodeHex, equalBytes } from './bytes.ts'
import { checkPbkdf2 } from './pbkdf2.ts'
import { malformed, type Reading } from './reading.ts'
import { checkScrypt } from './scrypt.ts'

const digestBytes: Record<string, number> = { md5: 16, sha1: 20, sha256: 32 }

/** The text after `{name}`. */
export function afterBraces(encoded: string): string {
  return encoded.slice(encoded.indexOf('}') + 1)
}

/** The bytes in hexadecimal, Spring's default, or in base 64. */
function decodeEither(text: string): Buffer | undefined {
  return decodeHex(text) ?? decodeBase64(text)
}

/** `Pbkdf2PasswordEncoder` without a secret, in the defaults of 5.5 or of 5.8: the salt, then 32 bytes of digest. */
export function readSpringPbkdf2(encoded: string): Reading {
  const bytes = decodeEither(afterBraces(encoded))
  const isNew = /^\{pbkdf2@SpringSecurity_v5_8\}/i.test(encoded)
  const saltBytes = isNew ? 16 : 8
  if (bytes?.length !== saltBytes + 32) return malformed('Spring PBKDF2')
  return checkPbkdf2({
    hash: isNew ? 'sha256' : 'sha1',
    iterations: isNew ? 310_000 : 185_000,
    salt: bytes.subarray(0, saltBytes),
    digest: bytes.subarray(saltBytes),
  })
}

/** `SCryptPasswordEncoder`: `$`, then N's logarithm, r and p as one hexadecimal number, then salt and digest. */
export function readSpringScrypt(encoded: string): Reading {
  const shape = /^(?:\{[^}]*\})?\$([0-9a-f]{5,7})\$([A-Za-z0-9+/]+={0,2})\$([A-Za-z0-9+/]+={0,2})$/
  const [, hex = '', salt = '', digest = ''] = shape.exec(encoded) ?? []
  const cost = Number.parseInt(hex, 16)
  return checkScrypt(
    { N: 2 ** (cost >> 16), r: (cost >> 8) & 0xff, p: cost & 0xff },
    decodeBase64(salt),
    decodeBase64(digest),
  )
}

/** `MessageDigestPasswordEncoder`, `{SHA-256}{salt}digest`: the digest of the password and the salt with its braces. */
export function readSpringDigest(encoded: string): Reading {
  const [, name = '', salt = '', hex = ''] =
    /^\{(MD5|SHA-1|SHA-256)\}(\{[^{}]*\})?([0-9a-f]+)$/i.exec(encoded) ?? []
  const algorithm = name.toLowerCase().replace('-', '')
  const expected = decodeHex(hex)
  if (!expected || expected.length !== digestBytes[algorithm]) return malformed('Spring digest')
  return async (password) =>
    equalBytes(createHash(algorithm).update(password).update(salt).digest(), expected)
}

/** `StandardPasswordEncoder` without a secret: 8 bytes of salt, then SHA-256 of salt and password, 1,024 times. */
export function readSpringSha256(encoded: string): Reading {
  const bytes = decodeHex(afterBraces(encoded))
  if (bytes?.length !== 40) return malformed('Spring SHA-256')
  const [salt, expected] = [bytes.subarray(0, 8), bytes.subarray(8)]
  return async (password) => {
    let sum = createHash('sha256').update(salt).update(password).digest()
    for (let round = 1; round < 1_024; round++) sum = createHash('sha256').update(sum).digest()
    return equalBytes(sum, expected)
  }
}
