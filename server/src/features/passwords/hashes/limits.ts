/**
 * How much one verification may cost: about a second of one core and 256 MiB. What systems write by default
 * lies well below. A hash above its limit is refused when it is imported, before anything is computed.
 */
export const limits = {
  /** 256 MiB, and 1 GiB written in all: libsodium's "moderate" (256 MiB, 3 passes) fits. */
  argon2: { memoryKiB: 262_144, memoryTimesPasses: 1_048_576 },
  /** The defaults in use are 10 to 12; every step doubles the time. */
  bcrypt: { cost: 14 },
  /**
   * Django's 1,500,000 iterations fit. So does what Keycloak wrote by default: 1,300,000 of SHA-1 for 64 bytes, which are
   * four blocks. A wrong password costs one block, a right one all of them, once.
   */
  pbkdf2: { iterations: 2_000_000, inAllBlocks: 5_200_000 },
  /** 128·N·r bytes and N·r·p steps. OWASP's N=2^17, r=8, p=1 fits. */
  scrypt: { memoryBytes: 134_217_728, work: 2_097_152, blocks: 1_024 },
  /** The default of passlib is 656,000. libxcrypt takes passwords of 511 bytes. */
  shaCrypt: { rounds: 750_000, passwordBytes: 512 },
  /** The base-2 logarithm of the rounds. WordPress wrote 13. */
  phpass: { logRounds: 18 },
} as const

const pbkdf2Work: Readonly<Record<string, number>> = {
  sha1: 0.14,
  sha224: 0.18,
  sha256: 0.18,
  sha384: 0.6,
  sha512: 0.6,
}

/** Microseconds that a step of each family takes on one core, about; only their proportions matter. */
export const workOf = {
  /** A KiB in one pass. */
  argon2KiB: 0.4,
  /** One of 2 to the power of the cost. */
  bcryptRound: 60,
  /** An iteration for one block. */
  pbkdf2: pbkdf2Work,
  /** One of N × r × p. */
  scryptStep: 0.5,
  shaCryptRound: 1.1,
  phpassRound: 0.6,
  md5Crypt: 700,
} as const

/** Nothing longer is a hash that we know. */
export const longestHash = 4_096

/** UTF-8 bytes; 256 code points, the longest password there can be, fit. */
export const longestPassword = 1_024
