/** The real service on a real database, called over HTTP. */
import { randomBytes } from 'node:crypto'
import { after, describe } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRoster, type Roster } from '../src/app.ts'
import { systemCaller } from '../src/caller.ts'
import { readConfig } from '../src/config.ts'
import { snapshotMs } from '../src/database/sqlite/sqlite.ts'
import { AppError } from '../src/errors.ts'
import { defaultTimeouts } from '../src/http/connection/deadlines.ts'
import { closeServer } from '../src/http/connection/drain.ts'
import { createLog } from '../src/log/log.ts'
import { openTracing, tellFailures } from '../src/tracing/tracing.ts'
import { undocumented } from './documented.ts'
import './plans/collect.ts'
import { givenUp } from '../src/attempt.ts'
import { unavailable } from '../src/database/dialect.ts'
import { patiently } from './harness/wait.ts'
import { createDatabase, dropDatabase, type PostgresServer, startPostgres } from './postgres-server.ts'

export type Answer = {
  status: number
  headers: Headers
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  body: any
}

export type Credentials = string | { username: string; password: string } | undefined

export type Request = {
  /** Sent as JSON; a string is sent as it is. */
  body?: unknown
  /** A bearer token, or Basic credentials. */
  as?: Credentials
  headers?: Record<string, string>
}

export type Service = {
  url: string
  roster: Roster
  engine: Engine
  call(method: string, path: string, request?: Request): Promise<Answer>
  /** Creates a user with the password `password`, by default an ordinary one. */
  createUser(fields?: Partial<NewTestUser>): Promise<TestUser>
  /** An administrator with an access token; the same at every call. */
  admin(): Promise<TestUser>
  /** The lines of the log so far. */
  logs(): Record<string, unknown>[]
  stop(): Promise<void>
}

type NewTestUser = { username: string; email: string; roles: string[]; email_verified: boolean }
export type TestUser = { id: string; username: string; email: string; token: string; refresh: string }

type Options = {
  /**
   * Whether `call` asks again, as a client should, when a busy service refuses a request with 503: true by default, so
   * that tests hold on a busy machine; false in tests of these refusals.
   */
  isPatient?: boolean
}

export type Engine = {
  name: 'sqlite' | 'postgres'
  /** The URL of a new, empty database. */
  createDatabase(): Promise<string>
  /** Starts a service on a new database, or on the one of `DATABASE_URL` among the settings. */
  start(settings?: Record<string, string>, options?: Options): Promise<Service>
}

export const password = 'correct horse battery'

/** `TEST_ENGINES=sqlite` leaves PostgreSQL out. */
const engines = (['sqlite', 'postgres'] as const).filter((name) =>
  (process.env['TEST_ENGINES'] ?? 'sqlite,postgres').split(',').includes(name),
)

/** Describes the same behaviour on SQLite and on PostgreSQL. Services that the tests start are stopped at the end. */
export function onBothEngines(name: string, tests: (engine: Engine) => void): void {
  for (const engineName of engines) {
    describe(`${name} (${engineName})`, () => {
      const { engine, cleanUp } = createEngine(engineName)
      after(cleanUp)
      tests(engine)
    })
  }
}

let ownServer: Promise<PostgresServer> | undefined

async function serverUrl(): Promise<string> {
  const given = process.env['TEST_DATABASE_URL']
  if (given) return given
  ownServer ??= startPostgres()
  return (await ownServer).url
}

after(async () => {
  await (await ownServer)?.stop()
})

export function createEngine(name: Engine['name']): { engine: Engine; cleanUp(): Promise<void> } {
  const services: Service[] = []
  const databases: string[] = []
  const engine: Engine = {
    name,
    async createDatabase() {
      if (name === 'sqlite') return 'sqlite::memory:'
      const database = `roster_${randomBytes(8).toString('hex')}`
      databases.push(database)
      return createDatabase(await serverUrl(), database)
    },
    async start(settings = {}, { isPatient = true } = {}) {
      const DATABASE_URL = settings['DATABASE_URL'] ?? (await engine.createDatabase())
      const service = await startService(engine, { ...settings, DATABASE_URL }, isPatient)
      services.push(service)
      return service
    },
  }
  return {
    engine,
    async cleanUp() {
      for (const service of services) await service.stop()
      for (const database of databases) await dropDatabase(await serverUrl(), database)
    },
  }
}

