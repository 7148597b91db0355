/**
 * Creates the features from top to bottom. A feature gets functions of the features above it. Functions of features below it
 * are passed as arrows, which run only after all features are made.
 */

import { createRightsCaches } from './caches/rights-caches.ts'
import type { Config } from './config.ts'
import type { Database, Tx } from './database/database.ts'
import { createEgress, egressReason } from './egress/egress.ts'
import { createAccountFeature, createAccountMailFeature } from './features/account/feature.ts'
import { createApiKeys } from './features/api-keys/service.ts'
import { createApplicationFeature, createGrantFeature } from './features/applications/feature.ts'
import { signUpsDaily, signUpsHourly } from './features/attempts/limits.ts'
import { createAttempts } from './features/attempts/service.ts'
import { createFloods } from './features/audit/floods.ts'
import { createAudit } from './features/audit/service.ts'
import { createEventFeature } from './features/events/feature.ts'
import { createFactorFeature } from './features/factors/feature.ts'
import { housekeepingJobs } from './features/housekeeping/jobs.ts'
import { createHousekeeping } from './features/housekeeping/service.ts'
import { createIdempotency } from './features/idempotency/service.ts'
import { createIdentityProviderFeature } from './features/identity-providers/feature.ts'
import { createJobFeature } from './features/jobs/feature.ts'
import { createPasswordFeature } from './features/passwords/feature.ts'
import { createProof } from './features/proof/service.ts'
import { createRoles } from './features/roles/service.ts'
import { createSessionFeature } from './features/sessions/feature.ts'
import { createSignInFeature } from './features/sign-in/feature.ts'
import { createStatistics } from './features/statistics/feature.ts'
import { createFormats } from './features/transfer/formats/index.ts'
import { createTransfer } from './features/transfer/service.ts'
import { deliverableEmail, inboxOf } from './features/users/names/email.ts'
import { usersOfProviders } from './features/users/provider-users.ts'
import { createUsers } from './features/users/users.ts'
import { createWebhookFeature } from './features/webhooks/feature.ts'
import { createHooks } from './features/webhooks/hooks/hooks.ts'
import { networkOf, networksOf } from './http/message/address.ts'
import type { Log } from './log/log.ts'
import { createMailFeature } from './mail/feature.ts'
import type { Keys } from './secret-key.ts'
import type { Trace } from './tracing/tracing.ts'
import { createBearer } from './wiring/bearer.ts'
import { createDataOfUsers } from './wiring/data-of-users.ts'
import { createDirectory, withGroups } from './wiring/directory.ts'
import { createEndOfAccess } from './wiring/end-of-access.ts'
import { teller } from './wiring/tellings.ts'

type Ground = { config: Config; log: Log; database: Database; keys: Keys; trace: Trace }

export type Features = ReturnType<typeof createFeatures>

