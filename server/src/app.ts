/** The wiring, from top to bottom: a feature needs only what stands above it. */
import { systemCaller } from './caller.ts'
import type { Config } from './config.ts'
import { openDatabase } from './database/database.ts'
import { migrate } from './database/migrate.ts'
import { AppError } from './errors.ts'
import { createAccountMail } from './features/account/account-mail.ts'
import { createLinks } from './features/account/links.ts'
import { accountRoutes } from './features/account/routes.ts'
import { createAccount } from './features/account/service.ts'
import { createSetup } from './features/account/setup.ts'
import { createUserData } from './features/account/user-data.ts'
import { ApiKeyShape, apiKeyRoutes } from './features/api-keys/routes.ts'
import { createApiKeys } from './features/api-keys/service.ts'
import { createAttempts } from './features/attempts/service.ts'
import { createRefusals } from './features/audit/refusals.ts'
import { AuditEventShape, auditRoutes, watchRefusals } from './features/audit/routes.ts'
import { createAudit } from './features/audit/service.ts'
import { housekeepingJobs } from './features/housekeeping/jobs.ts'
import { createHousekeeping } from './features/housekeeping/service.ts'
import { createIdempotency } from './features/idempotency/service.ts'
import { createHashQueue } from './features/passwords/hash-queue.ts'
import { auth0CustomHash, firebaseScrypt, keycloakCredential } from './features/passwords/hashes/index.ts'
import { createPasswords } from './features/passwords/service.ts'
import { roleRoutes } from './features/roles/routes.ts'
import { createRoles } from './features/roles/service.ts'
import { createAccessTokens } from './features/sessions/access-tokens.ts'
import { sessionRoutes } from './features/sessions/routes.ts'
import { createSessions } from './features/sessions/service.ts'
import { createSigningKeys } from './features/sessions/signing-keys.ts'
import { createSessionStore } from './features/sessions/store.ts'
import { signInRoutes } from './features/sign-in/routes.ts'
import { createSignIn } from './features/sign-in/service.ts'
import { createFormats } from './features/transfer/formats/index.ts'
import { transferRoutes } from './features/transfer/routes.ts'
import { createTransfer } from './features/transfer/service.ts'
import { deliverableEmail } from './features/users/email.ts'
import { userFilters, userRoutes } from './features/users/routes.ts'
import { UserShape } from './features/users/shapes.ts'
import { createUsers } from './features/users/users.ts'
import { networkOf } from './http/address.ts'
import { watchOverload } from './http/overload.ts'
import { createPages } from './http/pages.ts'
import { createHttpServer } from './http/server.ts'
import type { Log } from './log.ts'
import { createPrintingMailer, createSmtpMailer } from './mail/mailer.ts'
import { loadMessages } from './mail/messages.ts'
import { createOutbox } from './mail/outbox.ts'
import { type Sending, startSending } from './mail/sending.ts'
import { createMetrics } from './metrics.ts'
import { deriveKeys, loadSecretKey } from './secret-key.ts'
import { version } from './version.ts'

export type Roster = ReturnType<typeof createRoster>

