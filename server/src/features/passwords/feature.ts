/** Passwords, wired: their hashes, and the limits to the work and memory that hashes take. */
import { ConfigError } from '../../config.ts'
import { openBreachedList } from './breached/list.ts'
import { createHashBudget } from './hash-budget.ts'
import { createHashQueue } from './hash-queue.ts'
import {
  auth0CustomHash,
  firebaseScrypt,
  isDigestScheme,
  keycloakCredential,
  looksLikeHash,
  looksLikeStoredHash,
  namesItsScheme,
  statedDigest,
} from './hashes/index.ts'
import { createPasswords } from './service.ts'

type Needs = Omit<Parameters<typeof createPasswords>[0], 'queue' | 'budget' | 'isBreached'> & {
  /** The file of breached passwords. */
  breachedPasswords: string | null
  hashesInFlight: number
  hashMemoryMiB: number
}

export function createPasswordFeature(needs: Needs) {
  const queue = createHashQueue(needs.hashesInFlight)
  const budget = createHashBudget(needs.hashMemoryMiB)
  const breached = needs.breachedPasswords === null ? null : readList(needs.breachedPasswords)
  const isBreached = (password: string) =>
    breached !== null && (breached.has(password) || breached.has(password.normalize('NFC')))
  return {
    queue,
    budget,
    passwords: createPasswords({ ...needs, queue, budget, isBreached }),
    /** What the formats of other systems need to recognise a hash. */
    hashForms: {
      looksLikeHash,
      looksLikeStoredHash,
      namesItsScheme,
      statedDigest,
      isDigestScheme,
      keycloakCredential,
      auth0CustomHash,
      firebaseScrypt,
    },
  }
}

/** @throws ConfigError */
function readList(path: string) {
  try {
    return openBreachedList(path)
  } catch (error) {
    throw new ConfigError(`ROSTER_BREACHED_PASSWORDS: ${(error as Error).message}`)
  }
}
