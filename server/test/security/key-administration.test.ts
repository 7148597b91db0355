import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { passTime, shiftClock } from '../../src/clock.ts'
import { until } from '../harness/wait.ts'
import { type Credentials, onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { sharedDatabase } from '../shared-database.ts'

onBothEngines('rights of administrators', (engine) => {
  let service: Service
  let replica: Service
  let admin: TestUser
  let owner: TestUser
  let ownersKey: { id: string; secret: string }
  before(async () => {
    const DATABASE_URL = await sharedDatabase(engine)
    service = await engine.start({ DATABASE_URL })
    replica = await engine.start({ DATABASE_URL })
    admin = await service.admin()
    await role('owner', ['users:read', 'api_keys:write'])
    await role('key-admin', ['api_keys:admin'])
    await role('remover', ['users:read', 'users:delete'])
    owner = await service.createUser({ roles: ['owner'] })
    ownersKey = await makeKey(owner.token)
  })
  const call = (method: string, path: string, as: Credentials, body?: unknown, on = service) =>
    on.call(method, path, { ...(as && { as }), ...(body === undefined ? {} : { body }) })
  const role = (name: string, permissions: string[]) =>
    call('POST', '/roles', admin.token, { name, permissions })
  const makeKey = async (as: string, permissions = ['users:read'], more: object = {}) => {
    const { status, body } = await call('POST', '/api-keys', as, { name: 'k', permissions, ...more })
    assert.equal(status, 201, JSON.stringify(body))
    return body as { id: string; secret: string }
  }
  const idsOf = async (query: string, as: Credentials = admin.token) => {
    const { status, body } = await call('GET', `/api-keys${query}`, as)
    assert.equal(status, 200, JSON.stringify(body))
    return body.map(({ id }: { id: string }) => id) as string[]
  }

  it('administrators list everybody’s keys, by user, by use and by expiry; by themselves they see their own', async () => {
    const own = await makeKey(admin.token)
    assert.deepEqual(await idsOf(''), [own.id])
    assert.deepEqual(await idsOf('?user=all'), [own.id, ownersKey.id])
    assert.deepEqual(await idsOf(`?user=${owner.id}`), [ownersKey.id])
    const short = await makeKey(owner.token, ['users:read'], {
      expires_at: new Date(Date.now() + 86_400_000).toISOString(),
    })
    const soon = new Date(Date.now() + 2 * 86_400_000).toISOString()
    assert.deepEqual(await idsOf(`?user=all&expires_before=${soon}`), [short.id])
    const { body } = await call('GET', `/api-keys/${short.id}`, admin.token)
    assert.deepEqual([body.user_id, body.secret], [owner.id, undefined])
    shiftClock(10 * 86_400)
    try {
      const basic = { username: admin.username, password }
      assert.equal((await call('GET', '/users', own.secret)).status, 200)
      await waitUntilUsed(own.id, basic)
      assert.deepEqual(await idsOf('?user=all&unused_days=9', basic), [short.id, ownersKey.id])
      assert.deepEqual(await idsOf('?user=all&unused_days=11', basic), [])
    } finally {
      shiftClock(-10 * 86_400)
    }
    for (const query of ['?user=nobody', '?unused_days=0', '?expires_before=soon'])
      assert.equal((await call('GET', `/api-keys${query}`, admin.token)).status, 400, query)
  })
  /** The use of a key is written beside the request. */
  const waitUntilUsed = (id: string, as: Credentials) =>
    until(
      async () => (await call('GET', `/api-keys/${id}`, as)).body.last_used_at !== null,
      'the record of the use',
    )

  it('others see and revoke their own keys alone', async () => {
    const foreign = await makeKey(admin.token)
    for (const query of ['?user=all', `?user=${admin.id}`])
      assert.equal((await call('GET', `/api-keys${query}`, owner.token)).status, 403)
    for (const method of ['GET', 'DELETE'])
      assert.equal((await call(method, `/api-keys/${foreign.id}`, owner.token)).status, 404)
    const nobody = await service.createUser()
    assert.equal((await call('GET', '/api-keys', nobody.token)).status, 403)
    assert.equal((await call('GET', `/api-keys/${foreign.id}`, nobody.token)).status, 403)
    assert.equal((await call('DELETE', `/api-keys/${foreign.id}`, nobody.token)).status, 403)
  })

  it('an administrator of keys revokes keys of users without more rights', async () => {
    const keyAdmin = await service.createUser({ roles: ['key-admin'] })
    const answer = await call('DELETE', `/api-keys/${ownersKey.id}`, keyAdmin.token)
    assert.deepEqual([answer.status, answer.body.code], [403, 'permission_not_held'])
    assert.equal((await call('GET', '/users', ownersKey.secret)).status, 200)
    assert.equal((await call('DELETE', `/api-keys/${ownersKey.id}`, admin.token)).status, 204)
    assert.equal((await call('GET', '/users', ownersKey.secret)).status, 401)
    const { body } = await call(
      'GET',
      `/audit-events?target=${ownersKey.id}&type=apikey.revoked`,
      admin.token,
    )
    assert.equal(body[0].actor.id, admin.id)
  })

  it('a caller who may read all users gets 403 for a change, not 404', async () => {
    const user = await service.createUser()
    const reading = await makeKey(admin.token, ['users:read'])
    const other = await makeKey(admin.token, ['roles:read'])
    for (const [method, path] of [
      ['PATCH', `/users/${user.id}`],
      ['DELETE', `/users/${user.id}`],
      ['DELETE', `/users/${user.id}/sessions`],
    ] as const) {
      const body = method === 'PATCH' ? {} : undefined
      const known = await call(method, path, reading.secret, body)
      assert.deepEqual([known.status, known.body.code], [403, 'forbidden'], path)
      assert.equal((await call(method, path, other.secret, body)).status, 404, path)
    }
  })

  it('a caller who has just lost the right to delete on another replica cannot delete or erase a user', async () => {
    const remover = await service.createUser({ roles: ['remover'] })
    const victim = await service.createUser()
    for (const path of [`/users/${victim.id}`, `/users/${victim.id}?purge=true`]) {
      await call('PATCH', `/users/${remover.id}`, admin.token, { roles: ['remover'] })
      const sure = await call('GET', `/users/${victim.id}`, remover.token, undefined, replica)
      assert.equal(sure.status, 200)
      await call('PATCH', `/users/${remover.id}`, admin.token, { roles: ['user'] })
      const answer = await call('DELETE', path, remover.token, undefined, replica)
      assert.ok([403, 404].includes(answer.status), `${path}: ${answer.status}`)
      assert.equal((await call('GET', `/users/${victim.id}`, admin.token)).status, 200)
      passTime(1)
    }
  })
})
