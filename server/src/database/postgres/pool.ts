/**
 * Connections to PostgreSQL. `DATABASE_URL` may name several hosts (`postgres://user@a:5432,b:5432/db`): the pool uses
 * the one that accepts writes, and looks for another one when that host is lost.
 */
import { createHash } from 'node:crypto'
import type { PostgresPool, PostgresPoolClient } from 'kysely'
import pg from 'pg'
import { isAppError, thrown } from '../../errors.ts'
import type { TraceStatement } from '../traced.ts'
import {
  begin,
  beginPooled,
  clientOf,
  type DatabaseClock,
  databaseClock,
  destroy,
  type Pooler,
} from './client.ts'
import { isStalePlan, postgresDialect } from './dialect.ts'
import type { PostgresTarget, Server } from './target.ts'

const instantOid = 1184
const jsonOids = [114, 3802]
const integerOids = [20, 1700]

/**
 * Converts values to the same form as on SQLite: instants as RFC 3339 UTC with milliseconds, JSON as text, integers as
 * numbers.
 */
const types = new pg.TypeOverrides()
// In ISO 8601, because the year 1 in the engine's own format would be parsed as 2001.
types.setTypeParser(instantOid, (text) =>
  new Date(text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')).toISOString(),
)
for (const oid of jsonOids) types.setTypeParser(oid, (text) => text)
for (const oid of integerOids) types.setTypeParser(oid, Number)

type Pool = {
  /** Statements are prepared once for each connection; for the few frequent ones. */
  prepared: PostgresPool
  /** Statements are planned for the values of their parameters; for searches. */
  planned: PostgresPool
  clock: DatabaseClock
  load(): { busy: number; waiting: number }
  end(): Promise<void>
}

export type PoolOptions = {
  size: number
  pooler: Pooler
  trace?: TraceStatement | undefined
  /** Whether `clock` is the clock of this server. */
  followsClock?: boolean
}

export function openPool(
  target: PostgresTarget,
  { size, pooler, trace, followsClock = true }: PoolOptions,
): Pool {
  const clock = followsClock ? databaseClock() : otherClock
  const pools = target.servers.map((server) => poolOf(target, server, { size, pooler, clock }))
  let current = 0

  const connect = async (): Promise<pg.PoolClient> => {
    let failure: unknown
    for (let step = 0; step < pools.length; step += 1) {
      const index = (current + step) % pools.length
      try {
        const client = await pools[index]!.connect()
        current = index
        return client
      } catch (error) {
        failure = error
      }
    }
    throw postgresDialect.translate(failure)
  }
  let ended: Promise<void> | undefined
  const end = () => {
    ended ??= Promise.all(pools.map((pool) => pool.end())).then(() => {})
    return ended
  }
  const view = (run: Run): PostgresPool => {
    const wrappers = new WeakMap<pg.PoolClient, PostgresPoolClient>()
    const wrapped = (client: pg.PoolClient) => {
      const wrapper = wrappers.get(client) ?? wrap(client, run)
      wrappers.set(client, wrapper)
      return wrapper
    }
    return {
      connect: async () => wrapped(await connect()),
      end,
      options: pools[0]!.options,
      Client: pg.Client,
    } as unknown as PostgresPool
  }
  const sum = (count: (pool: ServerPool) => number) => pools.reduce((total, pool) => total + count(pool), 0)
  const load = () => ({ busy: sum((pool) => pool.load().busy), waiting: sum((pool) => pool.load().waiting) })
  return {
    prepared: view(traced(runPrepared, trace)),
    planned: view(traced(runPlanned, trace)),
    clock,
    load,
    end,
  }
}

/** The clock of a standby, which is not used. */
const otherClock: DatabaseClock = { read() {}, skewMs: () => null }

/** Connections through a pooler that may assign each transaction to another connection of the server. */
const pooled = new WeakSet<pg.ClientBase>()

/** The timeout for closing connections. */
const endMs = 2000

type ServerPool = Pick<pg.Pool, 'connect' | 'end' | 'options'> & Pick<Pool, 'load'>

type ServerPoolOptions = Pick<PoolOptions, 'size' | 'pooler'> & { clock: DatabaseClock }

function poolOf(
  target: PostgresTarget,
  server: Server,
  { size, pooler, clock }: ServerPoolOptions,
): ServerPool {
  const { mode } = target.tls
  const open = new Set<pg.Client>()
  let encrypted = mode !== 'disable' && mode !== 'allow' && !server.host.startsWith('/')
  const pool = new pg.Pool({
    Client: clientOf(target, server, { isEncrypted: () => encrypted, open }),
    max: size,
    connectionTimeoutMillis: target.connectTimeoutMs,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    allowExitOnIdle: true,
    query_timeout: 6000,
    types,
    // The option `verify` is not used: if the caller's wait times out during the check, the pool never gets the
    // connection back.
    onConnect: async (client: pg.ClientBase) => {
      if (await begin(client, pooler, target.writable, clock)) pooled.add(client)
    },
  } as unknown as pg.PoolConfig)
  // Without listeners, a broken connection would end the process. The pool replaces an idle one. A used one fails its
  // current or next query, and `wrap` closes it.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return {
    options: pool.options,
    load: () => ({ busy: pool.totalCount - pool.idleCount, waiting: pool.waitingCount }),
    async end() {
      // Connections that wait for an unresponsive server would keep the process alive.
      const late = setTimeout(() => {
        for (const client of open) destroy(client)
      }, endMs)
      await pool.end()
      clearTimeout(late)
    },
    async connect() {
      const was = encrypted
      try {
        return await pool.connect()
      } catch (error) {
        if (!isOtherwisePossible(error, mode, was)) throw error
        encrypted = !was
        return pool.connect()
      }
    },
  }
}

