/** Creates connections to PostgreSQL, and checks what they are connected to. */
import pg from 'pg'
import { followClock, monotonicMs } from '../../clock.ts'
import type { PostgresTarget, Server } from './target.ts'
import { tlsOptions } from './tls.ts'

/**
 * The pooler in front of the server. `transaction`: each transaction may run on another connection of the server, so
 * settings and prepared statements last only for a transaction. `session`: a connection belongs to one client until it
 * ends.
 */
export type Pooler = 'auto' | 'none' | 'session' | 'transaction'

/** Parts of the driver that are missing in its types. */
type Inside = {
  getStartupConf(): Record<string, string>
  /** The process id of the server, from the beginning of the connection. */
  processID: number
  connection: {
    on(event: string, listener: (message: { mechanisms?: string[] }) => void): void
    stream: { destroy(error: Error): void }
  }
}

const insideOf = (client: pg.ClientBase) => client as unknown as Inside

/** Creates connections to one server. `isEncrypted` is called for each one; `open` contains those that have not ended. */
export function clientOf(
  target: PostgresTarget,
  server: Server,
  { isEncrypted, open }: { isEncrypted(): boolean; open: Set<pg.Client> },
) {
  return function client(options: pg.ClientConfig): pg.Client {
    const encrypted = isEncrypted()
    const made = new pg.Client({
      ...options,
      host: server.host,
      port: server.port,
      user: target.user,
      password: target.password,
      database: target.database,
      application_name: target.applicationName,
      options: target.options,
      ssl: tlsOptions(target.tls, encrypted),
      enableChannelBinding: target.tls.channelBinding !== 'disable',
    } as pg.ClientConfig)
    const inside = insideOf(made)
    const given = inside.getStartupConf.bind(made)
    // Poolers store these two for each client, also between transactions; all other settings follow later.
    inside.getStartupConf = () => ({ ...given(), DateStyle: 'ISO', TimeZone: 'UTC' })
    if (target.tls.channelBinding === 'require') demandBinding(inside, encrypted)
    open.add(made)
    made.once('end', () => open.delete(made))
    return made
  } as unknown as new (
    options: pg.ClientConfig,
  ) => pg.Client
}

/** Ends a connection without waiting for the server. */
export function destroy(client: pg.Client): void {
  insideOf(client).connection.stream.destroy(new Error('Connection terminated'))
}

/** Ends the connection before a password is sent if the server does not support channel binding. */
function demandBinding({ connection }: Inside, encrypted: boolean): void {
  let bound = false
  const refuse = () => connection.stream.destroy(new Error('the server offers no channel binding'))
  connection.on('authenticationSASL', ({ mechanisms = [] }) => {
    bound = encrypted && mechanisms.includes('SCRAM-SHA-256-PLUS')
    if (!bound) refuse()
  })
  for (const event of ['authenticationCleartextPassword', 'authenticationMD5Password'])
    connection.on(event, refuse)
  connection.on('authenticationOk', () => bound || refuse())
}

/** The time of the server in milliseconds. */
export const clockText = 'extract(epoch from clock_timestamp()) * 1000 as ms'

/** Slower readings of the clock are ignored, because they are too inaccurate. */
const readingMs = 1000

export type DatabaseClock = {
  /** Handles a reading that was requested at `startedMs` and has just arrived. */
  read(databaseMs: number, startedMs: number): void
  skewMs(): number | null
}

export function databaseClock(): DatabaseClock {
  let skewMs: number | null = null
  return {
    read(databaseMs, startedMs) {
      const arrivedMs = monotonicMs()
      if (arrivedMs - startedMs <= readingMs) skewMs = followClock(databaseMs, (startedMs + arrivedMs) / 2)
    },
    skewMs: () => skewMs,
  }
}

const timeouts = { statement_timeout: 5000, lock_timeout: 2000, idle_in_transaction_session_timeout: 10_000 }

const forSession = [
  ...Object.entries(timeouts).map(([name, ms]) => `set ${name} = ${ms}`),
  `set default_transaction_isolation = 'read committed'`,
].join('; ')

/** Begins a transaction with its own settings, because the connection is shared. */
export const beginPooled = [
  'begin isolation level read committed',
  ...Object.entries(timeouts).map(([name, ms]) => `set local ${name} = ${ms}`),
].join('; ')

/**
 * Checks a new connection, and sets its timeouts if they last for the connection.
 * @returns whether a pooler assigns transactions to different connections
 * @throws when the server must accept writes but does not
 */
export async function begin(
  client: pg.ClientBase,
  pooler: Pooler,
  writable: boolean,
  clock: DatabaseClock,
): Promise<boolean> {
  const startedMs = monotonicMs()
  const { rows } = await client.query<{ pid: number; read_only: string; ms: number }>(
    `select pg_backend_pid() as pid, current_setting('transaction_read_only') as read_only, ${clockText}`,
  )
  const { pid, read_only, ms } = rows[0]!
  if (writable && read_only === 'on') throw new Error('this server accepts no writes')
  clock.read(Number(ms), startedMs)
  // The process id that a pooler sends is invented: it is no process of the server.
  const isPooled = pooler === 'transaction' || (pooler === 'auto' && insideOf(client).processID !== pid)
  if (!isPooled) await client.query(forSession)
  return isPooled
}
