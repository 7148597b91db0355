/** One connection to PostgreSQL: how it begins, and what it may find on the other side. */
import pg from 'pg'
import { followClock, monotonicMs } from '../../clock.ts'
import type { PostgresTarget, Server } from './target.ts'
import { tlsOptions } from './tls.ts'

/**
 * What stands between us and the server. `transaction`: each transaction may get another connection of the server, so
 * nothing may be set or prepared for longer than a transaction. `session`: a connection is ours until it ends.
 */
export type Pooler = 'auto' | 'none' | 'session' | 'transaction'

/** Parts of the driver that its types leave out. */
type Inside = {
  getStartupConf(): Record<string, string>
  /** The process of the server, as it said when the connection began. */
  processID: number
  connection: {
    on(event: string, listener: (message: { mechanisms?: string[] }) => void): void
    stream: { destroy(error: Error): void }
  }
}

const insideOf = (client: pg.ClientBase) => client as unknown as Inside

/** Makes connections to one server. `isEncrypted` is asked for each one; those that have not ended are in `open`. */
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
    // Poolers keep these two for each client, also between transactions; all other settings follow later.
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

/** Ends the connection before a password is sent when the server does not bind it to the TLS connection. */
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

/** A reading that took longer says too little. */
const readingMs = 1000

export type DatabaseClock = {
  /** Takes a reading that was asked for at `startedMs` and has just arrived. */
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

/** Begins a transaction that brings its own settings, because those of the connection are not ours. */
export const beginPooled = [
  'begin isolation level read committed',
  ...Object.entries(timeouts).map(([name, ms]) => `set local ${name} = ${ms}`),
].join('; ')

/**
 * Looks at a new connection and sets its timeouts where they last as long as it does.
 * @returns whether a pooler hands transactions to connections of its own
 * @throws when the server must accept writes and does not
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
  // A pooler invents the number that a client is told, for it stands for no process of the server.
  const isPooled = pooler === 'transaction' || (pooler === 'auto' && insideOf(client).processID !== pid)
  if (!isPooled) await client.query(forSession)
  return isPooled
}
