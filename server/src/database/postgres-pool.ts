/**
 * Connections to PostgreSQL. A URL may name several hosts (`postgres://user@a:5432,b:5432/db`): the pool stays with
 * the one that accepts writes and looks for another when it is lost.
 */
import { createHash } from 'node:crypto'
import type { PostgresPool, PostgresPoolClient } from 'kysely'
import pg from 'pg'
import { isAppError } from '../errors.ts'
import { postgresDialect } from './postgres-dialect.ts'

const instantOid = 1184
const jsonOids = [114, 3802]
const integerOids = [20, 1700]

/** Values as they are on SQLite: instants as RFC 3339 UTC with milliseconds, JSON as text, integers as numbers. */
const types = new pg.TypeOverrides()
// As ISO 8601: the engine's own spelling of the year 1 would be read as 2001.
types.setTypeParser(instantOid, (text) =>
  new Date(text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')).toISOString(),
)
for (const oid of jsonOids) types.setTypeParser(oid, (text) => text)
for (const oid of integerOids) types.setTypeParser(oid, Number)

type Pool = {
  /** Statements are prepared once a connection: for the few that run all the time. */
  prepared: PostgresPool
  /** Statements are planned for their values: for searches. */
  planned: PostgresPool
  end(): Promise<void>
}

export function openPool(url: string, size: number): Pool {
  const pools = splitHosts(url).map((each) => poolOf(each, size))
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
  return { prepared: view(runPrepared), planned: view(runPlanned), end }
}

/** One URL a host; the rest of the URL is the same. */
export function splitHosts(url: string): string[] {
  const [, head, hosts, tail] = /^(postgres(?:ql)?:\/\/(?:[^@/]*@)?)([^/?]*)(.*)$/s.exec(url) ?? []
  if (head === undefined || hosts === undefined) return [url]
  return hosts.split(',').map((host) => `${head}${host}${tail}`)
}

function poolOf(url: string, size: number): pg.Pool {
  const connection = new URL(url)
  connection.searchParams.delete('target_session_attrs')
  const writable = new URL(url).searchParams.get('target_session_attrs') !== 'any'
  const pool = new pg.Pool({
    connectionString: connection.toString(),
    max: size,
    connectionTimeoutMillis: 2000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    allowExitOnIdle: true,
    application_name: 'roster',
    statement_timeout: 5000,
    query_timeout: 6000,
    lock_timeout: 2000,
    idle_in_transaction_session_timeout: 10_000,
    options: '-c timezone=UTC -c default_transaction_isolation=read\\ committed',
    types,
    // Not `verify`: when the one who waits for the connection gives up meanwhile, that one never gives it back.
    onConnect: async (client: pg.ClientBase) => {
      if (!writable) return
      const { rows } = await client.query('show transaction_read_only')
      if (rows[0]?.transaction_read_only === 'on') throw new Error('this server accepts no writes')
    },
  })
  // Without listeners a connection that breaks would end the process. An idle one is replaced by the pool; one in use
  // fails its query, or the next, and is closed by `wrap`.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

const names = new Map<string, string>()

/** A name for a statement, so that each connection parses it once. Only so many: SQL that varies is not worth it. */
function statementName(text: string): string | undefined {
  const known = names.get(text)
  if (known || names.size >= 200) return known
  const name = createHash('sha256').update(text).digest('hex').slice(0, 32)
  names.set(text, name)
  return name
}

type Run = (client: pg.PoolClient, text: string, values: unknown[]) => Promise<unknown>

const runPlanned: Run = (client, text, values) => client.query(text, values)

const runPrepared: Run = (client, text, values) => {
  const name = values.length === 0 ? undefined : statementName(text)
  return name ? client.query({ name, text, values }) : client.query(text, values)
}

/** The client as the query builder wants it. A connection that failed us is closed instead of going back to the pool. */
function wrap(client: pg.PoolClient, run: Run): PostgresPoolClient {
  let broken = false
  return {
    release: (destroy?: boolean) => client.release(broken || destroy),
    async query(text: string, values: readonly unknown[] = []) {
      try {
        return await run(client, text, [...values])
      } catch (error) {
        const translated = postgresDialect.translate(error)
        broken ||= isAppError(translated) && (error as { code?: string }).code !== '57014'
        throw translated
      }
    },
  } as unknown as PostgresPoolClient
}
