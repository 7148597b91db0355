/** Creates the password feature: hashes, and the limits of their work and memory. */

import { ConfigError } from '../../config.ts'
import { thrown } from '../../errors.ts'
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
  prefixedHash,
  statedDigest,
} from './hashes/index.ts'
import { createOldSystem, type OldSystemNeeds, oldSystemMark } from './old-system.ts'
import { createPasswords } from './service.ts'

type Made = 'queue' | 'budget' | 'isBreached' | 'minLength' | 'oldSystem'
type Needs = Omit<Parameters<typeof createPasswords>[0], Made> &
  Pick<OldSystemNeeds, 'log' | 'fetch' | 'findUser'> & {
    config: {
      passwordMinLength: number
      /** The file of breached passwords. */
      breachedPasswords: string | null
      hashesInFlight: number
      hashMemoryMiB: number
      verifyPasswordUrl: string | null
      verifyPasswordSecret: string | null
      verifyPasswordTimeoutMs: number
    }
  }

export function createPasswordFeature(needs: Needs) {
  const { config } = needs
  const queue = createHashQueue(config.hashesInFlight)
  const budget = createHashBudget(config.hashMemoryMiB)
  const oldSystem = createOldSystem({
    ...needs,
    url: config.verifyPasswordUrl,
    secret: config.verifyPasswordSecret,
    timeoutMs: config.verifyPasswordTimeoutMs,
  })
  const breached = config.breachedPasswords === null ? null : readList(config.breachedPasswords)
  const isBreached = (password: string) =>
    breached !== null && (breached.has(password) || breached.has(password.normalize('NFC')))
  return {
    queue,
    budget,
    passwords: createPasswords({
      ...needs,
      ...{ queue, budget, isBreached, oldSystem, minLength: config.passwordMinLength },
    }),
    /** The mark that an import stores instead of a hash if the old system verifies the password. */
    oldSystemMark: oldSystem.isKnown ? oldSystemMark : undefined,
    /** The functions with which import formats recognise a hash. */
    hashForms: {
      looksLikeHash,
      looksLikeStoredHash,
      namesItsScheme,
      prefixedHash,
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
    throw new ConfigError(`ROSTER_BREACHED_PASSWORDS: ${thrown(error).message}`)
  }
}
