/**
 * What a wrong password costs. Hashes of other systems take another time than ours, which would tell who has one and
 * so who exists: every refusal costs one hash of ours and as much as the costliest imported one that is stored.
 */
import { pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import type { HashBudget } from './hash-budget.ts'
import { type Cost, costOfHash, formsOf, verifyHash } from './hashes/index.ts'
import { workOf } from './hashes/limits.ts'

const derive = promisify(pbkdf2)

/** Less is not worth a thread. */
const leastWork = 100

export function createForeignHashes(budget: HashBudget) {
  /** As often as there are ways in which the password may have been hashed elsewhere. */
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

    /** Makes up for what the refusal has not cost yet; `done` is the imported hash that was compared, if one was. */
    async pad(costliest: string | undefined, done: string | undefined, password: string): Promise<void> {
      if (costliest === undefined) return
      if (done === undefined) await verify(costliest, password)
      else await spend(costOf(costliest, password).work - costOf(done, password).work)
    },
  }
}
