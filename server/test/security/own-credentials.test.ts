import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { permissions } from '../../src/caller.ts'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { login } from './replicas.ts'

onBothEngines('an administrator’s own credentials', (engine) => {
  let service: Service
  let admin: TestUser
  let key: string
  before(async () => {
    service = await engine.start()
    admin = await service.admin()
    const made = await service.call('POST', '/api-keys', {
      as: admin.token,
      body: { name: 'k', permissions: [...permissions] },
    })
    key = made.body.secret
  })
  const refused = async (as: string, method: string, body: object, status: number, code: string) => {
    for (const id of [admin.id, ...(as === key ? [] : ['me'])]) {
      const answer = await service.call(method, `/users/${id}`, { as, body })
      assert.deepEqual(
        [answer.status, answer.body?.code],
        [status, code],
        `${method} ${JSON.stringify(body)}`,
      )
    }
    const { body: user } = await service.call('GET', `/users/${admin.id}`, { as: admin.token })
    assert.equal(user.email, admin.email)
  }
  const email = 'elsewhere@example.com'

  it('refused: a new address without the password or with a wrong one, for the API key of the administrator as well', async () => {
    const rest = { username: admin.username, roles: ['admin', 'user'] }
    for (const as of [admin.token, key]) {
      for (const [method, body] of [
        ['PATCH', { email }],
        ['PATCH', { email, email_verified: true }],
        ['PUT', { ...rest, email }],
      ] as const) {
        await refused(as, method, body, 403, 'reauthentication_required')
        await refused(
          as,
          method,
          { ...body, current_password: 'not mine at all' },
          401,
          'invalid_credentials',
        )
      }
    }
  })

  it('with the password the new address waits for its confirmation', async () => {
    const { status, body } = await service.call('PATCH', '/users/me', {
      as: admin.token,
      body: { email, current_password: password, first_name: 'Ada' },
    })
    assert.deepEqual([status, body.email, body.first_name], [200, admin.email, 'Ada'])
    const { body: events } = await service.call('GET', '/audit-events?type=email.change_requested', {
      as: admin.token,
    })
    assert.deepEqual([events.length, events[0].target.id], [1, admin.id])
  })

  it('an import is no way around it', async () => {
    const user = await service.createUser()
    const run = async (as: string, row: object) => {
      const { text } = await service.call('POST', '/users/import?mode=upsert', {
        as,
        body: JSON.stringify(row),
        headers: { 'content-type': 'application/x-ndjson' },
      })
      const { result, errors } = JSON.parse(text.split('\n')[0]!)
      return `${result} ${errors?.[0]?.code ?? ''}`.trim()
    }
    const own = { id: admin.id, username: admin.username, email: admin.email }
    for (const as of [admin.token, key]) {
      for (const row of [
        { ...own, email },
        { ...own, password: 'another fine password' },
      ])
        assert.equal(await run(as, row), 'failed reauthentication_required')
    }
    assert.equal(await run(admin.token, { ...own, first_name: 'Grace' }), 'updated')
    const other = { id: user.id, username: user.username, email: `its-${user.email}` }
    assert.equal(await run(admin.token, other), 'updated')
    assert.equal((await login(service, admin.username, password, '')).status, 200)
  })

  it('other own fields need no password, nor does the address of another user, which changes immediately', async () => {
    const own = await service.call('PATCH', '/users/me', { as: admin.token, body: { last_name: 'L' } })
    assert.equal(own.status, 200)
    const same = await service.call('PUT', '/users/me', {
      as: admin.token,
      body: { username: admin.username, email: admin.email, roles: ['admin', 'user'] },
    })
    assert.equal(same.status, 200)
    const user = await service.createUser()
    for (const [as, address] of [
      [admin.token, 'first@example.com'],
      [key, 'second@example.com'],
    ] as const) {
      const changed = await service.call('PATCH', `/users/${user.id}`, { as, body: { email: address } })
      assert.deepEqual([changed.status, changed.body.email], [200, address])
    }
  })

  it('a new password without the current one is refused; no other administrator can set it', async () => {
    const set = async (as: string, id: string, body: object) => {
      const answer = await service.call('PUT', `/users/${id}/password`, { as, body })
      return [answer.status, answer.body?.code]
    }
    const next = { password: 'another fine password' }
    const other = await service.createUser({ roles: ['admin'] })
    assert.deepEqual(await set(admin.token, 'me', next), [403, 'reauthentication_required'])
    const wrong = { ...next, current_password: 'not mine at all' }
    assert.deepEqual(await set(admin.token, 'me', wrong), [401, 'invalid_credentials'])
    const right = { ...next, current_password: password }
    for (const as of [other.token, key]) assert.deepEqual(await set(as, admin.id, right), [403, 'forbidden'])
    assert.equal((await login(service, admin.username, password, '')).status, 200)
    assert.deepEqual(await set(admin.token, admin.id, right), [204, undefined])
    assert.equal((await login(service, admin.username, password, '')).status, 401)
    assert.equal((await login(service, admin.username, next.password, '')).status, 200)
  })
})
