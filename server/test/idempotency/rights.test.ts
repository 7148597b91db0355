/** A kept answer is only for a caller who still has the rights of its request. */
import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { onBothEngines, type Service, type TestUser } from '../harness.ts'

/** Each idempotent route with a body that needs a permission in addition to the access of the route. */
const requests: Record<string, { body: object; beyond: string }> = {
  'POST /users': {
    body: { username: 'kept', email: 'kept@example.com', roles: ['reader'] },
    beyond: 'users:read',
  },
  'POST /roles': {
    body: { name: 'kept', description: '', permissions: ['users:read'] },
    beyond: 'users:read',
  },
  'POST /api-keys': { body: { name: 'kept', permissions: ['users:read'] }, beyond: 'users:read' },
  'POST /groups': { body: { name: 'kept', roles: ['reader'] }, beyond: 'users:read' },
  'POST /webhooks': { body: { url: 'https://example.com/hook' }, beyond: 'events:read' },
}
const access = ['users:write', 'roles:write', 'api_keys:write', 'groups:write', 'webhooks:write']
const beyond = ['users:read', 'events:read']

onBothEngines('an answer under an idempotency key', (engine) => {
  let service: Service
  let admin: TestUser
  let keeper: TestUser
  before(async () => {
    service = await engine.start()
    admin = await service.admin()
    for (const [name, permissions] of [
      ['reader', ['users:read']],
      ['keeper', [...access, ...beyond]],
    ] as const) {
      const made = await service.call('POST', '/roles', { as: admin.token, body: { name, permissions } })
      assert.equal(made.status, 201, made.text)
    }
    keeper = await service.createUser({ roles: ['keeper'] })
  })
  const give = async (permissions: readonly string[]) => {
    const request = { as: admin.token, body: { permissions } }
    assert.equal((await service.call('PATCH', '/roles/keeper', request)).status, 200)
  }
  const ask = async (route: string) => {
    const [method, path] = route.split(' ') as [string, string]
    const headers = { 'idempotency-key': `rights-${path.slice(1)}` }
    const answer = await service.call(method, path, {
      ...{ as: keeper.token, body: requests[route]!.body, headers },
    })
    return [answer.status, answer.body.code, answer.headers.get('idempotency-replayed')]
  }

  it('is refused after the caller lost a right that the request needs', async () => {
    const routes = service.roster.app.plans
      .filter(({ idempotent }) => idempotent)
      .map(({ method, pattern }) => `${method} ${pattern}`)
    assert.deepEqual(routes.sort(), Object.keys(requests).sort(), 'each idempotent route has a request here')
    for (const route of routes) assert.deepEqual(await ask(route), [201, undefined, null], route)
    for (const route of routes) assert.deepEqual(await ask(route), [201, undefined, 'true'], route)
    for (const lost of beyond) {
      await give([...access, ...beyond].filter((permission) => permission !== lost))
      for (const route of routes)
        assert.deepEqual(
          await ask(route),
          requests[route]!.beyond === lost ? [403, 'permission_not_held', null] : [201, undefined, 'true'],
          `${route} without ${lost}`,
        )
    }
    await give(beyond)
    for (const route of routes) {
      const code = route === 'POST /users' ? 'field_not_writable' : 'forbidden'
      assert.deepEqual(await ask(route), [403, code, null], `${route} without its access`)
    }
    await give([...access, ...beyond])
    for (const route of routes) assert.deepEqual(await ask(route), [201, undefined, 'true'], route)
  })
})
