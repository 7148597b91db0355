/**
 * The result of parsing a password hash: a function that verifies passwords, or the reason why the hash is refused.
 * Parsing is strict and fast and computes no hash; the returned function does the work.
 */

export type Verify = {
  (password: string): Promise<boolean>
  /** The cost of one call; negligible if left out. */
  cost?: Cost
}

/** `memoryKiB` is allocated during the work. `work` is in approximate microseconds of one core of 2024. */
export type Cost = { memoryKiB: number; work: number }

export const noCost: Cost = { memoryKiB: 0, work: 0 }

export function costing(cost: Cost, verify: Verify): Verify {
  return Object.assign(verify, { cost })
}

/** Verifies the result of `change` for the password, at the same cost. */
export function changed(reading: Reading, change: (password: string) => string): Reading {
  if (isRefusal(reading)) return reading
  return costing(reading.cost ?? noCost, (password) => reading(change(password)))
}

export type Refusal = {
  code: 'unsupported_hash' | 'malformed_hash' | 'hash_too_expensive'
  /** One sentence for the user who imports. It never contains the hash. */
  detail: string
}

export type Reading = Verify | Refusal

export type Reader = (encoded: string) => Reading

export function isRefusal<Result extends (password: never) => unknown>(
  result: Result | Refusal,
): result is Refusal {
  return typeof result !== 'function'
}

export function unsupported(family: string): Refusal {
  return { code: 'unsupported_hash', detail: `Hashes of the family ${family} are not supported.` }
}

/** For digests whose text does not name the scheme. */
export function withoutScheme(family: string): Refusal {
  return {
    code: 'unsupported_hash',
    detail: `Hashes of the family ${family} do not say how they were made; state it, as in --hash sha256:salt+password.`,
  }
}

/** For systems that store the name of the algorithm in another column. */
export function unsupportedAlgorithm(system: string, algorithm: string): Refusal {
  const name = algorithm.slice(0, 40) || 'without a name'
  return {
    code: 'unsupported_hash',
    detail: `The algorithm ${name} of this ${system} hash is not supported.`,
  }
}

export function malformed(family: string): Refusal {
  return { code: 'malformed_hash', detail: `This is not a well-formed ${family} hash.` }
}

/** For example `tooExpensive('bcrypt', 'cost', 14)`. */
export function tooExpensive(family: string, parameter: string, limit: number): Refusal {
  return {
    code: 'hash_too_expensive',
    detail: `The ${parameter} of this ${family} hash is over the limit of ${limit}.`,
  }
}
