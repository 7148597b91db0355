/** Second factors, wired: what users manage, and what a sign-in asks. */
import { createChallenges } from './challenges.ts'
import { createFactors } from './service.ts'
import { createFactorStore } from './store.ts'

type Needs = Parameters<typeof createFactors>[0] & Parameters<typeof createChallenges>[0]

export function createFactorFeature(needs: Needs) {
  const store = createFactorStore(needs.database)
  return { factors: createFactors(needs, store), challenges: createChallenges(needs, store) }
}
