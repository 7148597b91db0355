/** phpass: a salted digest, repeated. WordPress, bbPress and phpBB use MD5, Drupal 7 SHA-512. */
import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { equalText } from './bytes.ts'
import { digest, fromCrypt64, toBytes, toCrypt64 } from './crypt.ts'
import { limits, workOf } from './limits.ts'
import { changed, costing, isRefusal, malformed, noCost, type Reading, tooExpensive } from './reading.ts'

const roundsBetweenPauses = 2_000
/** Drupal cuts its hashes to this length, with the twelve characters of the prefix and the salt. */
const drupalLength = 55
/** Drupal refuses longer passwords. */
const drupalPasswordBytes = 512

/** The portable hashes, `$P$` (WordPress, bbPress) or `$H$` (phpBB). */
export function readPhpass(encoded: string): Reading {
  const shape = /^\$[PH]\$(.)([./0-9A-Za-z]{8})([./0-9A-Za-z]{22})$/
  return checkPhpass('phpass', 'md5', shape.exec(encoded))
}

/** Drupal 7, `$S$`. */
export function readDrupal(encoded: string): Reading {
  const shape = /^\$S\$(.)([./0-9A-Za-z]{8})([./0-9A-Za-z]{43})$/
  const verify = checkPhpass('Drupal', 'sha512', shape.exec(encoded))
  if (isRefusal(verify)) return verify
  return costing(
    verify.cost ?? noCost,
    async (password) => Buffer.byteLength(password) <= drupalPasswordBytes && verify(password),
  )
}

/** `U` before the hash: Drupal 7 computed it from the MD5 hash of Drupal 6. */
export function readDrupalUpgraded(encoded: string): Reading {
  const verify = encoded.startsWith('U$S$') ? readDrupal(encoded.slice(1)) : readPhpass(encoded.slice(1))
  return changed(verify, (password) => createHash('md5').update(password).digest('hex'))
}

function checkPhpass(family: string, algorithm: 'md5' | 'sha512', match: RegExpExecArray | null): Reading {
  const [, cost = '', salt = '', expected = ''] = match ?? []
  const logRounds = fromCrypt64(cost)
  if (salt === '' || logRounds < 7 || logRounds > 30) return malformed(family)
  if (logRounds > limits.phpass.logRounds)
    return tooExpensive(family, 'logarithm of the rounds', limits.phpass.logRounds)
  return costing({ memoryKiB: 0, work: 2 ** logRounds * workOf.phpassRound }, async (password) => {
    const text = await phpass(algorithm, toBytes(password), salt, 2 ** logRounds)
    return equalText(algorithm === 'sha512' ? text.slice(0, drupalLength - 12) : text, expected)
  })
}

async function phpass(
  algorithm: 'md5' | 'sha512',
  password: string,
  salt: string,
  rounds: number,
): Promise<string> {
  let sum = digest(algorithm, salt + password)
  for (let round = 0; round < rounds; round++) {
    if (round % roundsBetweenPauses === 0) await setImmediate()
    sum = digest(algorithm, sum + password)
  }
  return toCrypt64(sum)
}
