/**
 * The maximum cost of one verification: about a second of one core and 256 MiB. The defaults of known systems are far
 * lower. The import refuses a hash above the limit before it computes anything.
 */
export const limits = {
  /** 256 MiB, and 1 GiB written in all: libsodium's "moderate" (256 MiB, 3 passes) fits. */
  argon2: { memoryKiB: 262_144, memoryTimesPasses: 1_048_576 },
  /** The defaults in use are 10 to 12; every step doubles the time. */
  bcrypt: { cost: 14 },
  /**
   * Allows Django's 1,500,000 iterations, and Keycloak's former default: 1,300,000 iterations of SHA-1 for 64 bytes,
   * which are four blocks. A wrong password costs one block, a right one all four, once.
   */
  pbkdf2: { iterations: 2_000_000, inAllBlocks: 5_200_000 },
  /** 128·N·r bytes and N·r·p steps. OWASP's N=2^17, r=8, p=1 fits. */
  scrypt: { memoryBytes: 134_217_728, work: 2_097_152, blocks: 1_024 },
  /** The default of passlib is 656,000. libxcrypt takes passwords of 511 bytes. */
  shaCrypt: { rounds: 750_000, passwordBytes: 512 },
  /** The base-2 logarithm of the rounds. WordPress used 13. */
  phpass: { logRounds: 18 },
} as const

const pbkdf2Work: Readonly<Record<string, number>> = {
  sha1: 0.14,
  sha224: 0.18,
  sha256: 0.18,
  sha384: 0.6,
  sha512: 0.6,
}

/** The approximate microseconds for a step of each family on one core; only their ratios matter. */
export const workOf = {
  /** For each KiB in one pass. */
  argon2KiB: 0.4,
  /** For each of the 2^cost steps. */
  bcryptRound: 60,
  /** For an iteration of one block. */
  pbkdf2: pbkdf2Work,
  /** For each of the N × r × p steps. */
  scryptStep: 0.5,
  shaCryptRound: 1.1,
  phpassRound: 0.6,
  md5Crypt: 700,
} as const

/** The maximum length of the text of a hash. */
export const longestHash = 4_096

/** In UTF-8 bytes. The longest password, 256 code points, fits. */
export const longestPassword = 1_024
