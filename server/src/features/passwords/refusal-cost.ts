/**
 * The cost of a refusal. Hashes of other systems take a different time than ours, which would reveal accounts. Therefore
 * every refusal costs one of our hashes and the most expensive imported hash that is stored.
 */
import { pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import type { HashBudget } from './hash-budget.ts'
import { type Cost, costOfHash, formsOf, verifyHash } from './hashes/index.ts'
import { workOf } from './hashes/limits.ts'

const derive = promisify(pbkdf2)

/** Smaller work runs on the main thread. */
const leastWork = 100

export function createForeignHashes(budget: HashBudget) {
  /** Repeated for each form in which another system may have hashed the password. */
  const costOf = (hash: string, password: string): Cost => {
    const { memoryKiB, work } = costOfHash(hash)
    return { memoryKiB, work: work * formsOf(password).length }
  }

  const verify = (hash: string, password: string): Promise<boolean> =>
    budget.run(costOf(hash, password), () => verifyHash(hash, password))

  const spend = async (work: number): Promise<void> => {
    if (work < leastWork) return
    const iterations = Math.round(work / workOf.pbkdf2['sha256']!)
    await budget.run({ memoryKiB: 0, work }, () => derive('', 'dummy salt', iterations, 32, 'sha256'))
  }

  return {
    verify,

    /**
     * Does the part of the work that the refusal has not done yet. `done` is the imported hash that was compared, if
     * any.
     */
    async pad(costliest: string | undefined, done: string | undefined, password: string): Promise<void> {
      if (costliest === undefined) return
      if (done === undefined) await verify(costliest, password)
      else await spend(costOf(costliest, password).work - costOf(done, password).work)
    },
  }
}
