import { setImmediate } from 'node:timers/promises'
import { equalText } from './bytes.ts'
import { digest, fill, reorder, toBytes, toCrypt64 } from './crypt.ts'
import { limits, workOf } from './limits.ts'
import { costing, malformed, type Reading, tooExpensive } from './reading.ts'

type Variant = { algorithm: 'sha256' | 'sha512'; order: readonly number[] }

const variants: Record<string, Variant> = {
  5: {
    algorithm: 'sha256',
    order: [
      20, 10, 0, 11, 1, 21, 2, 22, 12, 23, 13, 3, 14, 4, 24, 5, 25, 15, 26, 16, 6, 17, 7, 27, 8, 28, 18, 29,
      19, 9, 30, 31,
    ],
  },
  6: {
    algorithm: 'sha512',
    order: [
      42, 21, 0, 1, 43, 22, 23, 2, 44, 45, 24, 3, 4, 46, 25, 26, 5, 47, 48, 27, 6, 7, 49, 28, 29, 8, 50, 51,
      30, 9, 10, 52, 31, 32, 11, 53, 54, 33, 12, 13, 55, 34, 35, 14, 56, 57, 36, 15, 16, 58, 37, 38, 17, 59,
      60, 39, 18, 19, 61, 40, 41, 20, 62, 63,
    ],
  },
}

const roundsBetweenPauses = 1_000

/** sha256-crypt, `$5$`, and sha512-crypt, `$6$`, as specified by Ulrich Drepper. */
export function readShaCrypt(encoded: string): Reading {
  const shape = /^\$([56])\$(?:rounds=([1-9]\d*)\$)?([!-#%-9;-~]{0,16})\$([./0-9A-Za-z]+)$/
  const [, id = '', roundsText = '5000', salt, expected] = shape.exec(encoded) ?? []
  const variant = variants[id]
  const rounds = Number(roundsText)
  if (!variant || salt === undefined || expected?.length !== textLength(variant) || rounds < 1_000)
    return malformed('sha-crypt')
  if (rounds > limits.shaCrypt.rounds)
    return tooExpensive('sha-crypt', 'number of rounds', limits.shaCrypt.rounds)
  return costing({ memoryKiB: 0, work: rounds * workOf.shaCryptRound }, async (password) => {
    const bytes = toBytes(password)
    if (bytes.length > limits.shaCrypt.passwordBytes) return false
    return equalText(await shaCrypt(variant, bytes, salt, rounds), expected)
  })
}

function textLength({ order }: Variant): number {
  return Math.ceil((order.length * 8) / 6)
}

/** Names as in the specification: A to DS are digests, P and S the password and the salt of the rounds. */
async function shaCrypt(
  { algorithm, order }: Variant,
  password: string,
  salt: string,
  rounds: number,
): Promise<string> {
  const b = digest(algorithm, password + salt + password)
  let start = password + salt + fill(b, password.length)
  for (let bits = password.length; bits > 0; bits >>= 1) start += bits & 1 ? b : password

  const a = digest(algorithm, start)
  const dp = digest(algorithm, password.repeat(password.length))
  const ds = digest(algorithm, salt.repeat(16 + a.charCodeAt(0)))
  const p = fill(dp, password.length)
  const s = fill(ds, salt.length)

  let sum = a
  for (let round = 0; round < rounds; round++) {
    if (round % roundsBetweenPauses === 0) await setImmediate()
    const odd = round & 1
    sum = digest(algorithm, (odd ? p : sum) + (round % 3 ? s : '') + (round % 7 ? p : '') + (odd ? sum : p))
  }
  return toCrypt64(reorder(sum, order))
}