/** Creates all features; nothing runs yet. */
export function createFeatures({ config, log, database, keys, trace }: Ground) {
  const { seal, open } = keys
  const egress = createEgress({ allowed: config.outgoingNetworks, trace })
  const rights = createRightsCaches(database)

  const { events, eventWaiting } = createEventFeature({
    database,
    snapshots: (ids) => withGroups(ids, users.snapshots, groups.listDirect),
    rightsNow: (caller) => roles.rightsNow(caller, database.read),
  })
  const audit = createAudit(database, (event) => floods.count(event), events.record)
  const floods = createFloods(database, audit, log)
  const hooks = createHooks({
    ...{ database, audit, floods, log },
    ...{ settings: config.hook, fetch: egress.fetch, reasonOf: egressReason },
    findUser: (id) => users.findUser(id),
  })
  const idempotency = createIdempotency({ database, key: keys.idempotency, seal, open })
  const attempts = createAttempts({ database, key: keys.attempts, mode: config.rateLimits, networksOf })
  const { passwords, queue, budget, hashForms, oldSystemMark } = createPasswordFeature({
    ...{ config, database, rights, log, audit, attempts },
    fetch: egress.fetch,
    findUser: (userId) => users.findUser(userId),
    mustStayOpen: (tx, userId) => users.isLastAdmin(tx, userId),
    tellClosed: (tx, userId) => mail.passwordDisabled(tx, userId),
  })
  const noteCreated = idempotency.note
  const roles = createRoles({
    ...{ database, rights, audit, noteCreated },
    needProvenHolders: (tx, role) => users.needProvenHolders(tx, role),
  })

  const { grants, grantParts } = createGrantFeature({
    database,
    open,
    findSession: (id) => sessions.find(id),
    isSessionOpen: (tx, id, at) => sessions.isOpenIn(tx, id, at),
  })
  const { sessions, signingKeys, sign } = createSessionFeature({
    ...{ database, rights, seal, open },
    tokens: { issuer: config.publicUrl, algorithm: config.tokenAlgorithm },
    refreshKey: keys.refresh,
    audit,
    ...{ beforeToken: hooks.beforeToken, isTokenHooked: hooks.isAsked('token') },
    isImpersonationOn: config.impersonation === 'on',
    holdToImpersonate: (...who) => users.holdToImpersonate(...who),
    tellImpersonated: (...who) => mail.impersonated(...who),
    count: floods.count,
    enrolBy: (...who) => policy.enrolBy(...who),
    permissionsOf: roles.permissionsOf,
    grants,
    async endSignIns(tx, userId) {
      await endSecondSteps(tx, userId)
      await emailSignIns.endAllIn(tx, userId)
    },
  })
  const proof = createProof({
    database,
    passwords,
    sessions,
    factors: {
      methodsOf: (userId) => stepUp.methodsOf(userId),
      prove: (...code) => stepUp.prove(...code),
    },
  })
  const apiKeys = createApiKeys({
    ...{ database, rights, audit, log },
    permissionsOf: roles.permissionsOf,
    holdUser: (tx, userId) => users.findForChange(tx, userId),
    rightsNow: roles.rightsNow,
    mayEndAccess: (...who) => users.mayEndAccess(...who),
    tellOwner: (tx, userId, keyName) => mail.apiKeyCreated(tx, userId, keyName),
    noteCreated,
  })

  const { outbox, messages, mailer } = createMailFeature({ config, log, database, seal, open })
  const { links, budgets, emailSignIns, mail } = createAccountMailFeature({
    ...{ database, publicUrl: config.publicUrl },
    outbox,
    audit,
    count: floods.count,
    limits: {
      ...{ use: attempts.use, giveBack: attempts.giveBack, useOfNetwork: attempts.useOfNetwork },
      knows: attempts.knows,
      networkOf,
      inboxOf,
    },
    deliverable: deliverableEmail,
    findUser: (tx, userId) => users.findForChange(tx, userId),
  })
  const access = createEndOfAccess({
    ...{ sessions, links, apiKeys },
    removeFactors: (tx, userId) => removeFactors(tx, userId),
  })
  const statistics = createStatistics({
    database,
    mail: config.mailUrl !== null,
    countAdmins: () => users.countAdmins(database.read),
    hasApplication: async () =>
      (await applications.list({ limit: 1, position: null, direction: 'next' })).length > 0,
  })
  const users = createUsers({
    ...{ database, rights, statistics },
    ...{ email: config.email, signup: config.signup, beforeSignUp: hooks.beforeSignUp },
    countSignUp: (tx, { address }) => attempts.useOfNetwork(tx, address ?? '', signUpsHourly, signUpsDaily),
    noteCreated,
    async forgetAnswers(tx, userId) {
      await idempotency.forget(tx, userId)
      await deliveries.forgetUser(tx, userId)
    },
    log,
    audit,
    ...{ roles, passwords, oldSystemMark, mail, access },
    factors: {
      readTotp: (...app) => factorMoving.readTotp(...app),
      setTotps: (...apps) => factorMoving.setTotps(...apps),
      hasTotp: (...who) => factorMoving.hasTotp(...who),
      addTotp: (...app) => factorMoving.addTotp(...app),
    },
    needProof: proof.need,
  })
  const tellOf = teller(users.listToTell)
  const { groups, scim } = createDirectory({
    ...{ database, rights, seal, open, log, audit, noteCreated, roles, users },
    ...{ publicUrl: config.publicUrl, email: config.email },
    recordGroupsChanged: events.recordGroupsChanged,
    needProof: proof.need,
  })
  const { factors, factorMoving, passkeys, challenges, stepUp, policy, trustedBrowsers, endSecondSteps } =
    createFactorFeature({
      ...{ database, rights, seal, open, audit, users, roles },
      publicUrl: config.publicUrl,
      passkeyKey: keys.passkeys,
      ...{ policy: config.secondFactor, trustedBrowserDays: config.trustedBrowserDays },
      byMail: config.secondFactorByMail && config.mailUrl !== null,
      ...{ budgets, wasResetByMail: passwords.wasResetByMail, sendCode: mail.secondStepCode },
      ...{ hold: users.findForChange, tell: mail.factorsChanged },
      endOtherSessions: (...who) => sessions.endAllIn(...who, 'factor_added', who[1].sessionId),
    })
  const transfer = createTransfer<Record<string, unknown>>({
    ...{ database, audit, users, groups },
    formats: createFormats(hashForms),
    listByExternalIds: users.listByExternalIds,
    rightsNow: (caller) => roles.rightsNow(caller, database.read),
    ...{ listHashes: passwords.listHashes, hasOldSystem: oldSystemMark !== undefined },
    totps: factorMoving,
    identities: () => identityProviders.identities,
  })
  const { signIn, status } = createSignInFeature({
    ...{ database, rights, log, audit, floods, attempts, passwords, sessions },
    ...{ challenges, passkeys, policy, mail },
    ...{ cacheKey: keys.cache, beforeSignIn: hooks.beforeSignIn },
    trustedBrowsers,
    ...{ requireVerifiedEmail: config.requireVerifiedEmail, breachedSignIn: config.breachedSignIn },
    ...{ emailSignIns, claimByMail: (...who) => account.claimByMail(...who) },
    users: { ...users, findByName: users.findToSignIn, hold: users.findForChange },
    permissionsOf: roles.permissionsOf,
    rolesHeldBy: roles.heldBy,
  })

  const hasPasskey = async (userId: string) => (await stepUp.methodsOf(userId)).includes('passkey')
  const identityProviders = createIdentityProviderFeature({
    ...{ database, log, seal, open, egress, audit, roles, signIn },
    publicUrl: config.publicUrl,
    ...{ email: config.email, requireVerifiedEmail: config.requireVerifiedEmail },
    users: usersOfProviders(users),
    hasOwnWayIn: async (userId) => (await passwords.has(userId)) || (await hasPasskey(userId)),
    tell: mail.identitiesChanged,
  })
  const removeFactors = async (tx: Tx, userId: string) => {
    await factors.removeAllIn(tx, userId)
    await identityProviders.identities.removeAllIn(tx, userId)
  }

  const { requests, account, operator, setup } = createAccountFeature({
    ...{ database, seal, open, links, mail, budgets, emailSignIns, audit, attempts, passwords, users },
    emailLink: config.emailLink,
    needProof: proof.need,
    hasOtherWayIn: async (userId) =>
      (await identityProviders.identities.has(userId)) || (await hasPasskey(userId)),
    verifyWithoutPassword: config.verifyWithoutPassword,
    access: {
      removeFactors,
      endSessions: sessions.endAllIn,
      revokeApiKeys: apiKeys.revokeAllIn,
    },
  })
  const userData = createDataOfUsers({
    ...{ users, passwords, sessions, apiKeys, factors, trustedBrowsers, grants, groups, links, audit },
    identities: identityProviders.identities,
  })
  const { applications, introspect, protocol, ...ofApplications } = createApplicationFeature({
    ...{ database, seal, open, sign, egress, audit, log },
    ...{ issuer: config.publicUrl, appName: config.appName },
    cookieKey: keys.cookies.export().toString('base64url'),
    refreshKey: keys.refresh,
    missingRoles: roles.missing,
    ...{ privateJwks: signingKeys.privateJwks, findKey: signingKeys.find },
    bearer: (...bearing) => bearer(...bearing),
    ...{ rightsNow: roles.rightsNow, needProof: proof.need },
    tellPermissions: (tx, caller, ...granted) =>
      tellOf(tx, caller.userId, mail.applicationPermissions, granted),
    findUser: async (id) => {
      const user = await users.findUser(id)
      return user && { ...user, roles: await roles.heldBy(id) }
    },
    groupsOf: groups.namesOf,
    ...{ authenticationOf: sessions.authenticationOf, hasFactor: challenges.isRequired },
    ...{ endSession: sessions.logout, mayManage: users.mayManage, beforeToken: hooks.beforeToken },
    ...grantParts,
  })
  const bearer = createBearer({ apiKeys, sessions, machines: ofApplications.machines })
  const { webhooks, deliveries, webhookSending } = createWebhookFeature({
    ...{ database, seal, open, egress, audit, log, events, noteCreated },
    reasonOf: egressReason,
    tell: (tx, createdBy, ...what) => tellOf(tx, createdBy, mail.webhookDisabled, what),
  })
  const { jobs, jobRunner } = createJobFeature({
    ...{ database, audit, log, users, mail },
    endSessions: account.endSessions,
    mayGive: roles.mayGive,
    rightsNow: (caller) => roles.rightsNow(caller, database.read),
  })
  const housekeeping = createHousekeeping({
    database,
    log,
    jobs: housekeepingJobs({
      ...config,
      ...{ database, log, audit, events, deliveries, apiKeys, attempts, idempotency },
      ...{ protocol, sessions, signingKeys, statistics, users, identityProviders, links, emailSignIns },
      ...{ challenges, trustedBrowsers, outbox },
      bulkJobs: jobs,
      scim,
    }),
  })

  return {
    ...{ account, apiKeys, applications, introspect, protocol, attempts, audit, bearer },
    ...{ connections: ofApplications.connections, logoutSending: ofApplications.logoutSending },
    ...{ budget, events, eventWaiting, factors, floods, groups, housekeeping, idempotency },
    ...{ emailSignIns, mailer, messages, operator, outbox, passkeys, passwords, identityProviders, proof },
    rights,
    ...{ queue, requests, roles, scim, sessions, setup, signIn, signingKeys, statistics, status },
    ...{ transfer, trustedBrowsers, userData, users },
    ...{ webhooks, deliveries, webhookSending, jobs, jobRunner },
  }
}
