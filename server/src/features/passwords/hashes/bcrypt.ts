import { createHash, createHmac } from 'node:crypto'
import { parseOptions, verify } from '@node-rs/bcrypt'
import { limits, workOf } from './limits.ts'
import { changed, costing, malformed, type Reading, tooExpensive } from './reading.ts'

const shape = /^\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}$/

/**
 * bcrypt, `$2a$`, `$2b$`, `$2y$` and `$2x$`. As everywhere, only the first 72 bytes of the password count.
 * `$2x$` marks a faulty implementation that is right about ASCII passwords; others do not verify.
 */
export function readBcrypt(encoded: string): Reading {
  const cost = shape.test(encoded) ? findCost(encoded) : undefined
  if (cost === undefined) return malformed('bcrypt')
  if (cost > limits.bcrypt.cost) return tooExpensive('bcrypt', 'cost', limits.bcrypt.cost)
  return costing({ memoryKiB: 0, work: 2 ** cost * workOf.bcryptRound }, (password) =>
    verify(password, encoded),
  )
}

/** Django's BCryptPasswordHasher: `bcrypt$$2b$…`. */
export function readDjangoBcrypt(encoded: string): Reading {
  return readBcrypt(encoded.slice('bcrypt$'.length))
}

/** Django's BCryptSHA256PasswordHasher: bcrypt of the SHA-256 of the password in hexadecimal. */
export function readDjangoBcryptSha256(encoded: string): Reading {
  return changed(readBcrypt(encoded.slice('bcrypt_sha256$'.length)), (password) =>
    createHash('sha256').update(password).digest('hex'),
  )
}

/**
 * passlib's bcrypt_sha256, `$bcrypt-sha256$2a,5$salt$digest` and `$bcrypt-sha256$v=2,t=2b,r=12$salt$digest`: bcrypt of the
 * SHA-256 of the password in base 64; of its HMAC with the salt as key in version 2.
 */
export function readPasslibBcryptSha256(encoded: string): Reading {
  const shape =
    /^\$bcrypt-sha256\$(?:(2[ab]),(\d{1,2})|v=2,t=(2b|2a),r=(\d{1,2}))\$([./A-Za-z0-9]{22})\$([./A-Za-z0-9]{31})$/
  const [, type1, rounds1, type2, rounds2, salt = '', digest = ''] = shape.exec(encoded) ?? []
  const cost = (rounds1 ?? rounds2 ?? '').padStart(2, '0')
  const hash = () => (type2 === undefined ? createHash('sha256') : createHmac('sha256', salt))
  return changed(readBcrypt(`$${type1 ?? type2}$${cost}$${salt}${digest}`), (password) =>
    hash().update(password).digest('base64'),
  )
}

/** WordPress 6.8 and later: `$wp` and bcrypt of a keyed SHA-384 of the trimmed password in base 64. */
export function readWordpressBcrypt(encoded: string): Reading {
  return changed(readBcrypt(encoded.slice('$wp'.length)), (password) => {
    const trimmed = password.replace(/^[ \t\n\r\0\v]+|[ \t\n\r\0\v]+$/g, '')
    return createHmac('sha384', 'wp-sha384').update(trimmed).digest('base64')
  })
}

function findCost(encoded: string): number | undefined {
  try {
    return parseOptions(encoded).cost
  } catch {
    return undefined
  }
}
