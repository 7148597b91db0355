/** The service: the features, the HTTP server and the background work. */
import { backupJobName, backupJobs } from './backup/schedule.ts'
import { systemCaller } from './caller.ts'
import type { Config } from './config.ts'
import { databaseOptions, openDatabase } from './database/open.ts'
import { refuseLostDatabase } from './database/presence.ts'
import { freeBytes } from './database/sqlite/files.ts'
import { upgrade } from './database/upgrade.ts'
import { watchDatabase } from './database/watch.ts'
import { AppError } from './errors.ts'
import { emailSignInRoutes } from './features/account/email-sign-in/routes.ts'
import { type Fulfilling, startFulfilling } from './features/account/requests/fulfilling.ts'
import { accountRoutes } from './features/account/routes.ts'
import { ApiKeyShape, apiKeyRoutes } from './features/api-keys/routes.ts'
import { ConnectionShape, connectionRoutes } from './features/applications/grants/routes.ts'
import { protocolRoutes } from './features/applications/protocol/protocol-routes.ts'
import { applicationRoutes } from './features/applications/routes.ts'
import { createRefusals } from './features/audit/refusals.ts'
import { AuditEventShape, auditRoutes, watchRefusals } from './features/audit/routes.ts'
import { userEventTypes } from './features/events/event.ts'
import { eventRoutes } from './features/events/routes.ts'
import { passkeyRoutes } from './features/factors/passkeys/routes.ts'
import { FactorsShape, factorRoutes } from './features/factors/routes.ts'
import { TrustedBrowserShape, trustedBrowserRoutes } from './features/factors/trusted/routes.ts'
import { groupRoutes } from './features/groups/routes.ts'
import { createHousekeeping, jobAges } from './features/housekeeping/service.ts'
import { IdentityShape, identityRoutes } from './features/identity-providers/identity-routes.ts'
import { identityProviderRoutes } from './features/identity-providers/routes.ts'
import { providerSignInRoutes } from './features/identity-providers/sign-in-routes.ts'
import { createInstallation } from './features/installation/feature.ts'
import { installationRoutes } from './features/installation/routes.ts'
import { jobRoutes } from './features/jobs/routes.ts'
import { proofRoutes } from './features/proof/routes.ts'
import { roleRoutes } from './features/roles/routes.ts'
import { scimConnectionRoutes } from './features/scim/connections/routes.ts'
import { scimRoutes } from './features/scim/routes.ts'
import { impersonationRoutes } from './features/sessions/impersonation/routes.ts'
import { SessionShape, sessionRoutes } from './features/sessions/routes.ts'
import { gatewayRoutes } from './features/sign-in/gateway-routes.ts'
import { signInRoutes } from './features/sign-in/routes.ts'
import { statusRoutes } from './features/sign-in/status-routes.ts'
import { statisticsRoutes } from './features/statistics/routes.ts'
import { transferRoutes } from './features/transfer/routes.ts'
import { userFilters } from './features/users/list/parameters.ts'
import { userRoutes } from './features/users/routes.ts'
import { UserInEventShape, UserShape } from './features/users/shapes.ts'
import { deliveryRoutes } from './features/webhooks/deliveries/routes.ts'
import { webhookRoutes } from './features/webhooks/routes.ts'
import { createFeatures } from './features.ts'
import { browserCookie } from './http/admission/browser-cookie.ts'
import { watchOverload } from './http/admission/overload.ts'
import { actingCookie, sessionCookie } from './http/admission/session-cookie.ts'
import { trustedCookie } from './http/admission/trusted-cookie.ts'
import { createPages } from './http/pagination.ts'
import { createHttpServer } from './http/server.ts'
import type { Log } from './log/log.ts'
import { type Sending, startSending } from './mail/sending.ts'
import { createMetrics, gaugesOf } from './metrics.ts'
import { linkPages } from './pages/link-pages.ts'
import { uiPages } from './pages/ui-pages.ts'
import { version } from './runtime/version.ts'
import { deriveKeys, loadSecretKey } from './secret-key.ts'
import { type Tracing, traceBy } from './tracing/tracing.ts'

