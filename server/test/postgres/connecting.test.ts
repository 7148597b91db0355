/** What a start says when PostgreSQL does not take the connection, and which connections are encrypted and checked. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import pg from 'pg'
import { readConfig } from '../../src/config.ts'
import { databaseOptions, openDatabase } from '../../src/database/open.ts'
import { freePort } from '../postgres-server.ts'
import { type EncryptedServer, startEncryptedPostgres } from './encrypted-server.ts'

const bin = new URL('../../bin/roster.js', import.meta.url).pathname
const ROSTER_SECRET_KEY = randomBytes(32).toString('base64')

function run(
  settings: Record<string, string>,
  onOutput: (output: string, end: () => void) => void = () => {},
) {
  const env = { PATH: process.env['PATH'], ROSTER_PORT: '0', ROSTER_SECRET_KEY, ...settings }
  const child = spawn(process.execPath, [bin, 'serve'], { env, stdio: 'pipe' })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += String(chunk)
      onOutput(output, () => child.killed || child.kill('SIGTERM'))
    })
  return once(child, 'close').then(([code]) => ({ code: code as number, output }))
}

describe('a start on PostgreSQL', { timeout: 240_000 }, () => {
  let server: EncryptedServer
  const urlOf = (user: string, database: string, query = '') =>
    `postgres://${user}@localhost:${server.port}/${database}${query}`

  before(async () => {
    server = await startEncryptedPostgres('host all guarded all scram-sha-256\n')
    await server.run(`create role guarded login password 'right'`)
  })
  after(() => server.stop())

  const refusals: [what: string, url: () => string, said: RegExp][] = [
    [
      'the password is wrong',
      () => urlOf('guarded:wrong-secret', 'postgres'),
      /refuses the password of this user; .* \(28P01\)$/,
    ],
    [
      'the database is missing',
      () => urlOf('postgres', 'nowhere'),
      /has no database of this name; .* \(3D000\)$/,
    ],
    [
      'the certificate is not trusted',
      () => urlOf('postgres', 'postgres', '?sslmode=verify-full'),
      /certificate of the PostgreSQL server is not trusted \(.*\); see sslmode and sslrootcert/,
    ],
    [
      'nothing binds the password to the TLS connection',
      () => urlOf('postgres', 'postgres', '?sslmode=require&channel_binding=require'),
      /offers no channel binding/,
    ],
  ]
  for (const [what, url, said] of refusals)
    it(`ends with one sentence when ${what}`, async () => {
      const { code, output } = await run({ DATABASE_URL: url() })
      assert.equal(code, 1, output)
      // On a busy machine it may have waited before.
      assert.match(output.trim().split('\n').at(-1)!, said)
      assert.doesNotMatch(output, /\n {4}at /)
      assert.doesNotMatch(output, /wrong-secret/)
    })

  it('ends when another application has a table of ours', async () => {
    const client = new pg.Client(server.url)
    await client.connect()
    await client.query('create database foreign_tables')
    await client.end()
    const other = new pg.Client(urlOf('postgres', 'foreign_tables'))
    await other.connect()
    await other.query('create table users (id int)')
    await other.end()
    const { code, output } = await run({ DATABASE_URL: urlOf('postgres', 'foreign_tables') })
    assert.equal(code, 1)
    assert.match(output.trim(), /^roster: the database has a table of the same name .* \(42P07\)$/)
  })

  it('encrypts when asked to, and checks the certificate when asked to', async () => {
    const isEncrypted = async (query: string) => {
      const config = readConfig({ DATABASE_URL: urlOf('postgres', 'postgres', query), ROSTER_SECRET_KEY })
      const database = openDatabase({ ...databaseOptions(config), poolSize: 1 })
      const { rows } = await sql<{
        ssl: boolean
      }>`select ssl from pg_stat_ssl where pid = pg_backend_pid()`.execute(database.read)
      await database.close()
      return rows[0]!.ssl
    }
    assert.equal(await isEncrypted('?sslmode=disable'), false)
    assert.equal(await isEncrypted('?sslmode=allow'), false)
    for (const query of ['', '?sslmode=require', `?sslmode=verify-full&sslrootcert=${server.ca}`])
      assert.equal(await isEncrypted(query), true, query)
    const url = `postgres://postgres@127.0.0.1:${server.port}/postgres`
    // The certificate is for localhost: the address is another name, which only verify-full minds.
    const named = (mode: string) =>
      openDatabase({
        ...databaseOptions(
          readConfig({ DATABASE_URL: `${url}?sslmode=${mode}&sslrootcert=${server.ca}`, ROSTER_SECRET_KEY }),
        ),
        poolSize: 1,
      })
    const [lenient, strict] = [named('verify-ca'), named('verify-full')]
    await lenient.ping()
    await assert.rejects(strict.ping())
    await Promise.all([lenient.close(), strict.close()])
  })
})

describe('a start while PostgreSQL is away', { timeout: 240_000 }, () => {
  it('waits, says why, and ends in order on SIGTERM', async () => {
    const port = await freePort()
    const { code, output } = await run(
      { DATABASE_URL: `postgres://roster:secret-word@127.0.0.1:${port}/roster` },
      (output, end) => {
        if (output.includes('db.unreachable')) end()
      },
    )
    assert.equal(code, 0, output)
    assert.match(output, /waiting for the database: connect ECONNREFUSED 127\.0\.0\.1/)
    assert.match(output, /system\.stopped/)
    assert.doesNotMatch(output, /secret-word/)
  })

  it('ends when its port is taken', async (t) => {
    const holder = createServer().listen(0, '127.0.0.1')
    t.after(() => holder.close())
    await once(holder, 'listening')
    const { port } = holder.address() as { port: number }
    const { code, output } = await run({ DATABASE_URL: 'sqlite::memory:', ROSTER_PORT: String(port) })
    assert.equal(code, 1)
    assert.match(output.trim(), new RegExp(`^roster: ROSTER_PORT ${port} is in use by another process`))
  })
})
