import { hashRaw } from '@node-rs/argon2'
import { asDigest, decodeBase64, equalBytes } from './bytes.ts'
import { limits, workOf } from './limits.ts'
import { costing, malformed, type Reading, tooExpensive } from './reading.ts'

const shape =
  /^\$argon2(id|i|d)\$(?:v=(16|19)\$)?m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+={0,2})\$([A-Za-z0-9+/]+={0,2})$/

/** The numbers of the library's enums. */
const algorithms: Record<string, 0 | 1 | 2> = { d: 0, i: 1, id: 2 }
const versions: Record<string, 0 | 1> = { 16: 0, 19: 1 }

/** Argon2 (RFC 9106) as a PHC string. Without `v=` it is version 1.0, as in the reference implementation. */
export function readArgon2(encoded: string): Reading {
  const [, kind = '', version = '16', m, t, p, saltText = '', digestText = ''] = shape.exec(encoded) ?? []
  const [memoryCost, timeCost, parallelism] = [Number(m), Number(t), Number(p)]
  const { memoryKiB, memoryTimesPasses } = limits.argon2
  if (memoryCost > memoryKiB) return tooExpensive('argon2', 'memory in KiB', memoryKiB)
  if (memoryCost * timeCost > memoryTimesPasses)
    return tooExpensive('argon2', 'memory in KiB × passes', memoryTimesPasses)

  const salt = decodeBase64(saltText)
  const digest = asDigest(decodeBase64(digestText))
  const lanesFit = parallelism >= 1 && parallelism <= 255 && memoryCost >= 8 * parallelism
  if (!salt || salt.length < 8 || !digest || !lanesFit || !(timeCost >= 1)) return malformed('argon2')

  const options = {
    algorithm: algorithms[kind]!,
    version: versions[version]!,
    memoryCost,
    timeCost,
    parallelism,
    salt,
    outputLen: digest.length,
  }
  return costing(
    { memoryKiB: memoryCost, work: memoryCost * timeCost * workOf.argon2KiB },
    async (password) => equalBytes(await hashRaw(password, options), digest),
  )
}
