/**
 * What reading a password hash gives: a function that verifies passwords against it, or the reason why it
 * cannot be used. Reading is strict and quick and never hashes; the cost is paid when the function is called.
 */

export type Verify = {
  (password: string): Promise<boolean>
  /** What one call costs; nothing worth mentioning when it is not said. */
  cost?: Cost
}

/** `memoryKiB` is held during the work. `work` is in microseconds of one core of 2024, about. */
export type Cost = { memoryKiB: number; work: number }

export const noCost: Cost = { memoryKiB: 0, work: 0 }

export function costing(cost: Cost, verify: Verify): Verify {
  return Object.assign(verify, { cost })
}

/** Verifies what `change` makes of the password, at the same cost. */
export function changed(reading: Reading, change: (password: string) => string): Reading {
  if (isRefusal(reading)) return reading
  return costing(reading.cost ?? noCost, (password) => reading(change(password)))
}

export type Refusal = {
  code: 'unsupported_hash' | 'malformed_hash' | 'hash_too_expensive'
  /** One sentence for the person who imports. Never repeats the hash. */
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

/** For digests whose text does not say what was hashed. */
export function withoutScheme(family: string): Refusal {
  return {
    code: 'unsupported_hash',
    detail: `Hashes of the family ${family} do not say how they were made; state it, as in --hash sha256:salt+password.`,
  }
}

/** For the systems that name an algorithm beside the hash. */
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
