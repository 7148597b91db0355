import { setTimeout as sleep } from 'node:timers/promises'
import { createRoster, type Roster } from '../app.ts'
import { now } from '../clock.ts'
import { type Config, ConfigError, readConfig } from '../config.ts'
import { explain } from '../database/explain.ts'
import { refuseNewKey } from '../database/presence.ts'
import { looseFiles } from '../database/sqlite/files.ts'
import { isAppError } from '../errors.ts'
import { beginDrain, closeServer } from '../http/connection/drain.ts'
import { createLog, flushLog, type Log } from '../log/log.ts'
import { type Duration, phraseIn } from '../mail/phrases.ts'
import { adaptHeapGrowth } from '../runtime/heap-growth.ts'
import { collectWhenIdle } from '../runtime/idle-memory.ts'
import { openTracing, tellFailures } from '../tracing/tracing.ts'
import { type Command, checkSecretKey } from './command.ts'

export const serve: Command = {
  name: 'serve',
  about: 'Run the service',
  examples: [''],
  async run() {
    const config = readConfig()
    refuseOpenFiles(config)
    refuseNewKey(config)
    const tracing = openTracing(config)
    const log = createLog(config.logLevel, undefined, tracing?.logMembers)
    if (tracing) tellFailures(tracing, log)
    const roster = createRoster(config, log, tracing)
    catchStrays(log)
    const { stopped, stopping } = stopOnSignal(roster, log)
    // Listen first, so that the health checks answer while the service waits for the database.
    await listen(roster)
    await roster.openMetrics().catch((error: NodeJS.ErrnoException) => {
      throw new ConfigError(portFault('ROSTER_METRICS_PORT', config.metricsPort, error))
    })
    const address = roster.app.server.address()
    const port = typeof address === 'object' && address !== null ? address.port : config.port
    if (!(await prepared(roster, log, stopping))) return stopped
    await tellRisk(roster, log)
    await roster.start()
    collectWhenIdle()
    adaptHeapGrowth()
    if (config.production && config.mailUrl === null)
      log.warn(
        { event: 'mail.no_server' },
        'mails wait, for there is no mail server to send them: set ROSTER_MAIL_URL',
      )
    const setup = await roster.setup.createLink()
    if (setup) tellSetupLink(setup)
    log.info(
      { event: 'system.ready', port },
      `Roster listens on http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`,
    )
    flushLog(log)
    return stopped
  },
}

/**
 * Prints the link for the first administrator to standard error, at every log level. Without a terminal it is JSON, like
 * the log.
 */
function tellSetupLink({ validity, link }: { validity: Duration; link: string }): void {
  const msg = `There is no administrator yet. Make one within ${phraseIn('en', validity)}: ${link}`
  const line = { level: 'warn', time: now(), event: 'bootstrap.link', msg }
  console.error(process.stderr.isTTY ? msg : JSON.stringify(line))
}

/** In production, other users of the system must not be able to write the SQLite file. @throws ConfigError */
function refuseOpenFiles({ production, databaseUrl }: Config): void {
  if (!production || !databaseUrl.startsWith('sqlite:') || databaseUrl === 'sqlite::memory:') return
  const loose = looseFiles(databaseUrl.slice('sqlite:'.length))
  if (loose?.isWritable) throw new ConfigError(loose.detail)
}

/** @throws ConfigError when the port is not available */
async function listen({ app, config }: Roster): Promise<void> {
  const { host, port } = config
  await app.listen({ host, port }).catch((error: NodeJS.ErrnoException) => {
    throw new ConfigError(portFault('ROSTER_PORT', port, error))
  })
}

/** The reason why the service cannot listen, with a remedy. */
function portFault(
  setting: string,
  port: number | null,
  { code = '', message }: NodeJS.ErrnoException,
): string {
  const reasons: Record<string, string> = {
    EADDRINUSE: `${setting} ${port} is in use by another process; end that one or choose another port`,
    EACCES: `${setting} ${port} needs rights that this user does not have; choose a port from 1024 on`,
    EADDRNOTAVAIL: 'ROSTER_HOST is not an address of this machine',
    ENOTFOUND: 'ROSTER_HOST is not a name that this machine knows',
  }
  return reasons[code] ?? `ROSTER_HOST: ${message}`
}

/**
 * Migrates. It waits for an unavailable database without a time limit; the log gets a line every five seconds at most.
 * @returns false when a signal ended the wait
 * @throws for errors that waiting cannot solve
 */
async function prepared(roster: Roster, log: Log, stopping: AbortSignal): Promise<boolean> {
  for (let tries = 0; !stopping.aborted; tries += 1) {
    try {
      await roster.prepare()
      await checkSecretKey(roster)
      return true
    } catch (error) {
      if (stopping.aborted) break
      const explanation = explain(error)
      if (explanation?.lasting) throw new ConfigError(explanation.reason)
      if (!isAppError(error) || error.code !== 'dependency_unavailable') throw error
      const reason = explanation?.reason ?? error.detail
      if (tries % 5 === 0)
        log.warn({ event: 'db.unreachable', reason }, `waiting for the database: ${reason}`)
    }
    await sleep(1000, undefined, { signal: stopping }).catch(() => {})
  }
  return false
}

/** Warns at the start if acknowledged writes may be lost. The loss of the complete server is checked only in production. */
async function tellRisk({ config, database }: Roster, log: Log): Promise<void> {
  const { ok, outlivesServer, detail } = await database.dialect.durability(database.read)
  if (!ok || (config.production && !outlivesServer)) log.warn({ event: 'db.at_risk' }, detail)
}

/** `stopped` resolves with the exit code after an orderly stop; a second signal ends the process immediately. */
function stopOnSignal(roster: Roster, log: Log): { stopped: Promise<number>; stopping: AbortSignal } {
  const begun = new AbortController()
  const stopped = new Promise<number>((resolve, reject) => {
    let stopping = false
    const stop = async (signal: NodeJS.Signals) => {
      if (stopping) process.exit(1)
      stopping = true
      begun.abort()
      log.info({ event: 'system.draining', signal }, 'stopping')
      beginDrain(roster.app)
      await sleep(roster.config.shutdownDelaySeconds * 1000)
      await closeServer(roster.app)
      await roster.stop()
      log.info({ event: 'system.stopped' }, 'stopped')
      flushLog(log)
      resolve(0)
    }
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop(signal).catch(reject))
  })
  return { stopped, stopping: begun.signal }
}

/** Logs an uncaught error and ends the process, so that its supervisor restarts it. */
function catchStrays(log: Log): void {
  const end = (error: unknown) => {
    log.fatal({ event: 'system.crashed', err: error }, 'an error that nothing caught')
    flushLog(log)
    process.exit(1)
  }
  process.on('uncaughtException', end)
  process.on('unhandledRejection', end)
}