/** The whole service, wired but not started: nothing is migrated and nothing listens. */
export function createRoster(config: Config, log: Log) {
  const keys = deriveKeys(loadSecretKey(config))
  const database = openDatabase({ url: config.databaseUrl, poolSize: config.databasePoolSize })
  const pages = createPages(keys.cursors)
  const { seal, open } = keys

  const audit = createAudit(database)
  const idempotency = createIdempotency({ database, seal, open })
  const attempts = createAttempts({ database, key: keys.attempts, mode: config.rateLimits })
  const queue = createHashQueue(config.hashesInFlight)
  const passwords = createPasswords({
    database,
    queue,
    minLength: config.passwordMinLength,
    audit,
    attempts,
    networkOf,
  })
  const roles = createRoles({ database, audit, rightsChanged: () => forgetAll() })

  const sessionStore = createSessionStore(database)
  const signingKeys = createSigningKeys({ database, seal, open, audit }, sessionStore)
  const accessTokens = createAccessTokens({ issuer: config.publicUrl }, signingKeys)
  const sessions = createSessions(
    { database, refreshKey: keys.refresh, audit, permissionsOf: roles.permissionsOf },
    sessionStore,
    accessTokens,
  )
  const apiKeys = createApiKeys({ database, audit, permissionsOf: roles.permissionsOf })

  const outbox = createOutbox({ database, seal, open })
  const messages = loadMessages({ folder: config.mailTemplates, site: new URL(config.publicUrl).host })
  const mailer =
    config.mailUrl === null
      ? createPrintingMailer(log)
      : createSmtpMailer({ url: config.mailUrl, from: config.mailFrom })
  const links = createLinks({ database, publicUrl: config.publicUrl })
  const mail = createAccountMail({
    links,
    outbox,
    audit,
    use: attempts.use,
    deliverable: deliverableEmail,
    findUser: (tx, userId) => users.findForChange(tx, userId),
  })
  const users = createUsers({
    database,
    signup: config.signup,
    log,
    audit,
    roles,
    passwords,
    mail,
    access: {
      async end(tx, caller, userId, reason) {
        await sessions.endAllIn(
          tx,
          caller,
          userId,
          reason,
          reason === 'email_changed' ? caller.sessionId : null,
        )
        await links.revokeAll(tx, userId)
        if (reason === 'deleted') await apiKeys.revokeAllIn(tx, caller, userId)
      },
      forget: (userId) => forget(userId),
    },
  })
  const transfer = createTransfer<Record<string, unknown>>({
    database,
    formats: createFormats({ keycloakCredential, auth0CustomHash, firebaseScrypt }),
    audit,
    users,
    listHashes: passwords.listHashes,
  })
  const signIn = createSignIn({
    database,
    cacheKey: keys.cache,
    requireVerifiedEmail: config.requireVerifiedEmail,
    networkOf,
    audit,
    attempts,
    passwords,
    users,
    sessions,
    permissionsOf: roles.permissionsOf,
    mail,
  })

  const account = createAccount({
    database,
    links,
    mail,
    networkOf,
    audit,
    attempts,
    passwords,
    users,
    access: {
      endSessions: sessions.endAllIn,
      revokeApiKeys: (tx, caller, userId) => apiKeys.revokeAllIn(tx, caller, userId, 'account_reclaimed'),
      forget: (userId) => forget(userId),
    },
  })
  const setup = createSetup({ database, links, audit, users })
  const userData = createUserData({
    getUser: async (id) => (await users.get(id)).user,
    hasPassword: passwords.has,
    listSessions: sessions.listAll,
    listApiKeys: (userId) =>
      apiKeys.list({ ...systemCaller, userId }, { limit: 1000, position: null, direction: 'next' }),
    listLinks: links.list,
    listEvents: audit.listAbout,
  })
  const housekeeping = createHousekeeping({
    database,
    log,
    jobs: housekeepingJobs({
      ...config,
      database,
      log,
      audit,
      attempts,
      idempotency,
      links,
      outbox,
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
  const state = { isReady: false }
  const overload = watchOverload()
  const metrics =
    config.metricsPort === null
      ? undefined
      : createMetrics([
          {
            name: 'roster_hashes_running',
            help: 'Password hashes in flight',
            read: () => queue.depth().running,
          },
          {
            name: 'roster_hashes_waiting',
            help: 'Password hashes that wait',
            read: () => queue.depth().waiting,
          },
          {
            name: 'roster_mail_queued',
            help: 'Mails that wait to be sent',
            read: async () => (await outbox.status()).queued,
          },
          {
            name: 'roster_mail_oldest_seconds',
            help: 'Age of the oldest mail that waits',
            read: async () => (await outbox.status()).oldest_seconds,
          },
          {
            name: 'roster_mail_failed',
            help: 'Mails that were given up in the last week',
            read: async () => (await outbox.status()).failed,
          },
        ])

  const app = createHttpServer(
    { ...config, version },
    {
      bearer: (token, origin) =>
        apiKeys.isApiKey(token) ? apiKeys.authenticate(token, origin) : sessions.authenticate(token, origin),
      basic: signIn.basic,
      async ready() {
        if (!state.isReady) throw new Error('the database is not migrated yet')
        await database.ping()
      },
      idempotency,
      ...(metrics && { observe: metrics.observe }),
      turnAway() {
        if (!state.isReady)
          return new AppError('dependency_unavailable', { detail: 'The service is starting.' })
        return overload.isOverloaded() ? new AppError('overloaded') : null
      },
    },
    log,
  )
  for (const routes of [
    watchRefusals(createRefusals(database, audit)),
    transferRoutes(transfer, userFilters),
    userRoutes(users, pages),
    signInRoutes({ signIn, logout: sessions.logout, userShape: UserShape }),
    sessionRoutes(
      sessions,
      signingKeys,
      async (caller, userId, permission) => void (await users.mayManage(caller, userId, permission)),
    ),
    apiKeyRoutes(apiKeys, pages),
    roleRoutes(roles),
    auditRoutes(audit, pages),
    accountRoutes({
      account,
      setup,
      userData,
      shapes: { user: UserShape, apiKey: ApiKeyShape, auditEvent: AuditEventShape },
    }),
  ]) {
    routes(app)
  }
  let sending: Sending | undefined
  return {
    config,
    app,
    database,
    users,
    transfer,
    signingKeys,
    setup,
    housekeeping,
    /** Brings the database up to date; the routes answer from then on. @throws dependency_unavailable */
    async prepare(): Promise<void> {
      await migrate(database)
      await roles.ensureBuiltIn()
      await signingKeys.tend()
      state.isReady = true
    },
    /** Starts what works in the background. */
    async start(): Promise<void> {
      await metrics?.listen(config.host, config.metricsPort ?? 0)
      sending = startSending({
        database,
        outbox,
        messages,
        mailer,
        log,
        gaveUp: (tx, { template, userId, reason }) =>
          audit.record(tx, systemCaller, {
            type: 'mail.failed',
            outcome: 'failure',
            reason,
            target: { kind: 'user', id: userId },
            changes: { template },
          }),
      })
      housekeeping.start()
    },
    /** Ends it, then closes the database. The HTTP server has been closed before. */
    async stop(): Promise<void> {
      overload.stop()
      await Promise.all([sending?.stop(), housekeeping.stop()])
      await metrics?.close()
      await database.close()
    },
  }
}
