/** Digests with the salt after a colon, as in PHP shops and content systems: Magento, Joomla, osCommerce. */
import { createHash } from 'node:crypto'
import { hashRaw } from '@node-rs/argon2'
import { decodeHex, equalBytes } from './bytes.ts'
import { limits, workOf } from './limits.ts'
import { type Cost, costing, malformed, noCost, type Reading, tooExpensive } from './reading.ts'

const algorithmOfBytes = new Map([
  [16, 'md5'],
  [20, 'sha1'],
  [32, 'sha256'],
  [64, 'sha512'],
])

/** `digest:salt`. Joomla hashes the password and then the salt, Magento 1 and osCommerce the salt first; both are tried. */
export function readColonDigest(encoded: string): Reading {
  const at = encoded.indexOf(':')
  const expected = decodeHex(encoded.slice(0, at))
  const algorithm = expected && algorithmOfBytes.get(expected.length)
  if (!expected || algorithm === undefined) return malformed('digest with a salt')
  const salt = encoded.slice(at + 1)
  const digest = (text: string) => createHash(algorithm).update(text).digest()
  return async (password) =>
    equalBytes(digest(salt + password), expected) || equalBytes(digest(password + salt), expected)
}

type Step = (input: string, salt: string) => Promise<Buffer>

/** libsodium needs salts of 16 bytes: Magento repeats a shorter salt and truncates a longer one. */
const saltBytes = 16

const argon2 =
  (outputLen: number, timeCost: number, memoryCost: number): Step =>
  (input, salt) => {
    const repeated = Buffer.alloc(saltBytes, salt.length > 0 ? salt : '0')
    const options = { algorithm: 2, version: 1, memoryCost, timeCost, parallelism: 1, outputLen } as const
    return hashRaw(input, { ...options, salt: repeated })
  }

const digest =
  (algorithm: string): Step =>
  async (input, salt) =>
    createHash(algorithm)
      .update(salt + input)
      .digest()

/** The schemes of the versions of Magento 2. The third contains length, passes and memory: `3_32_2_67108864`. */
function stepOf(version: string): { step: Step; memoryKiB: number; passes: number } | undefined {
  if (version === '0') return { step: digest('md5'), memoryKiB: 0, passes: 0 }
  if (version === '1') return { step: digest('sha256'), memoryKiB: 0, passes: 0 }
  if (version === '2') return { step: argon2(32, 2, 65_536), memoryKiB: 65_536, passes: 2 }
  const [, length, passes, memory] = /^3_(\d{1,3})_(\d{1,3})_(\d{4,11})$/.exec(version) ?? []
  const memoryKiB = Math.floor(Number(memory) / 1024)
  if (!(Number(length) >= 16 && Number(passes) >= 1 && memoryKiB >= 8)) return undefined
  return { step: argon2(Number(length), Number(passes), memoryKiB), memoryKiB, passes: Number(passes) }
}

/** `hash:salt:version`. An upgraded hash has several versions: each hashes the result of the previous one. */
export function readMagento(encoded: string): Reading {
  const [hex = '', salt = '', ...versions] = encoded.split(':')
  const expected = decodeHex(hex)
  const steps = versions.map(stepOf).filter((step) => step !== undefined)
  if (!expected || versions.length > 3 || steps.length < versions.length) return malformed('Magento')
  const { memoryKiB, memoryTimesPasses } = limits.argon2
  let cost: Cost = noCost
  for (const step of steps) {
    if (step.memoryKiB > memoryKiB) return tooExpensive('Magento', 'memory in KiB', memoryKiB)
    if (step.memoryKiB * step.passes > memoryTimesPasses)
      return tooExpensive('Magento', 'memory in KiB × passes', memoryTimesPasses)
    cost = {
      memoryKiB: Math.max(cost.memoryKiB, step.memoryKiB),
      work: cost.work + step.memoryKiB * step.passes * workOf.argon2KiB,
    }
  }
  return costing(cost, async (password) => {
    let made = Buffer.alloc(0)
    for (const [index, step] of steps.entries())
      made = Buffer.from(await step.step(index === 0 ? password : made.toString('hex'), salt))
    return equalBytes(made, expected)
  })
}
