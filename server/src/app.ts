/** The wiring, from top to bottom: a feature needs only what stands above it. */
import type { Config } from './config.ts'
import { openDatabase } from './database/database.ts'
import { migrate } from './database/migrate.ts'
import { AppError } from './errors.ts'
import { apiKeyRoutes } from './features/api-keys/routes.ts'
import { createApiKeys } from './features/api-keys/service.ts'
import { createAttempts } from './features/attempts/service.ts'
import { auditRoutes } from './features/audit/routes.ts'
import { createAudit } from './features/audit/service.ts'
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
import { userFilters, userRoutes } from './features/users/routes.ts'
import { UserShape } from './features/users/shapes.ts'
import { createUsers } from './features/users/users.ts'
import { networkOf } from './http/address.ts'
import { watchOverload } from './http/overload.ts'
import { createPages } from './http/pages.ts'
import { createHttpServer } from './http/server.ts'
import type { Log } from './log.ts'
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

  const mail = {
    welcome: async () => {},
    confirmEmail: async () => {},
    newDevice: async () => {},
    passwordDisabled: async () => {},
  }
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
    transferRoutes(transfer, userFilters),
    userRoutes(users, pages),
    signInRoutes({ signIn, logout: sessions.logout, userShape: UserShape }),
    sessionRoutes(
      sessions,
      signingKeys,
      async (caller, userId) => void (await users.mayManage(caller, userId)),
    ),
    apiKeyRoutes(apiKeys, pages),
    roleRoutes(roles),
    auditRoutes(audit, pages),
  ]) {
    routes(app)
  }
  return {
    config,
    app,
    database,
    users,
    transfer,
    signingKeys,
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
    },
    /** Ends it, then closes the database. The HTTP server has been closed before. */
    async stop(): Promise<void> {
      overload.stop()
      await metrics?.close()
      await database.close()
    },
  }
}
