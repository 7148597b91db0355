import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { onBothEngines, type Service, type TestUser } from '../harness.ts'
import { twoServices } from '../shared-database.ts'

const held = ['users:read', 'users:write', 'users:delete', 'roles:read', 'roles:write', 'api_keys:write']
let count = 0

onBothEngines('rights that another replica has just removed', (engine) => {
  let here: Service
  let there: Service
  let admin: TestUser
  let plain: TestUser
  let disabled: TestUser
  let deleted: TestUser
  before(async () => {
    ;[here, there] = await twoServices(engine)
    admin = await here.admin()
    plain = await here.createUser()
    disabled = await here.createUser()
    deleted = await here.createUser()
    await here.call('PATCH', `/users/${disabled.id}`, { as: admin.token, body: { status: 'disabled' } })
    await here.call('DELETE', `/users/${deleted.id}`, { as: admin.token })
    const role = { name: 'manager', permissions: held }
    assert.equal((await here.call('POST', '/roles', { as: admin.token, body: role })).status, 201)
    const small = { name: 'small', permissions: ['users:read'] }
    assert.equal((await here.call('POST', '/roles', { as: admin.token, body: small })).status, 201)
  })

  const named = (fields: object) => {
    count += 1
    return { username: `granted-${count}`, email: `granted-${count}@example.com`, ...fields }
  }
  const grants: Record<string, () => [method: string, path: string, body: object]> = {
    'a role for a new user': () => ['POST', '/users', named({ roles: ['manager'] })],
    'a role for somebody': () => ['PATCH', `/users/${plain.id}`, { roles: ['manager'] }],
    'a role for themselves': () => ['PATCH', '/users/me', { roles: ['user', 'manager', 'small'] }],
    'an account that was disabled': () => ['PATCH', `/users/${disabled.id}`, { status: 'active' }],
    'an account from the bin': () => ['POST', `/users/${deleted.id}/restore`, {}],
    'a new role': () => ['POST', '/roles', { name: `role-${++count}`, permissions: ['users:read'] }],
    'more to a role': () => ['PATCH', '/roles/small', { permissions: ['users:read', 'users:write'] }],
    'the end of a role': () => ['DELETE', '/roles/small', {}],
    'an API key': () => ['POST', '/api-keys', { name: 'k', permissions: ['users:write'] }],
    'users of an import': () => ['POST', '/users/import', named({ roles: ['small'] })],
  }
  const ends: Record<string, (user: TestUser, keyId: string) => Promise<{ status: number }>> = {
    demoted: ({ id }) => here.call('PATCH', `/users/${id}`, { as: admin.token, body: { roles: ['user'] } }),
    disabled: ({ id }) =>
      here.call('PATCH', `/users/${id}`, { as: admin.token, body: { status: 'disabled' } }),
    'signed out': ({ token }) => here.call('POST', '/auth/logout', { as: token }),
    'the owner of the key disabled': ({ id }) =>
      here.call('PATCH', `/users/${id}`, { as: admin.token, body: { status: 'disabled' } }),
    'without the key': ({ token }, keyId) => here.call('DELETE', `/api-keys/${keyId}`, { as: token }),
  }

  for (const [grant, request] of Object.entries(grants)) {
    it(`can no longer be granted: ${grant}`, async () => {
      let windows = 0
      for (const [end, take] of Object.entries(ends)) {
        const user = await here.createUser({ roles: ['user', 'manager'] })
        const key = await here.call('POST', '/api-keys', {
          as: user.token,
          body: { name: 'k', permissions: held },
        })
        // Keys are no persons: actions that only a person can do are not tried with them.
        const as = end.includes('the key') ? key.body.secret : user.token
        const [method, path, body] = request()
        if (as !== user.token && path === '/users/me') continue
        assert.equal((await there.call('GET', '/users', { as })).status, 200)
        assert.ok((await take(user, key.body.id)).status < 300)
        const headers = path.endsWith('import') ? { 'content-type': 'application/x-ndjson' } : {}
        const sent =
          method === 'DELETE' || path.endsWith('restore') ? {} : { body: JSON.stringify(body), headers }
        const answer = await there.call(method, path, { as, ...sent })
        // If the other replica has already read the change, it refuses the request at the check of access.
        if (answer.status !== 401) windows += 1
        // 404: a caller who may not change other users does not see them either.
        assert.ok([401, 403, 404].includes(answer.status), `${end}: ${answer.status} ${answer.text}`)
      }
      assert.ok(windows > 0, 'the moment was missed every time')
    })
  }

  it('the remaining rights can be granted', async () => {
    const user = await here.createUser({ roles: ['user', 'manager'] })
    for (const [grant, request] of Object.entries(grants)) {
      const [method, path, body] = request()
      const headers = path.endsWith('import') ? { 'content-type': 'application/x-ndjson' } : {}
      const sent =
        method === 'DELETE' || path.endsWith('restore') ? {} : { body: JSON.stringify(body), headers }
      const { status } = await there.call(method, path, { as: user.token, ...sent })
      if (method === 'DELETE') assert.equal(status, 409, 'somebody has it by now')
      else assert.ok(status < 300, `${grant}: ${status}`)
    }
  })
})
