import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { onBothEngines, type Service, type TestUser } from '../harness.ts'

onBothEngines('all data of a user', (engine) => {
  let service: Service
  let admin: TestUser
  let user: TestUser
  before(async () => {
    service = await engine.start()
    admin = await service.admin()
    user = await service.createUser()
  })
  const holder = async (name: string, permissions: string[]): Promise<TestUser> => {
    const role = await service.call('POST', '/roles', { as: admin.token, body: { name, permissions } })
    assert.equal(role.status, 201)
    return service.createUser({ roles: ['user', name] })
  }
  const read = (id: string, as: string) => service.call('GET', `/users/${id}/data`, { as })

  it('is refused when a right to one part is missing', async () => {
    for (const [name, permissions, missing] of [
      ['reader', ['users:read'], 'audit:read'],
      ['auditor', ['users:read', 'audit:read'], 'api_keys:write'],
      ['keeper', ['users:read', 'api_keys:write'], 'audit:read'],
    ] as const) {
      const caller = await holder(name, [...permissions])
      const { status, body, text } = await read(user.id, caller.token)
      assert.deepEqual([status, body.code], [403, 'forbidden'], name)
      assert.match(body.detail, new RegExp(missing))
      assert.doesNotMatch(text, /audit_events|sessions/)
    }
  })

  it('of an administrator is refused as their sessions are', async () => {
    const caller = await holder('all-parts', ['users:read', 'audit:read', 'api_keys:write'])
    const whole = await read(admin.id, caller.token)
    const part = await service.call('GET', `/users/${admin.id}/sessions`, { as: caller.token })
    assert.deepEqual([whole.status, whole.body.code], [part.status, part.body.code])
    assert.equal(whole.body.code, 'permission_not_held')
    assert.equal((await read(user.id, caller.token)).status, 200)
  })

  it('stays complete for the user and for an administrator', async () => {
    for (const [id, token] of [
      ['me', user.token],
      [user.id, user.token],
      [user.id, admin.token],
    ] as const) {
      const { status, body } = await read(id, token)
      assert.equal(status, 200)
      assert.equal(body.sessions.length, 1)
      assert.ok(body.audit_events.length > 0)
    }
  })

  it('of its owner is refused to an API key that lacks a part', async () => {
    const { body: key } = await service.call('POST', '/api-keys', {
      as: admin.token,
      body: { name: 'k', permissions: ['users:read'] },
    })
    assert.equal((await read(admin.id, key.secret)).status, 403)
  })
})
