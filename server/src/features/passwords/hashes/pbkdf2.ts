import { pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import { asDigest, decodeBase64, decodeHex, equalBytes } from './bytes.ts'
import { limits, workOf } from './limits.ts'
import { costing, malformed, type Reading, tooExpensive } from './reading.ts'

const derive = promisify(pbkdf2)

const hashBytes: Record<string, number> = { sha1: 20, sha224: 28, sha256: 32, sha384: 48, sha512: 64 }

type Pbkdf2 = {
  /** A hash function as node:crypto names it. */
  hash: string
  iterations: number
  salt: Buffer | string | undefined
  digest: Buffer | undefined
}

/** PBKDF2 with HMAC (RFC 8018), used by the notations below and those of other systems. */
export function checkPbkdf2({ hash, iterations, salt, digest }: Pbkdf2): Reading {
  const blockBytes = hashBytes[hash]
  const expected = asDigest(digest)
  if (!blockBytes || !salt || !expected || !(iterations >= 1)) return malformed('PBKDF2')
  const blocks = Math.ceil(expected.length / blockBytes)
  if (iterations > limits.pbkdf2.iterations)
    return tooExpensive('PBKDF2', 'number of iterations', limits.pbkdf2.iterations)
  if (iterations * blocks > limits.pbkdf2.inAllBlocks)
    return tooExpensive('PBKDF2', 'product of iterations and blocks', limits.pbkdf2.inAllBlocks)
  const matches = async (password: string, length: number) =>
    equalBytes(await derive(password, salt, iterations, length, hash), expected.subarray(0, length))
  // Blocks are independent. A wrong password already differs in the first block, so only a right one costs all blocks.
  return costing(
    { memoryKiB: 0, work: iterations * workOf.pbkdf2[hash]! },
    async (password) =>
      (blocks === 1 || (await matches(password, blockBytes))) && matches(password, expected.length),
  )
}

/** A PHC string, `$pbkdf2-sha256$i=1000,l=32$salt$digest`, or passlib's `$pbkdf2-sha256$1000$salt$digest`. */
export function readPbkdf2(encoded: string): Reading {
  const shape =
    /^\$pbkdf2(?:-(sha\d+))?\$(?:i=(\d+)(?:,l=(\d+))?|(\d+))\$([A-Za-z0-9+/.]+={0,2})\$([A-Za-z0-9+/.]+={0,2})$/
  const [, hash = 'sha1', i, l, rounds, salt = '', digestText = ''] = shape.exec(encoded) ?? []
  const digest = decodeBase64(digestText)
  if (l !== undefined && Number(l) !== digest?.length) return malformed('PBKDF2')
  return checkPbkdf2({ hash, iterations: Number(i ?? rounds), salt: decodeBase64(salt), digest })
}

/** OpenLDAP's pw-pbkdf2, `{PBKDF2-SHA256}1000$salt$digest`: passlib's notation with another prefix. */
export function readLdapPbkdf2(encoded: string): Reading {
  return readPbkdf2(encoded.replace(/^\{(.*)\}/, (_, scheme: string) => `$${scheme.toLowerCase()}$`))
}

/** 389 Directory Server and FreeIPA: in base 64 the iterations in 32 bits, 64 bytes of salt, the digest. */
export function readDirectoryServerPbkdf2(encoded: string): Reading {
  const bytes = decodeBase64(encoded.replace(/^\{.*\}/, ''))
  if (!bytes || bytes.length < 68) return malformed('389 Directory Server')
  const [salt, digest] = [bytes.subarray(4, 68), bytes.subarray(68)]
  return checkPbkdf2({ hash: 'sha256', iterations: bytes.readUInt32BE(0), salt, digest })
}

/** Mattermost, `$pbkdf2$f=SHA256,w=600000,l=32$salt$digest`. */
export function readMattermostPbkdf2(encoded: string): Reading {
  return readPbkdf2(
    encoded.replace(
      /^\$pbkdf2\$f=SHA(\d+),w=(\d+),l=(\d+)\$/,
      (_, bits: string, iterations: string, length: string) =>
        `$pbkdf2-sha${bits}$i=${iterations},l=${length}$`,
    ),
  )
}

/** Django, `pbkdf2_sha256$1000$salt$digest`, where the salt is text. */
export function readDjangoPbkdf2(encoded: string): Reading {
  const [, hash = '', rounds, salt, digest = ''] =
    /^pbkdf2_(sha1|sha256)\$(\d+)\$([^$]+)\$([^$]+)$/.exec(encoded) ?? []
  return checkPbkdf2({ hash, iterations: Number(rounds), salt, digest: decodeBase64(digest) })
}

/** Werkzeug, `pbkdf2:sha256:1000$salt$digest`, where the salt is text and the digest hexadecimal. */
export function readWerkzeugPbkdf2(encoded: string): Reading {
  const [, hash = '', rounds, salt, digest = ''] =
    /^pbkdf2:(sha\d+):(\d+)\$([^$]+)\$([^$]+)$/.exec(encoded) ?? []
  return checkPbkdf2({ hash, iterations: Number(rounds), salt, digest: decodeHex(digest) })
}
