import { type BinaryLike, type ScryptOptions, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { asDigest, decodeBase64, decodeHex, equalBytes } from './bytes.ts'
import { limits, workOf } from './limits.ts'
import {
  type Cost,
  changed,
  costing,
  malformed,
  type Reading,
  type Refusal,
  tooExpensive,
} from './reading.ts'

const derive = promisify<BinaryLike, BinaryLike, number, ScryptOptions, Buffer>(scrypt)

/** N, r and p of RFC 7914. */
export type ScryptCost = { N: number; r: number; p: number }

/** Why this cost is refused; undefined if it is allowed. */
export function findCostRefusal({ N, r, p }: ScryptCost): Refusal | undefined {
  const { memoryBytes, work, blocks } = limits.scrypt
  if (128 * N * r > memoryBytes) return tooExpensive('scrypt', 'memory in bytes', memoryBytes)
  if (N * r * p > work) return tooExpensive('scrypt', 'product N × r × p', work)
  if (r * p > blocks) return tooExpensive('scrypt', 'product r × p', blocks)
  const positive = [N, r, p].every((parameter) => Number.isInteger(parameter) && parameter >= 1)
  const powerOfTwo = N > 1 && (N & (N - 1)) === 0 && N < 2 ** (16 * r)
  return positive && powerOfTwo ? undefined : malformed('scrypt')
}

/** The derived key; rejects when `findCostRefusal` finds something. */
export function deriveScrypt(
  password: BinaryLike,
  salt: BinaryLike,
  length: number,
  cost: ScryptCost,
): Promise<Buffer> {
  return derive(password, salt, length, { ...cost, maxmem: 2 * limits.scrypt.memoryBytes })
}

export function costOf({ N, r, p }: ScryptCost): Cost {
  return { memoryKiB: Math.ceil((128 * N * r) / 1024), work: N * r * p * workOf.scryptStep }
}

/** scrypt (RFC 7914), used by the notations below and those of other systems. */
export function checkScrypt(
  cost: ScryptCost,
  salt: Buffer | string | undefined,
  digest: Buffer | undefined,
): Reading {
  const refusal = findCostRefusal(cost)
  if (refusal) return refusal
  const expected = asDigest(digest)
  if (salt === undefined || !expected) return malformed('scrypt')
  return costing(costOf(cost), async (password) =>
    equalBytes(await deriveScrypt(password, salt, expected.length, cost), expected),
  )
}

/** As a PHC string; `ln` is the base-2 logarithm of N. AdonisJS writes N itself, as `n`. The salt may be empty. */
export function readScrypt(encoded: string): Reading {
  const shape = /^\$scrypt\$(l?)n=(\d+),r=(\d+),p=(\d+)\$([A-Za-z0-9+/]*={0,2})\$([A-Za-z0-9+/]+={0,2})$/
  const [, log, n, r, p, salt = '', digest = ''] = shape.exec(encoded) ?? []
  return checkScrypt(
    { N: log === 'l' ? 2 ** Number(n) : Number(n), r: Number(r), p: Number(p) },
    decodeBase64(salt),
    decodeBase64(digest),
  )
}

/** Django, `scrypt$N$salt$r$p$digest`, where the salt is text. */
export function readDjangoScrypt(encoded: string): Reading {
  const [, N, salt, r, p, digest = ''] = /^scrypt\$(\d+)\$([^$]+)\$(\d+)\$(\d+)\$([^$]+)$/.exec(encoded) ?? []
  return checkScrypt({ N: Number(N), r: Number(r), p: Number(p) }, salt, decodeBase64(digest))
}

/**
 * Better Auth, `salt:digest` in hexadecimal, and Lucia, `s2:salt:digest`: the salt is the text itself, and the password
 * is in the form NFKC.
 */
export function readBetterAuth(encoded: string): Reading {
  const [, salt, digest = ''] = /^(?:s2:)?([0-9a-f]{32}):([0-9a-f]{128})$/i.exec(encoded) ?? []
  return changed(checkScrypt({ N: 16_384, r: 16, p: 1 }, salt, decodeHex(digest)), (password) =>
    password.normalize('NFKC'),
  )
}

/** Werkzeug, `scrypt:N:r:p$salt$digest`, where the salt is text and the digest hexadecimal. */
export function readWerkzeugScrypt(encoded: string): Reading {
  const [, N, r, p, salt, digest = ''] = /^scrypt:(\d+):(\d+):(\d+)\$([^$]+)\$([^$]+)$/.exec(encoded) ?? []
  return checkScrypt({ N: Number(N), r: Number(r), p: Number(p) }, salt, decodeHex(digest))
}
