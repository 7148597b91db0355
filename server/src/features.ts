/** The features, from top to bottom: each needs only what stands above it. */
import { systemCaller } from './caller.ts'
import type { Config } from './config.ts'
import type { Database } from './database/database.ts'
import { createEndOfAccess } from './end-of-access.ts'
import { createAccountMail } from './features/account/account-mail.ts'
import { createLinks } from './features/account/links.ts'
import { createMailBudgets } from './features/account/mail-budgets.ts'
import { createRequests } from './features/account/requests.ts'
import { createAccount } from './features/account/service.ts'
import { createSetup } from './features/account/setup.ts'
import { createUserData } from './features/account/user-data.ts'
import { createApiKeys } from './features/api-keys/service.ts'
import { createApplicationFeature } from './features/applications/feature.ts'
import { createOauthStore } from './features/applications/oauth-store.ts'
import { signUpsDaily, signUpsHourly } from './features/attempts/limits.ts'
import { createAttempts } from './features/attempts/service.ts'
import { createFloods } from './features/audit/floods.ts'
import { createAudit } from './features/audit/service.ts'
import { createFactorFeature } from './features/factors/feature.ts'
import { housekeepingJobs } from './features/housekeeping/jobs.ts'
import { createHousekeeping } from './features/housekeeping/service.ts'
import { createIdempotency } from './features/idempotency/service.ts'
import { createHashBudget } from './features/passwords/hash-budget.ts'
import { createHashQueue } from './features/passwords/hash-queue.ts'
import {
  auth0CustomHash,
  firebaseScrypt,
  isDigestScheme,
  keycloakCredential,
  looksLikeHash,
  statedDigest,
} from './features/passwords/hashes/index.ts'
import { createPasswords } from './features/passwords/service.ts'
import { createProof } from './features/proof/service.ts'
import { createRoles } from './features/roles/service.ts'
import { createAccessTokens } from './features/sessions/access-tokens.ts'
import { createSessions } from './features/sessions/service.ts'
import { createSigningKeys } from './features/sessions/signing-keys.ts'
import { createSessionStore } from './features/sessions/store.ts'
import { createSignIn } from './features/sign-in/service.ts'
import { createFormats } from './features/transfer/formats/index.ts'
import { createTransfer } from './features/transfer/service.ts'
import { deliverableEmail, inboxOf } from './features/users/email.ts'
import { createUsers } from './features/users/users.ts'
import { networkOf, networksOf } from './http/address.ts'
import type { Log } from './log.ts'
import { createMailer } from './mail/mailer.ts'
import { loadMessages } from './mail/messages.ts'
import { createOutbox } from './mail/outbox.ts'
import type { Keys } from './secret-key.ts'

type Ground = { config: Config; log: Log; database: Database; keys: Keys }

export type Features = ReturnType<typeof createFeatures>

