import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { memoryIdempotency, type Sample, startSample } from './sample.ts'

let server: Sample
before(async () => {
  server = await startSample()
})
after(() => server.close())

async function create(key: string | null, body: object, token?: string, to = server) {
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  if (key !== null) headers['idempotency-key'] = key
  if (token !== undefined) headers['authorization'] = `Bearer ${token}`
  const answer = await fetch(`${to.url}/users`, { method: 'POST', headers, body: JSON.stringify(body) })
  const text = await answer.text()
  return {
    status: answer.status,
    text,
    code: answer.status >= 400 ? (JSON.parse(text).code as string) : undefined,
    replayed: answer.headers.get('idempotency-replayed'),
    headers: ['location', 'etag', 'content-type'].map((name) => answer.headers.get(name)),
  }
}

describe('Idempotency-Key', () => {
  it('the same request gets the first answer again, headers included', async () => {
    const before = server.created.count
    const first = await create('k1', { username: 'a', status: 'active' })
    const second = await create('k1', { status: 'active', username: 'a' })
    assert.deepEqual([first.status, first.replayed], [201, null])
    assert.deepEqual([second.status, second.replayed], [201, 'true'])
    assert.deepEqual([second.text, second.headers], [first.text, first.headers])
    assert.equal(server.created.count, before + 1)
  })

  it('409 for another body under the same key', async () => {
    await create('k2', { username: 'a' })
    const other = await create('k2', { username: 'b' })
    assert.deepEqual([other.status, other.code], [409, 'idempotency_key_reused'])
  })

  it('another caller has keys of their own', async () => {
    await create('k3', { username: 'a' })
    assert.equal((await create('k3', { username: 'b' }, 'alice')).status, 201)
    assert.equal((await create('k3', { username: 'c' }, 'bob')).replayed, null)
  })

  it('of two concurrent requests one runs and the other gets 409', async () => {
    const before = server.created.count
    const both = [create('k4', { username: 'slow' }), create('k4', { username: 'slow' })]
    const first = await Promise.race(both)
    assert.deepEqual([first.status, first.code], [409, 'idempotency_in_progress'])
    server.created.mayEnd.resolve()
    assert.deepEqual((await Promise.all(both)).map((one) => one.status).sort(), [201, 409])
    assert.equal(server.created.count, before + 1)
    assert.equal((await create('k4', { username: 'slow' })).replayed, 'true')
  })

  it('a clash is kept for a caller with a permission; invalid input and failures are not', async () => {
    assert.equal((await create('k5', { username: 'taken' }, 'admin')).status, 409)
    assert.equal((await create('k5', { username: 'taken' }, 'admin')).replayed, 'true')
    assert.equal((await create('k8', { username: 'taken' })).status, 409)
    assert.equal((await create('k8', { username: 'taken' })).replayed, null)
    assert.equal((await create('k6', { username: 5 })).status, 400)
    assert.equal((await create('k6', { username: 'a' })).status, 201)
    assert.equal((await create('k7', { username: 'broken' })).status, 500)
    assert.equal((await create('k7', { username: 'a' })).status, 201)
  })

  it('400 for a key that is none', async () => {
    for (const key of ['', ' ', 'a b', 'é', 'a'.repeat(256)]) {
      assert.equal((await create(key, { username: 'a' })).status, 400)
    }
    assert.equal((await create('a'.repeat(255), { username: 'a' })).status, 201)
  })

  it('an answer that cannot be kept is sent and logged', async () => {
    const idempotency = { ...memoryIdempotency(), finish: () => Promise.reject(new Error('full')) }
    const broken = await startSample({}, { idempotency })
    assert.equal((await create('k8', { username: 'a' }, undefined, broken)).status, 201)
    assert.ok(broken.log().some((line) => line['level'] === 'error'))
    await broken.close()
  })
})
