/**
 * PostgreSQL with the limits that managed services set: a role without rights on the server, TLS only, a private authority,
 * few connections, no extensions, a time limit for statements, and a server that ends idle connections and fails over.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { until } from '../harness/wait.ts'
import { createEngine, password, type Service, type TestUser } from '../harness.ts'
import { type EncryptedServer, startEncryptedPostgres } from './encrypted-server.ts'

describe('PostgreSQL as managed services set it up', { timeout: 240_000 }, () => {
  const { engine, cleanUp } = createEngine('postgres')
  let server: EncryptedServer
  let service: Service
  let admin: TestUser
  before(async () => {
    server = await startEncryptedPostgres('hostssl all roster.project all scram-sha-256\n', [
      'max_connections=20',
      'idle_session_timeout=1000',
      'idle_in_transaction_session_timeout=5000',
    ])
    await server.run(
      `create role "roster.project" login nosuperuser nocreatedb nocreaterole password 'p@ss/word'`,
      'create database roster owner "roster.project"',
      `alter role "roster.project" set statement_timeout = '8s'`,
      `alter role "roster.project" set timezone = 'Asia/Kolkata'`,
    )
    service = await engine.start({
      DATABASE_URL: `postgres://roster.project:p%40ss%2Fword@localhost:${server.port}/roster?sslmode=verify-full&sslrootcert=${server.ca}&channel_binding=require`,
    })
    admin = await service.admin()
  })
  after(async () => {
    await cleanUp()
    await server.stop()
  })

  const backends = async () => {
    const { rows } = await server.run(
      `select pid, ssl from pg_stat_activity join pg_stat_ssl using (pid) where usename = 'roster.project'`,
    )
    return rows as { pid: number; ssl: boolean }[]
  }
  const create = async (username: string) => {
    const { status } = await service.call('POST', '/users', {
      as: admin.token,
      body: { username, email: `${username}@example.com`, password },
    })
    return status
  }

  it('migrates as the owner of the database, over TLS alone', async () => {
    assert.equal(await create('first'), 201)
    const { status, body } = await service.call('GET', '/users?q=first', { as: admin.token })
    assert.deepEqual([status, body.length], [200, 1])
    assert.ok((await backends()).every(({ ssl }) => ssl))
  })

  it('works after the server has ended idle connections', async () => {
    // Requests at the same time need several connections. Work in the background may keep one of them in use.
    await Promise.all(['one', 'two', 'three', 'four'].map(create))
    const before = new Set((await backends()).map(({ pid }) => pid))
    assert.ok(before.size > 1, `${before.size} connections`)
    await until(
      async () => (await backends()).filter(({ pid }) => before.has(pid)).length < before.size,
      'the end of an idle connection',
    )
    assert.equal(await create('after-a-pause'), 201)
  })

  it('works after the server has ended all connections, as in a failover', async () => {
    await server.run(
      `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'roster.project'`,
    )
    const first = await create('after-a-failover')
    if (first !== 201) assert.equal(first, 503)
    if (first !== 201) assert.equal(await create('after-a-failover'), 201)
  })
})
