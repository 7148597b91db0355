import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { Secret, TOTP } from 'otpauth'
import { nowMs, shiftClock } from '../../src/clock.ts'
import { type Credentials, onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { createAuthenticator } from './authenticator.ts'

const week = 7 * 24 * 3600

onBothEngines('a role that asks for a second factor', (engine) => {
  let service: Service
  let admin: TestUser
  let holder: TestUser
  let shifted = 0
  before(async () => {
    service = await engine.start()
    admin = await service.admin()
    const role = { name: 'cashier', permissions: [], second_factor_required: true }
    const made = await call('POST', '/roles', admin.token, role)
    assert.deepEqual([made.status, made.body.second_factor_required], [201, true])
    holder = await service.createUser({ roles: ['cashier'] })
  })
  after(() => shiftClock(-shifted))
  const call = (method: string, path: string, as: Credentials, body?: object) =>
    service.call(method, path, { as, ...(body && { body }) })
  const listed = async (query: string) => {
    const { body } = await call('GET', `/users?${query}`, admin.token)
    return body.map(({ username }: { username: string }) => username) as string[]
  }
  const login = async () =>
    (await service.call('POST', '/auth/login', { body: { username: holder.username, password } })).body
  const stateOf = async (token: string) => (await call('GET', '/auth/session', token)).body.second_factor

  it('shows administrators the users without a factor, and the user the time limit', async () => {
    assert.deepEqual(await listed('role=cashier&second_factor=false'), [holder.username])
    assert.deepEqual(await listed('role=cashier&second_factor=true'), [])
    const state = await stateOf(holder.token)
    assert.deepEqual([state.required, state.enrolled, state.overdue], [true, false, false])
    assert.equal((await stateOf(admin.token)).required, false)
  })

  it('allows nothing but to add one after the grace, and the list knows it then', async () => {
    shiftClock(week + 60)
    shifted += week + 60
    const { access_token: token } = await login()
    const own = await call('PATCH', '/users/me', token, { first_name: 'Ada' })
    assert.deepEqual([own.status, own.body.code], [403, 'factor_required'])
    const begun = await call('POST', '/users/me/totp', token)
    admin = { ...admin, token: (await loginOf(admin)).access_token }
    assert.deepEqual(await listed('role=cashier&second_factor=false'), [holder.username], 'not confirmed yet')
    const code = new TOTP({ secret: Secret.fromBase32(begun.body.secret) }).generate({ timestamp: nowMs() })
    assert.equal((await call('PUT', '/users/me/totp', token, { code })).status, 200)
    assert.equal((await call('PATCH', '/users/me', token, { first_name: 'Ada' })).status, 200)
    assert.deepEqual(await listed('role=cashier&second_factor=false'), [])
    assert.deepEqual(await listed('second_factor=true'), [holder.username])
    assert.deepEqual(await listed('second_factor=false'), [admin.username])
    const last = await call('DELETE', '/users/me/totp', token)
    assert.deepEqual([last.status, last.body.code], [409, 'last_factor'])

    const { options } = (await call('POST', '/users/me/passkeys/options', token)).body
    const passkey = createAuthenticator().make(options)
    const added = await call('POST', '/users/me/passkeys', token, { name: 'Key', passkey })
    assert.equal((await call('DELETE', '/users/me/totp', token)).status, 204)
    assert.deepEqual(await listed('second_factor=true'), [holder.username], 'a passkey counts as well')
    assert.equal(
      (await call('DELETE', `/users/me/passkeys/${added.body.id}`, token)).body.code,
      'last_factor',
    )
  })

  it('changes for built-in roles as well, and nothing else of them', async () => {
    const asked = await call('PATCH', '/roles/user', admin.token, { second_factor_required: true })
    assert.deepEqual([asked.status, asked.body.second_factor_required], [200, true])
    const plain = await service.createUser()
    assert.equal((await stateOf(plain.token)).required, true)
    const more = await call('PATCH', '/roles/user', admin.token, {
      second_factor_required: false,
      permissions: ['users:read'],
    })
    assert.deepEqual([more.status, more.body.code], [409, 'role_built_in'])
    assert.equal((await stateOf(plain.token)).required, true, 'nothing of it was changed')
    await call('PATCH', '/roles/user', admin.token, { second_factor_required: false })
    assert.equal((await stateOf((await loginOf(plain)).access_token)).required, false)
    const { body: events } = await call('GET', '/audit-events?type=role.updated', admin.token)
    assert.equal(events[0].changes.second_factor_required, false)
  })

  it('counts a role that a group gives: in the list, for the user, and for the last factor', async () => {
    const outer = await call('POST', '/groups', admin.token, { name: 'Shop', roles: ['cashier'] })
    const inner = await call('POST', '/groups', admin.token, { name: 'Tills' })
    const member = await service.createUser()
    const put = async (path: string) => {
      const { status, text } = await call('PUT', path, admin.token)
      assert.equal(status, 204, text)
    }
    await put(`/groups/${outer.body.id}/groups/${inner.body.id}`)
    assert.deepEqual(await listed('role=cashier&second_factor=false'), [])
    await put(`/groups/${inner.body.id}/members/${member.id}`)
    assert.deepEqual(await listed('role=cashier&second_factor=false'), [member.username])
    assert.deepEqual((await listed('role=cashier')).toSorted(), [holder.username, member.username].toSorted())
    assert.deepEqual(
      await listed('filter=roles eq "cashier"'),
      [holder.username],
      'the field is what was given',
    )

    const { access_token: token } = await loginOf(member)
    assert.deepEqual([(await stateOf(token)).required, (await stateOf(token)).overdue], [true, false])
    shiftClock(week + 60)
    shifted += week + 60
    const { access_token: late } = await loginOf(member)
    const basic = { username: member.username, password }
    for (const as of [late, basic]) {
      const refused = await call('GET', '/users/me', as)
      assert.deepEqual([refused.status, refused.body.code], [403, 'factor_required'])
    }
    const begun = await call('POST', '/users/me/totp', late)
    const code = new TOTP({ secret: Secret.fromBase32(begun.body.secret) }).generate({ timestamp: nowMs() })
    assert.equal((await call('PUT', '/users/me/totp', late, { code })).status, 200)
    assert.equal((await call('DELETE', '/users/me/totp', late)).body.code, 'last_factor')
  })

  const loginOf = async (user: TestUser) =>
    (await service.call('POST', '/auth/login', { body: { username: user.username, password } })).body
})
