/** Creates the proofs of identity, and ends them: passwords, sessions, second factors, API keys, accounts at providers. */
import { createApiKeys } from '../features/api-keys/service.ts'
import { createGrantFeature } from '../features/applications/feature.ts'
import { createFactorFeature, createFactorRules } from '../features/factors/feature.ts'
import { createIdentityFeature } from '../features/identity-providers/feature.ts'
import { createPasswordFeature } from '../features/passwords/feature.ts'
import { createProof } from '../features/proof/service.ts'
import { createSessionFeature } from '../features/sessions/feature.ts'
import { createSessionStore } from '../features/sessions/store.ts'
import { createMayEndAccess } from '../features/users/end-access.ts'
import { createEndOfAccess } from './end-of-access.ts'
import type { Foundation } from './foundation.ts'

export type Credentials = ReturnType<typeof createCredentials>

export function createCredentials({ config, log, database, keys, ...foundation }: Foundation) {
  const { egress, rights, roleLookup, userLookup, audit, floods, hooks, attempts, noteCreated } = foundation
  const { links, budgets, emailSignIns, mail } = foundation
  const { seal, open } = keys

  const passwordFeature = createPasswordFeature({
    ...{ config, database, rights, log, audit, attempts },
    ...{ fetch: egress.fetch, findUser: userLookup.findUser },
    listAdmins: (tx) => userLookup.listAdmins(tx, config.requireVerifiedEmail),
    tellClosed: mail.passwordDisabled,
  })
  const { passwords } = passwordFeature
  const { policy, endSecondSteps } = createFactorRules({
    ...{ database, policy: config.secondFactor, roles: roleLookup },
    byMail: config.secondFactorByMail && config.mailUrl !== null,
  })
  const sessionStore = createSessionStore(database)
  const { grants, grantParts } = createGrantFeature({
    ...{ database, open },
    ...{ findSession: sessionStore.find, isSessionOpen: sessionStore.isOpenIn },
  })
  const { sessions, signingKeys, sign } = createSessionFeature({
    ...{ database, rights, seal, open, audit, grants },
    tokens: { issuer: config.publicUrl, algorithm: config.tokenAlgorithm },
    refreshKey: keys.refresh,
    ...{ beforeToken: hooks.beforeToken, isTokenHooked: hooks.isAsked('token') },
    isImpersonationOn: config.impersonation === 'on',
    ...{ holdToImpersonate: userLookup.holdToImpersonate, tellImpersonated: mail.impersonated },
    ...{ count: floods.count, enrolBy: policy.enrolBy, permissionsOf: roleLookup.permissionsOf },
    async endSignIns(tx, userId) {
      await endSecondSteps(tx, userId)
      await emailSignIns.endAllIn(tx, userId)
    },
  })
  const factorFeature = createFactorFeature({
    ...{ database, rights, seal, open, audit, policy, budgets },
    ...{ users: userLookup, hold: userLookup.findForChange, roles: roleLookup },
    ...{ publicUrl: config.publicUrl, passkeyKey: keys.passkeys },
    ...{ trustedBrowserDays: config.trustedBrowserDays },
    byMail: config.secondFactorByMail && config.mailUrl !== null,
    wasResetByMail: passwords.wasResetByMail,
    ...{ sendCode: mail.secondStepCode, tell: mail.factorsChanged },
    endOtherSessions: (tx, caller, userId) =>
      sessions.endAllIn(tx, caller, { userId, reason: 'factor_added', exceptId: caller.sessionId }),
  })
  const { factors, stepUp } = factorFeature
  const proof = createProof({ database, passwords, sessions, factors: stepUp })
  const mayEndAccess = createMayEndAccess({ users: userLookup, roles: roleLookup, needProof: proof.need })
  const apiKeys = createApiKeys({
    ...{ database, rights, audit, log, noteCreated },
    ...{ permissionsOf: roleLookup.permissionsOf, rightsNow: roleLookup.rightsNow },
    ...{ holdUser: userLookup.findForChange, mayEndAccess },
    tellOwner: mail.apiKeyCreated,
  })
  const hasPasskey = async (userId: string) => (await stepUp.methodsOf(userId)).includes('passkey')
  const { identities, identityParts } = createIdentityFeature({
    ...{ database, seal, open, audit, users: userLookup },
    hasOwnWayIn: async (userId) => (await passwords.has(userId)) || (await hasPasskey(userId)),
    tell: mail.identitiesChanged,
  })
  const access = createEndOfAccess({ sessions, links, apiKeys, factors, identities })
  return {
    ...passwordFeature,
    ...factorFeature,
    ...{ policy, grants, grantParts, sessions, signingKeys, sign, proof, apiKeys, access, mayEndAccess },
    ...{ identities, identityParts, needProof: proof.need },
    hasOtherWayIn: async (userId: string) => (await identities.has(userId)) || (await hasPasskey(userId)),
  }
}