/** Every feature, wired; nothing runs yet. */
export function createFeatures({ config, log, database, keys }: Ground) {
  const { seal, open } = keys

  const audit = createAudit(database, (event) => floods.count(event))
  const floods = createFloods(database, audit, log)
  const idempotency = createIdempotency({ database, key: keys.idempotency, seal, open })
  const attempts = createAttempts({ database, key: keys.attempts, mode: config.rateLimits, networksOf })
  const queue = createHashQueue(config.hashesInFlight)
  const budget = createHashBudget(config.hashMemoryMiB)
  const passwords = createPasswords({
    database,
    queue,
    budget,
    minLength: config.passwordMinLength,
    audit,
    attempts,
    mustStayOpen: (tx, userId) => users.isLastAdmin(tx, userId),
    tellClosed: (tx, userId) => mail.passwordDisabled(tx, userId),
  })
  const noteCreated = idempotency.note
  const roles = createRoles({ database, audit, noteCreated, rightsChanged: () => forgetAll() })

  const oauthStore = createOauthStore(database)
  const sessionStore = createSessionStore(database)
  const signingKeys = createSigningKeys({ database, seal, open, audit }, sessionStore)
  const accessTokens = createAccessTokens(
    { issuer: config.publicUrl, algorithm: config.tokenAlgorithm },
    signingKeys,
  )
  const sessions = createSessions(
    {
      database,
      refreshKey: keys.refresh,
      audit,
      count: floods.count,
      permissionsOf: roles.permissionsOf,
      endGrants: oauthStore.deleteAllOf,
    },
    sessionStore,
    accessTokens,
  )
  const proof = createProof({ database, passwords, sessions })
  const apiKeys = createApiKeys({
    database,
    audit,
    log,
    permissionsOf: roles.permissionsOf,
    holdUser: (tx, userId) => users.findForChange(tx, userId),
    rightsNow: roles.rightsNow,
    mayManage: (caller, userId, permission) => users.mayManage(caller, userId, permission),
    tellOwner: (tx, userId, keyName) => mail.apiKeyCreated(tx, userId, keyName),
    noteCreated,
  })

  const outbox = createOutbox({ database, seal, open })
  const messages = loadMessages({
    folder: config.mailTemplates,
    site: config.appName ?? new URL(config.publicUrl).host,
    support: config.support,
  })
  const mailer = createMailer(config, log)
  const links = createLinks({ database, publicUrl: config.publicUrl })
  const budgets = createMailBudgets({
    use: attempts.use,
    useOfNetwork: attempts.useOfNetwork,
    knows: attempts.knows,
    networkOf,
    inboxOf,
  })
  const mail = createAccountMail({
    links,
    outbox,
    audit,
    count: floods.count,
    budgets,
    deliverable: deliverableEmail,
    findUser: (tx, userId) => users.findForChange(tx, userId),
  })
  const access = createEndOfAccess({
    ...{ sessions, links, apiKeys },
    removeFactors: (tx, userId) => factors.removeAllIn(tx, userId),
    forget: (userId) => forget(userId),
  })
  const users = createUsers({
    database,
    signup: config.signup,
    countSignUp: (tx, { address }) => attempts.useOfNetwork(tx, address ?? '', signUpsHourly, signUpsDaily),
    noteCreated,
    forgetAnswers: idempotency.forget,
    log,
    audit,
    roles,
    passwords,
    mail,
    access,
    needProof: proof.need,
  })
  const { factors, challenges } = createFactorFeature({
    database,
    site: new URL(config.publicUrl).host,
    seal,
    open,
    audit,
    passwords,
    users,
    hold: users.findForChange,
    tell: mail.factorsChanged,
    forget: (userId) => forget(userId),
  })
  const transfer = createTransfer<Record<string, unknown>>({
    database,
    formats: createFormats({
      looksLikeHash,
      statedDigest,
      isDigestScheme,
      keycloakCredential,
      auth0CustomHash,
      firebaseScrypt,
    }),
    audit,
    users,
    rightsNow: (caller) => roles.rightsNow(caller, database.read),
    listHashes: passwords.listHashes,
  })
  const signIn = createSignIn({
    database,
    log,
    cacheKey: keys.cache,
    requireVerifiedEmail: config.requireVerifiedEmail,
    audit,
    floods,
    attempts,
    passwords,
    users: { ...users, hold: users.findForChange },
    sessions,
    challenges,
    permissionsOf: roles.permissionsOf,
    mail,
  })

  const requests = createRequests({ database, seal, open })
  const account = createAccount({
    database,
    links,
    mail,
    budgets,
    requests,
    audit,
    attempts,
    passwords,
    needProof: proof.need,
    verifyWithoutPassword: config.verifyWithoutPassword,
    users,
    access: {
      removeFactors: factors.removeAllIn,
      endSessions: sessions.endAllIn,
      revokeApiKeys: apiKeys.revokeAllIn,
      forget: (userId) => forget(userId),
    },
  })
  const setup = createSetup({ database, links, audit, users })
  const userData = createUserData({
    mayRead: async (caller, userId) => void (await users.mayManage(caller, userId, 'users:read')),
    getUser: async (id) => (await users.get(id)).user,
    hasPassword: passwords.has,
    listSessions: sessions.listAll,
    listApiKeys: (userId) =>
      apiKeys.list(systemCaller, { user: userId }, { limit: 1000, position: null, direction: 'next' }),
    listLinks: links.list,
    listEvents: audit.listAbout,
  })
  const { applications, protocol } = createApplicationFeature({
    database,
    issuer: config.publicUrl,
    cookieKey: keys.cookies.export().toString('base64url'),
    seal,
    open,
    missingRoles: roles.missing,
    privateJwks: signingKeys.privateJwks,
    findUser: users.findUser,
    findSession: sessions.find,
    endSession: sessions.logout,
    audit,
    log,
  })
  const housekeeping = createHousekeeping({
    database,
    log,
    jobs: housekeepingJobs({
      ...config,
      database,
      log,
      audit,
      apiKeys,
      attempts,
      idempotency,
      links,
      challenges,
      outbox,
      protocol,
      sessions,
      signingKeys,
      users,
    }),
  })

  const caches = [sessions, apiKeys, signIn]
  const forget = (userId: string) => {
    for (const cache of caches) cache.forget(userId)
  }
  const forgetAll = () => {
    for (const cache of caches) cache.forgetAll()
  }
  return {
    account,
    apiKeys,
    applications,
    protocol,
    attempts,
    audit,
    budget,
    factors,
    floods,
    housekeeping,
    idempotency,
    mailer,
    messages,
    outbox,
    passwords,
    proof,
    queue,
    requests,
    roles,
    sessions,
    setup,
    signIn,
    signingKeys,
    transfer,
    userData,
    users,
  }
}
