import { createHash, createHmac } from 'node:crypto'
import type { JsonObject } from '../../../encoding/json-object.ts'
import { readArgon2 } from './argon2.ts'
import { readBcrypt } from './bcrypt.ts'
import { asDigest, decodeBase64, decodeHex, equalBytes } from './bytes.ts'
import { findObject, textOf } from './json.ts'
import { readLdap } from './ldap.ts'
import { readPbkdf2 } from './pbkdf2.ts'
import {
  costing,
  isRefusal,
  malformed,
  noCost,
  type Reader,
  type Reading,
  type Refusal,
  unsupportedAlgorithm,
} from './reading.ts'
import { costOf, deriveScrypt, findCostRefusal, type ScryptCost } from './scrypt.ts'

/** The algorithms whose `hash.value` contains all parameters. */
const wholeTexts = new Map<string, Reader>([
  ['argon2', readArgon2],
  ['bcrypt', readBcrypt],
  ['ldap', readLdap],
  ['pbkdf2', readAuth0Pbkdf2],
])

const digestLengths = new Map(
  Object.entries({ md5: 16, ripemd160: 20, sha1: 20, sha224: 28, sha256: 32, sha384: 48, sha512: 64 }),
)

/** Encodings of the password, which Auth0 passes to Node. */
const encodings = ['utf8', 'ascii', 'utf16le', 'ucs2', 'latin1', 'binary'] as const

type Derive = (password: Buffer) => Buffer | Promise<Buffer>

/** `custom_password_hash` of Auth0's bulk user import, as JSON. MD4 and Whirlpool are not supported. */
export function readAuth0(encoded: string): Reading {
  const custom = findObject(encoded)
  const hash = findObject(custom?.['hash'])
  if (!custom || !hash) return malformed('Auth0')
  const algorithm = textOf(custom['algorithm'])
  const readText = wholeTexts.get(algorithm)
  if (readText) return readText(textOf(hash['value']))

  const encodingName = findObject(custom['password'])?.['encoding'] ?? 'utf8'
  const encoding = encodings.find((name) => name === encodingName)
  const expected = asDigest(decode(hash))
  const salt = custom['salt'] === undefined ? Buffer.alloc(0) : decode(findObject(custom['salt']), 'utf8')
  if (!encoding || !expected || !salt) return malformed('Auth0')
  const derive =
    algorithm === 'scrypt'
      ? scryptOf(custom, salt, expected.length)
      : digestOf(custom, hash, salt, expected.length)
  if (isRefusal(derive)) return derive
  const cost = algorithm === 'scrypt' ? costOf(scryptCostOf(custom)) : noCost
  return costing(cost, async (password) =>
    equalBytes(await derive(Buffer.from(password, encoding)), expected),
  )
}

/** Parameters may be missing; the defaults are those of the documentation of Auth0. */
function readAuth0Pbkdf2(value: string): Reading {
  return readPbkdf2(value.replace(/^(\$pbkdf2-sha\d+)(\$[^$]*\$[^$]*)$/, '$1$i=100000,l=64$2'))
}

/** A digest of salt and password, or an HMAC of them. */
function digestOf(custom: JsonObject, hash: JsonObject, salt: Buffer, length: number): Derive | Refusal {
  const keyed = custom['algorithm'] === 'hmac'
  const name = textOf(keyed ? hash['digest'] : custom['algorithm'])
  if (!digestLengths.has(name)) return unsupportedAlgorithm('Auth0', name)
  const key = keyed ? decode(findObject(hash['key'])) : Buffer.alloc(0)
  if (!key || digestLengths.get(name) !== length) return malformed('Auth0')
  const suffix = findObject(custom['salt'])?.['position'] === 'suffix'
  return (password) => {
    const parts = suffix ? [password, salt] : [salt, password]
    return (keyed ? createHmac(name, key) : createHash(name)).update(Buffer.concat(parts)).digest()
  }
}

function scryptOf(custom: JsonObject, salt: Buffer, length: number): Derive | Refusal {
  const { keylen = length } = custom
  const parameters = scryptCostOf(custom)
  const refusal = findCostRefusal(parameters) ?? (keylen === length ? undefined : malformed('Auth0'))
  return refusal ?? ((password) => deriveScrypt(password, salt, length, parameters))
}

function scryptCostOf({ cost = 16_384, blockSize = 8, parallelization = 1 }: JsonObject): ScryptCost {
  return { N: Number(cost), r: Number(blockSize), p: Number(parallelization) }
}

function decode(bytes: JsonObject | undefined, defaultEncoding?: 'utf8'): Buffer | undefined {
  const value = textOf(bytes?.['value'])
  switch (bytes?.['encoding'] ?? defaultEncoding) {
    case 'base64':
      return decodeBase64(value)
    case 'hex':
      return decodeHex(value)
    case 'utf8':
      return Buffer.from(value)
    default:
      return undefined
  }
}

/** The stored text of a `custom_password_hash`: compact JSON. */
export function auth0CustomHash(customPasswordHash: object): string {
  return JSON.stringify(customPasswordHash)
}
