import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
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

async function timed<T>(work: Promise<T>): Promise<{ result: T; ms: number }> {
  const started = performance.now()
  const result = await work
  return { result, ms: performance.now() - started }
}

/** The longest time that nothing else could run. */
function watchEventLoop() {
  let last = performance.now()
  let longestMs = 0
  const timer = setInterval(() => {
    longestMs = Math.max(longestMs, performance.now() - last)
    last = performance.now()
  }, 10).unref()
  return () => {
    clearInterval(timer)
    return longestMs
  }
}

describe('SQLite locked by another process', () => {
  const { engine, cleanUp } = createEngine('sqlite')
  after(cleanUp)

  it('writers get 503 after two seconds, readers go on, nothing blocks, and it recovers', async () => {
    const DATABASE_URL = await sharedDatabase(engine)
    const service = await engine.start({ DATABASE_URL })
    const admin = await service.admin()
    // The first search starts a thread.
    assert.equal((await service.call('GET', '/users?q=adm', { as: admin.token })).status, 200)
    const locker = await outsider(DATABASE_URL)
    await locker.run('begin immediate')
    const longest = watchEventLoop()
    const path = `/users/${admin.id}`
    const writes = Array.from({ length: 3 }, (_, at) =>
      timed(service.call('PATCH', path, { as: admin.token, body: { first_name: `n${at}` } })),
    )
    await sleep(100)
    for (const read of [path, '/users?q=adm', '/roles', '/health/ready']) {
      const { result, ms } = await timed(service.call('GET', read, { as: admin.token }))
      assert.equal(result.status, 200, read)
      assert.ok(ms < 1_000, `${read} took ${Math.round(ms)} ms`)
    }
    for (const { result, ms } of await Promise.all(writes)) {
      assertUnavailable(result)
      assert.ok(ms > 1_500 && ms < 2_800, `the write took ${Math.round(ms)} ms`)
    }
    await locker.run('rollback')
    assert.ok(longest() < 500, 'the event loop is free')
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

  it('goes away and comes back: 503 meanwhile, not ready, the process lives, then all is as before', async () => {
    const data = join(tmpdir(), `roster-data-${randomBytes(6).toString('hex')}`)
    let server = await startPostgres({ data })
    const { url, port } = server
    try {
      const service = await engine.start({ DATABASE_URL: url })
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

  it('dies under writes: 503, the process lives, and nothing acknowledged is lost', async () => {
    const data = join(tmpdir(), `roster-data-${randomBytes(6).toString('hex')}`)
    let server = await startPostgres({ data, settings: ['fsync=on'] })
    const { port } = server
    try {
      const service = await engine.start({ DATABASE_URL: server.url, ROSTER_RATE_LIMITS: 'off' })
      const { token } = await service.admin()
      const acknowledged: string[] = []
      const alive = { yes: true }
      const write = async (client: number) => {
        for (let count = 0; alive.yes; count += 1) {
          const username = `c${client}-${count}`
          const body = { username, email: `${username}@example.com` }
          const answer = await service.call('POST', '/users', { as: token, body })
          if (answer.status === 201) acknowledged.push(username)
          else assertUnavailable(answer)
        }
      }
      /** Until some more writes are acknowledged, however busy the machine is. */
      const moreWrites = async () => {
        const before = acknowledged.length
        for (let turn = 0; turn < 600 && acknowledged.length < before + 8; turn += 1) await sleep(50)
      }
      const clients = Array.from({ length: 8 }, (_, client) => write(client))
      for (let round = 0; round < 3; round += 1) {
        await moreWrites()
        server.process.kill('SIGQUIT')
        await new Promise((resolve) => server.process.once('exit', resolve))
        await sleep(100)
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

  it('with every connection taken: 503 within seconds, then all is as before', async () => {
    const url = await engine.createDatabase()
    const service = await engine.start({ DATABASE_URL: url, ROSTER_DATABASE_POOL_SIZE: '2' })
    const admin = await service.admin()
    const path = `/users/${admin.id}`
    const locker = await outsider(url)
    await locker.run('begin; lock table users in exclusive mode')
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, at) =>
        timed(service.call('PATCH', path, { as: admin.token, body: { first_name: `n${at}` } })),
      ),
    )
    for (const { result, ms } of answers) {
      assertUnavailable(result)
      assert.ok(ms < 6_000, `it took ${Math.round(ms)} ms`)
    }
    await locker.run('rollback')
    await locker.close()
    const later = await service.call('PATCH', path, { as: admin.token, body: { first_name: 'later' } })
    assert.equal(later.status, 200)
    assertNoSurprise(service)
  })
})
