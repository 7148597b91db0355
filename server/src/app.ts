/** The service: the features, the HTTP server and the background work. */
import { backupJobs } from './backup/schedule.ts'
import type { Config } from './config.ts'
import { databaseOptions, openDatabase } from './database/open.ts'
import { refuseLostDatabase } from './database/presence.ts'
import { upgrade } from './database/upgrade.ts'
import { watchDatabase } from './database/watch.ts'
import { AppError } from './errors.ts'
import { createHousekeeping } from './features/housekeeping/service.ts'
import { createFeatures } from './features.ts'
import { watchOverload } from './http/admission/overload.ts'
import { actingCookie, sessionCookie } from './http/admission/session-cookie.ts'
import { createHttpServer } from './http/server.ts'
import type { Log } from './log/log.ts'
import { version } from './runtime/version.ts'
import { deriveKeys, loadSecretKey } from './secret-key.ts'
import { type Tracing, traceBy } from './tracing/tracing.ts'
import { createBackground } from './wiring/background.ts'
import { createServiceMetrics } from './wiring/metrics.ts'
import { createRoutes } from './wiring/routes.ts'

export type Roster = ReturnType<typeof createRoster>

/** Creates the complete service without starting it: it does not migrate and does not listen. */
export function createRoster(config: Config, log: Log, tracing: Tracing | null = null) {
  const secretKey = loadSecretKey(config)
  const keys = deriveKeys(secretKey.bytes)
  const trace = traceBy(tracing)
  const database = openDatabase({ ...databaseOptions(config), tracing })
  const watch = watchDatabase(database, log)
  const features = createFeatures({ config, log, database, keys, trace })
  const { roles, sessions, setup, signIn, signingKeys } = features
  /** A backup may take minutes, so it does not block the other jobs. */
  const backups = createHousekeeping({ database, log, jobs: backupJobs(config, log) })
  const background = createBackground({ log, database, trace, features, backups })
  const metrics = createServiceMetrics({ config, database, watch, features, backups })
  const overload = watchOverload()
  const state = { isReady: false }

  const app = createHttpServer(
    { ...config, version },
    {
      bearer: features.bearer,
      basic: signIn.basic,
      cookie: {
        name: sessionCookie(config.publicUrl).name,
        actingName: actingCookie(config.publicUrl).name,
        caller: sessions.authenticateCookie,
      },
      async ready() {
        if (!state.isReady) throw new Error('the database is not migrated yet')
        await watch.ready()
      },
      async startPage(caller) {
        if (caller.kind === 'user') return caller.permissions.has('users:read') ? '/console' : '/account'
        return (await setup.isDone()) ? '/sign-in' : '/console/setup'
      },
      idempotency: features.idempotency,
      prove: features.needProof,
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
  for (const routes of createRoutes({ config, database, keys, features, ready: watch.ready })) routes(app)

  let metricsOpen: Promise<void> | undefined
  const openMetrics = async () => {
    metricsOpen ??= metrics?.listen(config.host, config.metricsPort ?? 0)
    await metricsOpen
  }
  return {
    config,
    app,
    database,
    features,
    users: features.users,
    transfer: features.transfer,
    signingKeys,
    statistics: features.statistics,
    setup,
    housekeeping: features.housekeeping,
    backups,
    events: features.events,
    signIn,
    floods: features.floods,
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
      background.start()
      watch.start()
    },
    /** Ends the background work, then closes the database. Close the HTTP server first. */
    async stop(): Promise<void> {
      overload.stop()
      await watch.stop()
      await background.stop()
      await metrics?.close()
      await database.close()
      await tracing?.close()
    },
  }
}
