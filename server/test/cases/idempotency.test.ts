import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { onBothEngines, type Service, type TestUser } from '../harness.ts'
import { assertRefusals, contentOf } from './table.ts'

onBothEngines('Idempotency-Key', (engine) => {
  let service: Service
  let admin: TestUser
  let used = 0
  before(async () => {
    service = await engine.start()
    admin = await service.admin()
  })
  const newKey = () => {
    used += 1
    return `key-${used}`
  }
  const create = (key: string, body: unknown, as: string | undefined = admin.token, path = '/users') =>
    service.call('POST', path, { body, ...(as && { as }), headers: { 'idempotency-key': key } })

  it('the first answer again, and one user', async () => {
    const key = newKey()
    const [first, again] = [await create(key, named('once')), await create(key, named('once'))]
    assert.deepEqual([first.status, again.status, again.text], [201, 201, first.text])
    assert.equal(first.headers.get('idempotency-replayed'), null)
    assert.equal(again.headers.get('idempotency-replayed'), 'true')
    for (const name of ['location', 'etag']) assert.equal(again.headers.get(name), first.headers.get(name))
    const reordered = await create(key, { email: 'once@example.com', username: 'once' })
    assert.equal(reordered.text, first.text)
  })

  it('409 for the same key with another body, and no user', async () => {
    const key = newKey()
    await create(key, named('first-body'))
    const content = await contentOf(service)
    const other = await create(key, named('other-body'))
    assert.deepEqual([other.status, other.body.code], [409, 'idempotency_key_reused'])
    assertRefusals([other])
    assert.equal(await contentOf(service), content)
  })

  it('the key of one caller means nothing for another', async () => {
    const key = newKey()
    const other = await service.createUser({ roles: ['admin', 'user'] })
    assert.equal((await create(key, named('mine'))).status, 201)
    const theirs = await create(key, named('theirs'), other.token)
    assert.deepEqual([theirs.status, theirs.body.username], [201, 'theirs'])
    const nobody = await create(key, named('nobodys'), '')
    assert.deepEqual([nobody.status, nobody.body.username], [201, 'nobodys'])
  })

  it('of twenty concurrent requests one is carried out; the others get 409 or the same answer', async () => {
    const key = newKey()
    const answers = await Promise.all(Array.from({ length: 20 }, () => create(key, named('parallel'))))
    const made = answers.filter(({ status }) => status === 201)
    assert.ok(made.length >= 1)
    assert.equal(new Set(made.map(({ text }) => text)).size, 1)
    assert.equal(made.filter(({ headers }) => headers.get('idempotency-replayed') === null).length, 1)
    for (const { status, body } of answers)
      assert.ok(status === 201 || (status === 409 && body.code === 'idempotency_in_progress'))
    assertRefusals(answers)
  })

  it('a clash of an administrator is replayed too, although the name is free by then', async () => {
    const key = newKey()
    const taken = await service.createUser({ username: 'briefly' })
    assert.equal((await create(key, named('briefly'), admin.token)).status, 409)
    await service.call('DELETE', `/users/${taken.id}`, { as: admin.token })
    const again = await create(key, named('briefly'), admin.token)
    assert.deepEqual([again.status, again.headers.get('idempotency-replayed')], [409, 'true'])
  })

  it('nothing is kept of a sign-up that made nothing', async () => {
    const taken = await service.createUser()
    const plain = await service.createUser()
    const kept = async () => {
      const { read } = service.roster.database
      return (await read.selectFrom('idempotency_keys').select('key').execute()).length
    }
    const before = await kept()
    for (const as of ['', plain.token]) {
      assert.equal((await create(newKey(), named(taken.username), as)).status, 409)
      assert.equal((await create(newKey(), { username: 'nobody' }, as)).status, 400)
    }
    assert.equal(await kept(), before)
  })

  it('the secret of a new API key is shown once and stored nowhere in clear text', async () => {
    const key = newKey()
    const body = { name: 'sync', permissions: ['users:read'] }
    const first = await create(key, body, admin.token, '/api-keys')
    const again = await create(key, body, admin.token, '/api-keys')
    const { secret, ...shown } = first.body
    assert.match(secret, /^rk_/)
    assert.deepEqual([first.status, again.status, again.body], [201, 201, shown])
    assert.equal((await service.call('GET', '/users', { as: first.body.secret })).status, 200)
    const { read } = service.roster.database
    const kept = await read.selectFrom('idempotency_keys').selectAll().execute()
    assert.ok(!JSON.stringify(kept).includes(first.body.secret))
  })

  it('400 for keys that are empty, too long or not visible ASCII', async () => {
    for (const key of ['x'.repeat(256), 'a b', 'é']) {
      const answer = await create(key, named('never'))
      assert.deepEqual([answer.status, answer.body.code], [400, 'bad_request'], key.slice(0, 9))
    }
  })
})

function named(username: string) {
  return { username, email: `${username}@example.com` }
}
