import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { passTime } from '../../src/clock.ts'
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

  it('fails no read when it cannot be written, is seldom tried again, and is logged once', async (t) => {
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
      for (let turn = 0; turn < 28; turn += 1) {
        await readBoth()
        passTime(0.25)
      }
      await Promise.allSettled(writes.calls.map(({ result }) => result))
      assert.equal(await lastUsed(key.id), null)
      // Seven seconds with two of rest after each failure; without the rest each of the 28 reads tries.
      assert.ok(writes.callCount() >= 2 && writes.callCount() < 14, `${writes.callCount()} attempts`)
      assert.equal(logged(), 1)
    } finally {
      await other.run('rollback')
      await other.close()
    }
    // It is written when it can be again.
    passTime(3)
    await untilUsed(key)
    assert.equal(await countEvents(service, 'apikey.used_first', key.id), 1)
  })
})
