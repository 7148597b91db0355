/** MediaWiki stores `:type:` and the parts of the type, separated by colons. */
import { createHash } from 'node:crypto'
import { readArgon2 } from './argon2.ts'
import { readBcrypt } from './bcrypt.ts'
import { decodeBase64, decodeHex, equalBytes } from './bytes.ts'
import { checkPbkdf2 } from './pbkdf2.ts'
import { malformed, type Reading } from './reading.ts'

const family = 'MediaWiki'

/** `:A:` and the MD5 of the password; `:B:`, a salt, and the MD5 of the salt, a hyphen and that MD5. */
export function readMediawikiMd5(encoded: string): Reading {
  const [, salt, hex = ''] = /^:(?:A|B:([^:]+)):([0-9a-f]{32})$/i.exec(encoded) ?? []
  const expected = decodeHex(hex)
  if (!expected) return malformed(family)
  const md5 = (text: string) => createHash('md5').update(text)
  return async (password) => {
    const inner = md5(password)
    const made = salt === undefined ? inner : md5(`${salt}-${inner.digest('hex')}`)
    return equalBytes(made.digest(), expected)
  }
}

/** `:pbkdf2:sha512:30000:64:salt:digest`, both in base 64. */
export function readMediawikiPbkdf2(encoded: string): Reading {
  const [, hash = '', iterations, length, salt = '', text = ''] =
    /^:pbkdf2:(sha\d+):(\d+):(\d+):([^:]+):([^:]+)$/.exec(encoded) ?? []
  const digest = decodeBase64(text)
  if (Number(length) !== digest?.length) return malformed(family)
  return checkPbkdf2({ hash, iterations: Number(iterations), salt: decodeBase64(salt), digest })
}

/** `:argon2:$argon2id$…` */
export function readMediawikiArgon2(encoded: string): Reading {
  return readArgon2(encoded.slice(':argon2:'.length))
}

/** `:bcrypt:09$salt$digest` */
export function readMediawikiBcrypt(encoded: string): Reading {
  const [, cost, salt, digest] = /^:bcrypt:(\d\d)\$([./\w]{22})\$?([./\w]{31})$/.exec(encoded) ?? []
  return readBcrypt(`$2y$${cost}$${salt}${digest}`)
}
