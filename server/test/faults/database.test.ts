import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { until } from '../harness/wait.ts'
import { type Answer, createEngine, type Service } from '../harness.ts'
import { startPostgres } from '../postgres-server.ts'
import { outsider, sharedDatabase } from '../shared-database.ts'

/** 503 with Retry-After and never another 5xx. */
function assertUnavailable({ status, headers, body }: Answer): void {
  assert.equal(status, 503)
  assert.match(body.code, /^(dependency_unavailable|overloaded)$/)
  assert.match(headers.get('retry-after') ?? '', /^\d+$/)
}

function assertNoSurprise(service: Service): void {
  const wrong = service
    .logs()
    .filter((line) => /unhandled|uncaught|internal_error/i.test(JSON.stringify(line)))
  assert.deepEqual(wrong, [])
}

/** Counts how often other code has run; a wait that blocks the event loop lets none run. */
function countTurns() {
  let turns = 0
  const timer = setInterval(() => {
    turns += 1
  }, 10).unref()
  return () => {
    clearInterval(timer)
    return turns
  }
}

describe('SQLite locked by another process', () => {
  const { engine, cleanUp } = createEngine('sqlite')
  after(cleanUp)

  it('writers get 503 and readers are answered while another process has the lock, and it recovers', async () => {
    const DATABASE_URL = await sharedDatabase(engine)
    const service = await engine.start({ DATABASE_URL }, { isPatient: false })
    const admin = await service.admin()
    // The first search starts a thread.
    assert.equal((await service.call('GET', '/users?q=adm', { as: admin.token })).status, 200)
    const locker = await outsider(DATABASE_URL)
    await locker.run('begin immediate')
    const path = `/users/${admin.id}`
    const writes = Array.from({ length: 3 }, (_, at) =>
      service.call('PATCH', path, { as: admin.token, body: { first_name: `n${at}` } }),
    )
    await until(() => service.roster.database.load().busy > 0, 'a waiting write')
    const turns = countTurns()
    // The lock is held until all have answered, so a read that waited for it would fail.
    for (const read of [path, '/users?q=adm', '/roles', '/health/ready'])
      assert.equal((await service.call('GET', read, { as: admin.token })).status, 200, read)
    for (const answer of await Promise.all(writes)) assertUnavailable(answer)
    assert.ok(turns() > 10, 'the event loop is free')
    await locker.run('rollback')
    const later = await service.call('PATCH', path, { as: admin.token, body: { first_name: 'later' } })
    assert.equal(later.status, 200)
    assertNoSurprise(service)
    await locker.run('begin immediate')
    await service.stop()
    await locker.close()
  })
})

describe('PostgreSQL', () => {
  const { engine, cleanUp } = createEngine('postgres')
  after(cleanUp)

  it('stops and starts again: 503 and not ready, the process continues, then all works as before', async () => {
    const data = join(tmpdir(), `roster-data-${randomBytes(6).toString('hex')}`)
    let server = await startPostgres({ data })
    const { url, port } = server
    try {
      const service = await engine.start({ DATABASE_URL: url }, { isPatient: false })
      const admin = await service.admin()
      const path = `/users/${admin.id}`
      await server.stop()
      for (const [method, target, body] of [
        ['GET', '/users', undefined],
        ['PATCH', path, { first_name: 'x' }],
        ['POST', '/users', { username: 'away', email: 'away@example.com' }],
        ['POST', '/auth/login', { username: 'admin', password: 'correct horse battery' }],
        ['POST', '/auth/forgot-password', { email: 'admin@example.com' }],
        ['POST', '/auth/reset-password', { token: 'A'.repeat(43), password: 'another fine password' }],
      ] as const)
        assertUnavailable(await service.call(method, target, { as: admin.token, ...(body && { body }) }))
      for (const password of ['correct horse battery', 'wrong password'])
        assertUnavailable(await service.call('GET', '/users/me', { as: { username: 'admin', password } }))
      assert.equal((await service.call('GET', '/health/ready')).status, 503)
      assert.equal((await service.call('GET', '/health/live')).status, 200)
      server = await startPostgres({ data, port })
      assert.equal((await service.call('GET', '/health/ready')).status, 200)
      const read = await service.call('GET', path, { as: admin.token })
      assert.deepEqual([read.status, read.body.first_name], [200, null])
      assert.equal(
        (await service.call('POST', '/users', { body: { username: 'away', email: 'away@example.com' } }))
          .status,
        201,
      )
      assertNoSurprise(service)
      await service.stop()
    } finally {
      await server.stop()
      rmSync(data, { recursive: true, force: true })
    }
  })

  it('is killed during writes: 503, the process continues, and nothing acknowledged is lost', async () => {
    const data = join(tmpdir(), `roster-data-${randomBytes(6).toString('hex')}`)
    let server = await startPostgres({ data, settings: ['fsync=on'] })
    const { port } = server
    try {
      const service = await engine.start({ DATABASE_URL: server.url }, { isPatient: false })
      const { token } = await service.admin()
      const acknowledged: string[] = []
      let refused = 0
      const alive = { yes: true }
      const write = async (client: number) => {
        for (let count = 0; alive.yes; count += 1) {
          const username = `c${client}-${count}`
          const body = { username, email: `${username}@example.com` }
          const answer = await service.call('POST', '/users', { as: token, body })
          if (answer.status === 201) acknowledged.push(username)
          else assertUnavailable(answer)
          if (answer.status !== 201) refused += 1
        }
      }
      /** Until some more writes are acknowledged, however busy the machine is. */
      const moreWrites = async () => {
        const before = acknowledged.length
        await until(() => acknowledged.length >= before + 8, 'more writes')
      }
      const clients = Array.from({ length: 8 }, (_, client) => write(client))
      for (let round = 0; round < 3; round += 1) {
        await moreWrites()
        server.process.kill('SIGQUIT')
        await new Promise((resolve) => server.process.once('exit', resolve))
        const before = refused
        await until(() => refused > before, 'a refused write')
        server = await startPostgres({ data, port, settings: ['fsync=on'] })
      }
      await moreWrites()
      alive.yes = false
      await Promise.all(clients)
      const rows = await service.roster.database.read.selectFrom('users').select('username').execute()
      const stored = new Set(rows.map(({ username }) => username))
      assert.ok(acknowledged.length > 20)
      assert.deepEqual(
        acknowledged.filter((name) => !stored.has(name)),
        [],
      )
      assertNoSurprise(service)
      await service.stop()
    } finally {
      await server.stop()
      rmSync(data, { recursive: true, force: true })
    }
  })

  it('with every connection in use: 503, then all works as before', async () => {
    const url = await engine.createDatabase()
    const service = await engine.start(
      { DATABASE_URL: url, ROSTER_DATABASE_POOL_SIZE: '2' },
      { isPatient: false },
    )
    const admin = await service.admin()
    const path = `/users/${admin.id}`
    const locker = await outsider(url)
    await locker.run('begin; lock table users in exclusive mode')
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, at) =>
        service.call('PATCH', path, { as: admin.token, body: { first_name: `n${at}` } }),
      ),
    )
    for (const answer of answers) assertUnavailable(answer)
    await locker.run('rollback')
    await locker.close()
    const later = await service.call('PATCH', path, { as: admin.token, body: { first_name: 'later' } })
    assert.equal(later.status, 200)
    assertNoSurprise(service)
  })
})
