import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
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
  const untilUsed = async (key: { id: string; secret: string }, seconds: number) => {
    for (let tries = 0; tries < seconds * 10 && (await lastUsed(key.id)) === null; tries += 1) {
      await service.call('GET', '/users', { as: key.secret })
      await sleep(100)
    }
    return lastUsed(key.id)
  }

  it('is written once for many requests at the same time, and so is the event of the first', async () => {
    const key = await makeKey()
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => service.call('GET', '/users', { as: key.secret })),
    )
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
    assert.notEqual(await untilUsed(key, 2), null)
    assert.equal(await countEvents(service, 'apikey.used_first', key.id), 1)
  })

  it('fails no read when it cannot be written, delays few, and is logged once', async () => {
    const key = await makeKey()
    await other.run(
      engine.name === 'sqlite'
        ? 'begin immediate'
        : 'begin; lock table api_keys, sessions, users, audit_events in exclusive mode',
    )
    /** Reads that took as long as a write waits for the lock. */
    let delayed = 0
    const read = async (as: string) => {
      const startedMs = performance.now()
      assert.equal((await service.call('GET', '/users', { as })).status, 200)
      if (performance.now() - startedMs >= 2000) delayed += 1
    }
    try {
      for (let turn = 0; turn < 28; turn += 1) {
        for (const as of [key.secret, admin.token]) await read(as)
        await sleep(250)
      }
      assert.equal(await lastUsed(key.id), null)
      assert.ok(delayed < 28, `${delayed} of 56`)
      const logged = service.logs().filter(({ event }) => event === 'apikey.use_not_noted')
      assert.equal(logged.length, 1)
    } finally {
      await other.run('rollback')
      await other.close()
    }
    assert.notEqual(await untilUsed(key, 6), null, 'written when it can be again')
    assert.equal(await countEvents(service, 'apikey.used_first', key.id), 1)
  })
})
