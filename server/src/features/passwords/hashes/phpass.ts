import { setImmediate } from 'node:timers/promises'
import { equalText } from './bytes.ts'
import { digest, fromCrypt64, toBytes, toCrypt64 } from './crypt.ts'
import { limits } from './limits.ts'
import { malformed, type Reading, tooExpensive } from './reading.ts'

const roundsBetweenPauses = 2_000

/** The portable hashes of phpass, `$P$` (WordPress, bbPress) or `$H$` (phpBB): salted MD5, repeated. */
export function readPhpass(encoded: string): Reading {
  const [, cost = '', salt = '', expected = ''] =
    /^\$[PH]\$(.)([./0-9A-Za-z]{8})([./0-9A-Za-z]{22})$/.exec(encoded) ?? []
  const logRounds = fromCrypt64(cost)
  if (salt === '' || logRounds < 7 || logRounds > 30) return malformed('phpass')
  if (logRounds > limits.phpass.logRounds)
    return tooExpensive('phpass', 'logarithm of the rounds', limits.phpass.logRounds)
  return async (password) => equalText(await phpass(toBytes(password), salt, 2 ** logRounds), expected)
}

async function phpass(password: string, salt: string, rounds: number): Promise<string> {
  let sum = digest('md5', salt + password)
  for (let round = 0; round < rounds; round++) {
    if (round % roundsBetweenPauses === 0) await setImmediate()
    sum = digest('md5', sum + password)
  }
  return toCrypt64(sum)
}
