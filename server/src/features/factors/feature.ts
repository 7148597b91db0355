/** Creates the second factors: their management, the second step of a sign-in, and fresh proofs. */
import type { KeyObject } from 'node:crypto'
import type { Tx } from '../../database/database.ts'
import { createChallenges } from './challenges.ts'
import { createMailedCodes, type MailedCodeNeeds } from './mailed-codes.ts'
import { createFactorMoving } from './moving.ts'
import { createPasskeyChallenges } from './passkeys/challenges.ts'
import { createPasskeys, type PasskeyNeeds } from './passkeys/service.ts'
import { createPasskeySignIn } from './passkeys/sign-in.ts'
import { createPasskeyStore } from './passkeys/store.ts'
import { createPasskeyVerification } from './passkeys/verification.ts'
import { createFactorPolicy, type FactorPolicy } from './policy.ts'
import { createFactors } from './service.ts'
import { createStepUp } from './step-up.ts'
import { createFactorStore } from './store.ts'
import { createTrustedBrowsers, type TrustedNeeds } from './trusted/service.ts'
import { createTrustedStore } from './trusted/store.ts'
import { createVerification } from './verification.ts'

type RuleNeeds = Parameters<typeof createFactorPolicy>[0]

/** The functions of second factors that sessions call. */
export function createFactorRules(needs: RuleNeeds) {
  const store = createFactorStore(needs.database)
  const trusted = createTrustedStore(needs.database)
  return {
    policy: createFactorPolicy(needs, store),
    /** Ends sign-ins of the user that wait for their second step, and removes all trusted browsers. */
    async endSecondSteps(tx: Tx, userId: string): Promise<void> {
      await store.deleteChallengesOf(tx, userId)
      await trusted.deleteAll(tx, userId)
    },
  }
}

type Needs = Omit<Parameters<typeof createFactors>[0], 'site' | 'removeTrusted'> &
  TrustedNeeds &
  Parameters<typeof createChallenges>[0] &
  Omit<MailedCodeNeeds, 'rolesOf'> &
  Omit<PasskeyNeeds, 'party' | 'factorAdded' | 'factorRemoved'> & {
    policy: FactorPolicy
    roles: { heldBy: MailedCodeNeeds['rolesOf'] }
    publicUrl: string
    passkeyKey: KeyObject
  }

export function createFactorFeature(needs: Needs) {
  const { database, policy } = needs
  const { host, hostname, origin } = new URL(needs.publicUrl)
  const party = { id: hostname, name: host, origin }
  const store = createFactorStore(database)
  const passkeyStore = createPasskeyStore(database)
  const passkeyChallenges = createPasskeyChallenges(needs.passkeyKey, passkeyStore)
  const signatures = createPasskeyVerification(
    { party, database, forgetWrongCodes: store.forgetWrongCodes },
    passkeyStore,
    passkeyChallenges,
  )
  const codes = createVerification(needs, store)
  const trustedBrowsers = createTrustedBrowsers(needs, createTrustedStore(database))
  const removeTrusted = trustedBrowsers.removeAllIn
  const factors = createFactors({ ...needs, site: host, removeTrusted }, store, passkeyStore, policy)
  const stepUp = createStepUp(needs, { store, passkeyStore, codes, signatures })
  const mailedCodes = createMailedCodes({ ...needs, rolesOf: needs.roles.heldBy }, store, policy)
  const parts = { store, passkeyStore, codes, signatures, stepUp, mailedCodes }
  const challenges = createChallenges(needs, parts)
  const { factorAdded, factorRemoved } = factors
  return {
    factors,
    passkeys: {
      ...createPasskeys({ ...needs, party, factorAdded, factorRemoved }, passkeyStore, passkeyChallenges),
      ...createPasskeySignIn(
        { party, signatures, challengeOwner: challenges.ownerOf },
        passkeyStore,
        passkeyChallenges,
      ),
    },
    challenges,
    stepUp,
    trustedBrowsers,
    factorMoving: createFactorMoving({ ...needs, fulfilled: policy.fulfilled }, store),
  }
}