/** Whether to try again with or without TLS, in the modes that allow both. */
function isOtherwisePossible(
  error: unknown,
  mode: PostgresTarget['tls']['mode'],
  encrypted: boolean,
): boolean {
  const { code, message = '' } = thrown(error)
  return (
    (mode === 'prefer' && encrypted && message.includes('does not support SSL')) ||
    (mode === 'allow' && !encrypted && code === '28000')
  )
}

const names = new Map<string, string>()
let generation = 0

/** Changes the names of all statements, so that each connection plans them again. */
function forgetPlans(): void {
  generation += 1
  names.clear()
}

/**
 * A name for a statement, so that each connection parses it once. The number of names is limited, because varying SQL
 * does not profit.
 */
function statementName(text: string): string | undefined {
  const known = names.get(text)
  if (known || names.size >= 200) return known
  const name = createHash('sha256').update(`${generation} ${text}`).digest('hex').slice(0, 32)
  names.set(text, name)
  return name
}

type Run = (client: pg.PoolClient, text: string, values: unknown[]) => Promise<unknown>

const runPlanned: Run = (client, text, values) => client.query(text, values)

const runPrepared: Run = (client, text, values) => {
  const name = values.length === 0 || pooled.has(client) ? undefined : statementName(text)
  return name ? client.query({ name, text, values }) : client.query(text, values)
}

function traced(run: Run, trace: TraceStatement | undefined): Run {
  if (trace === undefined) return run
  return (client, text, values) => trace(text, () => run(client, text, values))
}

/** A statement that exceeded its time or lock timeout, or found no space: the next one may succeed. */
function connectionStays(code: string | undefined): boolean {
  return code !== undefined && ['57014', '55P03', '53100', '53200'].includes(code)
}

/** Several statements return several results; the first one is that of `begin`. */
async function beginOn(client: pg.PoolClient): Promise<unknown> {
  const results = (await client.query(beginPooled)) as unknown as unknown[]
  return results[0]
}

/**
 * The client for the query builder. A failed connection is closed and not returned to the pool. No rollback is
 * sent, because the connection would not answer.
 */
function wrap(client: pg.PoolClient, run: Run): PostgresPoolClient {
  let failure: unknown
  let inTransaction = false
  return {
    release: (destroy?: boolean) => client.release(failure !== undefined || destroy),
    async query(text: string, values: readonly unknown[] = []) {
      if (failure !== undefined) throw failure
      if (text === 'begin') inTransaction = true
      if (text === 'commit' || text === 'rollback') inTransaction = false
      try {
        if (text === 'begin' && pooled.has(client)) return await beginOn(client)
        return await run(client, text, [...values]).catch((error: unknown) => {
          if (!isStalePlan(error)) throw error
          forgetPlans()
          // This error ends the transaction, which is repeated as a whole.
          if (inTransaction) throw error
          return run(client, text, [...values])
        })
      } catch (error) {
        const translated = postgresDialect.translate(error)
        if (isAppError(translated) && !connectionStays(thrown(error).code)) failure = translated
        throw translated
      }
    },
  } as unknown as PostgresPoolClient
}
