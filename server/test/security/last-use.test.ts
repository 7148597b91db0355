import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { monotonicMs, passTime } from '../../src/clock.ts'
import { until } from '../harness/wait.ts'
import { onBothEngines, type Service, type TestUser } from '../harness.ts'
import { type Outsider, outsider, sharedDatabase } from '../shared-database.ts'
import { countEvents } from './replicas.ts'

onBothEngines('the last use of an API key', (engine) => {
  let service: Service
  let admin: TestUser
  let other: Outsider
  before(async () => {
    const DATABASE_URL = await sharedDatabase(engine)
    service = await engine.start({ DATABASE_URL })
    admin = await service.admin()
    other = await outsider(DATABASE_URL)
  })
  const makeKey = async () =>
    (
      await service.call('POST', '/api-keys', {
        as: admin.token,
        body: { name: 'k', permissions: ['users:read'] },
      })
    ).body as { id: string; secret: string }
  const lastUsed = async (id: string): Promise<string | null> =>
    (await service.call('GET', `/api-keys/${id}`, { as: admin.token })).body.last_used_at
  const untilUsed = (key: { id: string; secret: string }) =>
    until(async () => {
      await service.call('GET', '/users', { as: key.secret })
      return lastUsed(key.id)
    }, 'the record of the use')

  it('is written once for many requests at the same time, and so is the event of the first', async () => {
    const key = await makeKey()
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => service.call('GET', '/users', { as: key.secret })),
    )
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
    await untilUsed(key)
    assert.equal(await countEvents(service, 'apikey.used_first', key.id), 1)
  })

  it('fails no read when it cannot be written, and the failure is logged once', async (t) => {
    const key = await makeKey()
    await other.run(
      engine.name === 'sqlite'
        ? 'begin immediate'
        : 'begin; lock table api_keys, sessions, users, audit_events in exclusive mode',
    )
    const writes = t.mock.method(service.roster.database, 'transaction').mock
    const logged = () => service.logs().filter(({ event }) => event === 'apikey.use_not_noted').length
    const readBoth = async () => {
      for (const as of [key.secret, admin.token])
        assert.equal((await service.call('GET', '/users', { as })).status, 200)
    }
    try {
      await readBoth()
      await until(() => logged() > 0, 'the first failure')
      passTime(3)
      const before = writes.callCount()
      await readBoth()
      assert.ok(writes.callCount() > before, 'it is tried again')
      await Promise.allSettled(writes.calls.map(({ result }) => result))
      assert.equal(await lastUsed(key.id), null)
      assert.equal(logged(), 1)
    } finally {
      await other.run('rollback')
    }
    // It is written when it can be again.
    passTime(3)
    await untilUsed(key)
    assert.equal(await countEvents(service, 'apikey.used_first', key.id), 1)
  })

  it('is tried again two seconds after a failure, not with each request', async (t) => {
    const key = await makeKey()
    await other.run(
      engine.name === 'sqlite'
        ? `create trigger no_use before update of last_used_at on api_keys begin select raise(abort, 'no'); end`
        : 'alter table api_keys add constraint no_use check (last_used_at is null) not valid',
    )
    const writes = t.mock.method(service.roster.database, 'transaction').mock
    const failed = async () =>
      (await Promise.allSettled(writes.calls.map(({ result }) => result))).filter(
        ({ status }) => status === 'rejected',
      ).length
    const startMs = monotonicMs()
    for (let turn = 0; turn < 12; turn += 1) {
      assert.equal((await service.call('GET', '/users', { as: key.secret })).status, 200)
      await failed()
    }
    const count = await failed()
    const atMost = 1 + Math.floor((monotonicMs() - startMs) / 2000)
    await other.run(
      engine.name === 'sqlite' ? 'drop trigger no_use' : 'alter table api_keys drop constraint no_use',
    )
    await other.close()
    assert.ok(count >= 1 && count <= atMost, `${count} of at most ${atMost}`)
    passTime(3)
    await untilUsed(key)
  })
})
