/** Passwords, wired: their hashes, and the limits to the work and memory that hashes take. */
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

type Needs = Omit<Parameters<typeof createPasswords>[0], 'queue' | 'budget'> & {
  hashesInFlight: number
  hashMemoryMiB: number
}

export function createPasswordFeature(needs: Needs) {
  const queue = createHashQueue(needs.hashesInFlight)
  const budget = createHashBudget(needs.hashMemoryMiB)
  return {
    queue,
    budget,
    passwords: createPasswords({ ...needs, queue, budget }),
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
