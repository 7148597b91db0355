import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'

onBothEngines('why a user cannot sign in', (engine) => {
  let service: Service
  let admin: TestUser
  before(async () => {
    service = await engine.start({ ROSTER_RATE_LIMITS: 'on', ROSTER_REQUIRE_VERIFIED_EMAIL: 'true' })
    admin = await service.createUser({
      username: 'admin',
      email: 'admin@example.com',
      roles: ['admin'],
      email_verified: true,
    })
  })
  const call = (method: string, path: string, body?: object) =>
    service.call(method, path, { as: admin.token, ...(body && { body }) })
  const statusOf = async (id: string) => (await call('GET', `/users/${id}/sign-in`)).body
  const create = async (username: string, fields: object = {}) =>
    (
      await call('POST', '/users', {
        username,
        email: `${username}@example.com`,
        email_verified: true,
        ...fields,
      })
    ).body.id as string
  const login = (username: string, typed: string) =>
    service.call('POST', '/auth/login', { body: { username, password: typed } })
  const settled = () => service.roster.signIn.settled()

  it('says that nothing hinders', async () => {
    const { changed_at, ...rest } = (await statusOf(admin.id)).password
    assert.ok(Date.parse(changed_at) > 0)
    assert.deepEqual(rest, { state: 'set', wrong_attempts: 0 })
    assert.deepEqual((await statusOf(admin.id)).obstacles, [])
  })

  it('names the missing password, and logs it as the reason', async () => {
    const id = await create('nopass')
    assert.equal((await login('nopass', 'a wrong password')).status, 401)
    await settled()
    const status = await statusOf(id)
    assert.deepEqual(status.obstacles, ['no_password'])
    assert.equal(status.password.state, 'none')
    assert.equal(status.last_failure.reason, 'no_password')
    const { body } = await call('GET', `/audit-events?target=${id}&type=auth.login.failure`)
    assert.equal(body[0].reason, 'no_password')
  })

  it('names a disabled account and an unverified address', async () => {
    const id = await create('idle', { status: 'disabled', email_verified: false })
    assert.deepEqual((await statusOf(id)).obstacles, ['disabled', 'unverified_email', 'no_password'])
  })

  it('says until when sign-ins are delayed, and an administrator ends the delay', async () => {
    const id = await create('typo', { password })
    for (let turn = 0; turn < 5; turn += 1)
      assert.equal((await login('typo', 'a wrong password')).status, 401)
    assert.equal((await login('typo', password)).status, 429)
    await settled()
    const status = await statusOf(id)
    assert.deepEqual(status.obstacles, ['delayed'])
    assert.ok(Date.parse(status.delayed_until) > Date.parse(status.last_failure.at))
    assert.equal(status.password.wrong_attempts, 5)
    assert.equal(status.last_failure.reason, 'wrong_password')

    const { status: code, body } = await call('POST', `/users/${id}/unlock`)
    assert.equal(code, 200)
    assert.deepEqual([body.obstacles, body.delayed_until, body.password.wrong_attempts], [[], null, 0])
    assert.equal((await login('typo', password)).status, 200)
    const events = (await call('GET', `/audit-events?target=${id}&type=user.unlocked`)).body
    assert.equal(events.length, 1)
    assert.equal(events[0].actor.id, admin.id)
  })

  it('opens a password again that too many wrong ones switched off', async () => {
    const id = await create('guessed', { password })
    await service.roster.database.transaction((tx) =>
      tx.updateTable('passwords').set({ failures: 100 }).where('user_id', '=', id).execute(),
    )
    assert.equal((await login('guessed', password)).status, 401)
    await settled()
    const status = await statusOf(id)
    assert.deepEqual(
      [status.obstacles, status.last_failure.reason],
      [['password_switched_off'], 'password_switched_off'],
    )
    assert.deepEqual((await call('POST', `/users/${id}/unlock`)).body.obstacles, [])
    assert.equal((await login('guessed', password)).status, 200)
  })

  it('asks for the rights of the user and for the permission', async () => {
    await call('POST', '/roles', { name: 'desk', permissions: ['users:read', 'users:write'] })
    const desk = await create('desk', { password, roles: ['desk'] })
    const { access_token: as } = (await login('desk', password)).body
    const other = await create('other')
    assert.equal((await service.call('GET', `/users/${other}/sign-in`, { as })).status, 200)
    assert.equal((await service.call('POST', `/users/${other}/unlock`, { as })).status, 200)
    for (const [method, path] of [
      ['GET', 'sign-in'],
      ['POST', 'unlock'],
    ] as const) {
      const refused = await service.call(method, `/users/${admin.id}/${path}`, { as })
      assert.deepEqual([refused.status, refused.body.code], [403, 'permission_not_held'])
      await call('PATCH', `/users/${desk}`, { roles: [] })
      assert.equal((await service.call(method, `/users/${other}/${path}`, { as })).status, 403)
      await call('PATCH', `/users/${desk}`, { roles: ['desk'] })
    }
    const nobody = '00000000-0000-4000-8000-000000000000'
    assert.equal((await call('POST', `/users/${nobody}/unlock`)).status, 404)
  })
})
