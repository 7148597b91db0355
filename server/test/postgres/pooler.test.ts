/** Behind a pooler: nothing is asked of it that it does not know, and nothing is left on connections that others get. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { after, describe, it } from 'node:test'
import pg from 'pg'
import { openDatabase } from '../../src/database/open.ts'
import { createEngine, password, type Service } from '../harness.ts'
import { pgbouncerVersion, startPgbouncer } from '../pgbouncer.ts'

const version = pgbouncerVersion()
const skip =
  version === null ? 'there is no PgBouncer on this machine (Debian: apt-get install pgbouncer)' : false

for (const mode of ['session', 'transaction'] as const) {
  describe(`PgBouncer in ${mode} mode (${version})`, { skip }, () => {
    const { engine, cleanUp } = createEngine('postgres')
    after(cleanUp)

    it('serves everything as PostgreSQL alone does', { timeout: 240_000 }, async (t) => {
      const direct = await engine.createDatabase()
      const pooler = await startPgbouncer(direct, mode)
      t.after(pooler.stop)
      const service = await engine.start({ DATABASE_URL: pooler.url })
      t.after(service.stop)
      await exercise(service)
      // A busy machine turns requests away, which are then sent again.
      const isSurprise = (line: Record<string, unknown>) =>
        (Number(line['status']) >= 500 || line['level'] === 'error') &&
        !JSON.stringify(line).includes('"overloaded"')
      const surprises = service.logs().filter(isSurprise)
      assert.deepEqual(surprises, [])
      assert.deepEqual(await settingsSeenByOthers(pooler.url), ['0', '0', '0'])
    })
  })
}

describe('PgBouncer in session mode with the setting for it', { skip }, () => {
  it('keeps the limits of time and the prepared statements of each connection', async (t) => {
    const { engine, cleanUp } = createEngine('postgres')
    t.after(cleanUp)
    const pooler = await startPgbouncer(await engine.createDatabase(), 'session')
    t.after(pooler.stop)
    const service = await engine.start({ DATABASE_URL: pooler.url, ROSTER_DATABASE_POOLER: 'session' })
    await exercise(service)
    await service.stop()
  })
})

/** Many concurrent requests of many kinds, so that each transaction gets connections that others have used. */
async function exercise(service: Service): Promise<void> {
  const admin = await service.admin()
  const as = admin.token
  const rounds = Array.from({ length: 16 }, async (_, at) => {
    const username = `pooled-${at}`
    const created = await service.call('POST', '/users', {
      as,
      body: { username, email: `${username}@example.com`, password },
      headers: { 'idempotency-key': username },
    })
    assert.equal(created.status, 201, created.text)
    const path = `/users/${created.body.id}`
    const answers = [
      await service.call('GET', path, { as }),
      await service.call('PATCH', path, { as, body: { first_name: `n${at}` } }),
      await service.call('GET', `/users?q=${username}`, { as }),
      await service.call('POST', '/auth/login', { body: { username, password } }),
      await service.call('GET', '/users?sort=-created_at&limit=5', { as }),
    ]
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200, 200, 200],
    )
    assert.match(created.body.created_at, /^\d{4}-\d\d-\d\dT.*Z$/)
  })
  await Promise.all(rounds)
}

/** What another client of the pooler finds set on the connections that we used. */
async function settingsSeenByOthers(url: string): Promise<string[]> {
  const client = new pg.Client(url)
  await client.connect()
  const names = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout']
  const { rows } = await client.query(
    `select ${names.map((name) => `current_setting('${name}') as ${name}`).join(', ')}`,
  )
  await client.end()
  return names.map((name) => rows[0][name])
}

describe('a connection to PostgreSQL', () => {
  it('begins with parameters only that every pooler knows', async (t) => {
    const server = createServer().listen(0, '127.0.0.1')
    t.after(() => server.close())
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const database = openDatabase({ url: `postgres://u@127.0.0.1:${port}/db?sslmode=disable`, poolSize: 1 })
    const pinged = database.ping().catch(() => {})
    const [socket] = await once(server, 'connection')
    const [message] = (await once(socket, 'data')) as [Buffer]
    socket.destroy()
    await pinged
    await database.close()
    const words = message.subarray(8).toString('utf8').split('\0')
    const names = words.filter((_, at) => at % 2 === 0).filter(Boolean)
    assert.deepEqual(names.sort(), [
      'DateStyle',
      'TimeZone',
      'application_name',
      'client_encoding',
      'database',
      'user',
    ])
  })

  it('reads instants alike whatever the time zone and the style of dates of the server are', async (t) => {
    const { engine, cleanUp } = createEngine('postgres')
    t.after(cleanUp)
    const url = await engine.createDatabase()
    const client = new pg.Client(url)
    await client.connect()
    const name = new URL(url).pathname.slice(1)
    await client.query(`alter database ${name} set datestyle = 'German'`)
    await client.query(`alter database ${name} set timezone = 'Asia/Kolkata'`)
    await client.end()
    const service = await engine.start({ DATABASE_URL: url })
    const admin = await service.admin()
    const { body } = await service.call('GET', `/users/${admin.id}`, { as: admin.token })
    assert.ok(Math.abs(Date.parse(body.created_at) - Date.now()) < 600_000, body.created_at)
    await service.stop()
  })
})