export type Roster = ReturnType<typeof createRoster>

/** Creates the complete service without starting it: it does not migrate and does not listen. */
export function createRoster(config: Config, log: Log, tracing: Tracing | null = null) {
  const secretKey = loadSecretKey(config)
  const keys = deriveKeys(secretKey.bytes)
  const database = openDatabase({ ...databaseOptions(config), tracing })
  const pages = createPages(keys.cursors, config.publicUrl)
  const watch = watchDatabase(database, log)
  const features = createFeatures({ config, log, database, keys, trace: traceBy(tracing) })
  const {
    account,
    apiKeys,
    applications,
    audit,
    budget,
    protocol,
    factors,
    floods,
    groups,
    housekeeping,
    idempotency,
    identityProviders,
    mailer,
    messages,
    outbox,
  } = features
  const { proof, queue, requests, roles, sessions, setup, signIn, signingKeys, transfer, userData, users } =
    features
  const { providers, identities, flow } = identityProviders
  const cookie = sessionCookie(config.publicUrl)
  const acting = actingCookie(config.publicUrl)
  const browser = browserCookie(config.publicUrl, 'provider')
  const emailCookie = browserCookie(config.publicUrl, 'email')
  const state = { isReady: false }
  const overload = watchOverload()
  /** A backup may take minutes, so it does not block the other jobs. */
  const backups = createHousekeeping({ database, log, jobs: backupJobs(config, log) })
  const measured = {
    ...{ database, queue, budget, outbox, watch },
    // A job of an earlier version stays in the table, but never runs.
    jobAges: async () => {
      const known = new Set([...housekeeping.names, ...backups.names])
      return new Map([...(await jobAges(database))].filter(([name]) => known.has(name)))
    },
    backupJob: config.backupTo === null ? null : backupJobName,
    freeBytes: config.postgres ? null : () => freeBytes(config.databaseUrl.slice('sqlite:'.length)),
  }
  const metrics = config.metricsPort === null ? undefined : createMetrics(gaugesOf(measured))

  const app = createHttpServer(
    { ...config, version },
    {
      bearer: features.bearer,
      basic: signIn.basic,
      cookie: { name: cookie.name, actingName: acting.name, caller: sessions.authenticateCookie },
      async ready() {
        if (!state.isReady) throw new Error('the database is not migrated yet')
        await watch.ready()
      },
      async startPage(caller) {
        if (caller.kind === 'user') return caller.permissions.has('users:read') ? '/console' : '/account'
        return (await setup.isDone()) ? '/sign-in' : '/console/setup'
      },
      idempotency,
      prove: proof.need,
      ...(metrics && { observe: metrics.observe }),
      tracing,
      turnAway() {
        if (!state.isReady)
          return new AppError('dependency_unavailable', { detail: 'The service is starting.' })
        return overload.isOverloaded(app.deadlines.running.size) ? new AppError('overloaded') : null
      },
    },
    log,
  )
  for (const routes of [
    watchRefusals(createRefusals(database, audit, floods)),
    transferRoutes(transfer, userFilters),
    userRoutes(users, pages),
    signInRoutes({
      signIn,
      logout: sessions.logout,
      cookie,
      emailCookie,
      trustedCookie: trustedCookie(config.publicUrl, config.trustedBrowserDays),
      shapes: { user: UserShape, session: SessionShape },
    }),
    gatewayRoutes({
      publicUrl: config.publicUrl,
      getUser: async (id) => ({ ...(await users.get(id)).user, roles: await roles.heldBy(id) }),
      groupsOf: groups.namesOf,
    }),
    sessionRoutes(
      sessions,
      signingKeys,
      async (caller, userId, permission) => void (await users.mayManage(caller, userId, permission)),
      users.mayEndAccess,
      account.endSessions,
    ),
    impersonationRoutes(sessions.impersonations, acting, { session: SessionShape }),
    apiKeyRoutes(apiKeys, pages),
    applicationRoutes(applications, pages),
    connectionRoutes(features.connections),
    protocolRoutes(protocol, features.introspect, config),
    identityProviderRoutes({ providers, test: flow.test }, pages),
    providerSignInRoutes(flow, { publicUrl: config.publicUrl, session: cookie, browser }),
    identityRoutes(identities, flow, browser),
    factorRoutes(factors),
    passkeyRoutes(features.passkeys),
    trustedBrowserRoutes(features.trustedBrowsers),
    proofRoutes(proof, cookie),
    roleRoutes(roles),
    statisticsRoutes(features.statistics),
    installationRoutes(
      createInstallation({
        ...{ config, version, database, outbox, signingKeys },
        ...{ ready: watch.ready, messages: features.messages, findUser: users.findUser },
      }),
    ),
    groupRoutes(groups, pages),
    scimRoutes(features.scim),
    scimConnectionRoutes(features.scim, pages),
    eventRoutes(features.events, features.eventWaiting, UserInEventShape),
    statusRoutes(features.status),
    webhookRoutes(features.webhooks, userEventTypes, pages),
    deliveryRoutes(features.deliveries, pages),
    jobRoutes(features.jobs, userFilters, pages),
    auditRoutes({ list: (...query) => signIn.settled().then(() => audit.list(...query)) }, pages),
    accountRoutes({
      account,
      setup,
      userData,
      shapes: {
        user: UserShape,
        apiKey: ApiKeyShape,
        identity: IdentityShape,
        connection: ConnectionShape,
        factors: FactorsShape,
        trustedBrowser: TrustedBrowserShape,
        auditEvent: AuditEventShape,
      },
    }),
    emailSignInRoutes({ account, cookie: emailCookie }),
    linkPages(config, setup.isDone),
    uiPages(config, version, setup.isDone),
  ]) {
    routes(app)
  }
  let metricsOpen: Promise<void> | undefined
  const openMetrics = async () => {
    metricsOpen ??= metrics?.listen(config.host, config.metricsPort ?? 0)
    await metricsOpen
  }
  let sending: Sending | null = null
  let fulfilling: Fulfilling | undefined
  return {
    config,
    app,
    database,
    features,
    users,
    transfer,
    signingKeys,
    statistics: features.statistics,
    setup,
    housekeeping,
    backups,
    events: features.events,
    signIn,
    floods,
    /** Serves the metrics, also before the start, while the service waits for the database. */
    openMetrics,
    /** Migrates the database; then the routes answer. @throws dependency_unavailable */
    async prepare(): Promise<void> {
      await refuseLostDatabase(database, secretKey.foundFile)
      await upgrade(database, log)
      await roles.ensureBuiltIn()
      await signingKeys.tend(config.tokenAlgorithm)
      state.isReady = true
    },
    /** Starts the background work. */
    async start(): Promise<void> {
      await openMetrics()
      fulfilling = startFulfilling({ database, requests, fulfil: account.fulfil, log })
      sending =
        mailer &&
        startSending({
          database,
          outbox,
          messages,
          mailer,
          trace: traceBy(tracing),
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
      features.webhookSending.start()
      housekeeping.start()
      backups.start()
      features.jobRunner.start()
      features.logoutSending.start()
      floods.start()
      watch.start()
    },
    /** Ends the background work, then closes the database. Close the HTTP server first. */
    async stop(): Promise<void> {
      overload.stop()
      await watch.stop()
      await Promise.all([
        fulfilling?.stop(),
        sending?.stop(),
        housekeeping.stop(),
        backups.stop(),
        features.logoutSending.stop(),
        features.webhookSending.stop(),
        features.jobRunner.stop(),
      ])
      await signIn.settled()
      await Promise.all([floods.stop(), features.scim.settle()])
      await metrics?.close()
      await database.close()
      await tracing?.close()
    },
  }
}
