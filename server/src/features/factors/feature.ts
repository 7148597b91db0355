/** Second factors, wired: what users manage, what a sign-in asks, and what proves a person again. */
import { createChallenges } from './challenges.ts'
import { createFactors } from './service.ts'
import { createStepUp } from './step-up.ts'
import { createFactorStore } from './store.ts'
import { createVerification } from './verification.ts'

type Needs = Parameters<typeof createFactors>[0] &
  Parameters<typeof createChallenges>[0] &
  Omit<Parameters<typeof createStepUp>[0], 'tell'>

export function createFactorFeature(needs: Needs) {
  const store = createFactorStore(needs.database)
  const verification = createVerification(needs.open, store)
  const stepUp = createStepUp(needs, store, verification)
  return {
    factors: createFactors(needs, store),
    challenges: createChallenges(needs, store, verification, stepUp),
    stepUp,
  }
}