/** So that two services on one database share it. */
const secretKey = randomBytes(32).toString('base64')

async function startService(
  engine: Engine,
  settings: Record<string, string>,
  isPatient: boolean,
): Promise<Service> {
  const lines: string[] = []
  const config = readConfig({
    ROSTER_PORT: '0',
    ROSTER_PUBLIC_URL: 'http://roster.test',
    ROSTER_SECRET_KEY: secretKey,
    ROSTER_RATE_LIMITS: 'off',
    ...settings,
  })
  const handlerMs = isPatient ? 120_000 : defaultTimeouts.handlerMs
  const tracing = openTracing(config)
  const log = createLog(
    config.logLevel,
    { write: (line: string) => void lines.push(line) },
    tracing?.logMembers,
  )
  if (tracing) tellFailures(tracing, log)
  const withTimeouts = { ...config, timeouts: { ...defaultTimeouts, handlerMs } }
  const roster = createRoster(withTimeouts, log, tracing)
  await roster.app.listen({ host: config.host, port: config.port })
  await roster.prepare()
  await roster.start()
  const { port } = roster.app.server.address() as { port: number }
  const url = `http://127.0.0.1:${port}`
  const call = async (method: string, path: string, request: Request = {}) => {
    // Another service may have just written to the same file.
    if (config.databaseUrl.startsWith('sqlite:') && !config.databaseUrl.endsWith(':memory:'))
      await sleep(2 * snapshotMs)
    const ask = () => send(url, method, path, request)
    return isPatient && !path.startsWith('/health/') ? patiently(ask, isBusy) : ask()
  }
  const createUser = async (fields: Partial<NewTestUser> = {}) => createTestUser(roster, call, fields)
  let admin: Promise<TestUser> | undefined
  let stopped: Promise<void> | undefined
  return {
    url,
    roster,
    engine,
    call,
    createUser,
    admin() {
      admin ??= createUser({ username: 'admin', email: 'admin@example.com', roles: ['admin', 'user'] })
      return admin
    },
    logs: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
    stop() {
      stopped ??= closeServer(roster.app, 1000).then(() => roster.stop())
      return stopped
    },
  }
}

async function createTestUser(
  roster: Roster,
  call: Service['call'],
  fields: Partial<NewTestUser>,
): Promise<TestUser> {
  const username = fields.username ?? `user-${randomBytes(5).toString('hex')}`
  const email = fields.email ?? `${username}@example.com`
  await roster.users.create(systemCaller, { roles: ['user'], ...fields, username, email, password })
  const { status, body } = await call('POST', '/auth/login', { body: { username, password } })
  if (status !== 200) throw new Error(`cannot sign in: ${JSON.stringify(body)}`)
  return { id: body.user.id, username, email, token: body.access_token, refresh: body.refresh_token }
}

/** The refusals that a busy machine causes. They have changed nothing. */
const refusals: readonly (string | undefined)[] = [
  new AppError('overloaded').detail,
  givenUp().detail,
  unavailable(undefined).detail,
  'Too many sign-ins at once.',
]

const isBusy = ({ status, body }: Answer) => status === 503 && refusals.includes(body?.detail)

export async function send(
  url: string,
  method: string,
  path: string,
  { body, as, headers = {} }: Request,
): Promise<Answer> {
  const sent = new Headers(headers)
  if (body !== undefined && !sent.has('content-type')) sent.set('content-type', 'application/json')
  if (as !== undefined) sent.set('authorization', authorization(as))
  const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body)
  // A link of an answer is absolute.
  const target = path.replace(/^http:\/\/roster\.test/, '')
  const response = await fetch(`${url}${target}`, {
    method,
    headers: sent,
    redirect: 'manual',
    ...(text === undefined ? {} : { body: text }),
  })
  const received = await response.text()
  const isJson = /[/+]json$/.test((response.headers.get('content-type') ?? '').split(';')[0]!)
  const answer = {
    status: response.status,
    headers: response.headers,
    text: received,
    body: isJson && received !== '' ? JSON.parse(received) : undefined,
  }
  const fault = undocumented(method, target, answer)
  if (fault !== null) throw new Error(fault)
  return answer
}

export function authorization(as: NonNullable<Credentials>): string {
  if (typeof as === 'string') return `Bearer ${as}`
  return `Basic ${Buffer.from(`${as.username}:${as.password}`).toString('base64')}`
}
