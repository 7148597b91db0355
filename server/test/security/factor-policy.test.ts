import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { Secret, TOTP } from 'otpauth'
import { nowMs, shiftClock } from '../../src/clock.ts'
import { introspects } from '../applications/introspects.ts'
import { type Credentials, onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { createAuthenticator } from './authenticator.ts'

const week = 7 * 24 * 3600

onBothEngines('a policy that asks administrators for a second factor', (engine) => {
  let service: Service
  let admin: TestUser
  let plain: TestUser
  let key: string
  let shop: { client_id: string; client_secret: string }
  let shifted = 0
  const later = (seconds: number) => {
    shiftClock(seconds)
    shifted += seconds
  }
  before(async () => {
    service = await engine.start({ ROSTER_SECOND_FACTOR: 'administrators' })
    admin = await service.admin()
    plain = await service.createUser()
    const machine = { name: 'Shop', kind: 'machine' }
    shop = (await call('POST', '/applications', admin.token, machine)).body
    const body = { name: 'job', permissions: ['users:read'] }
    key = (await call('POST', '/api-keys', admin.token, body)).body.secret
  })
  after(() => shiftClock(-shifted))
  const call = (method: string, path: string, as: Credentials, body?: object) =>
    service.call(method, path, { as, ...(body && { body }) })
  const login = async (user: TestUser) =>
    (await service.call('POST', '/auth/login', { body: { username: user.username, password } })).body
      .access_token as string
  const stateOf = async (token: string) => (await call('GET', '/auth/session', token)).body.second_factor

  it('gives the user the time limit for adding a factor, and allows all requests until then', async () => {
    assert.deepEqual(await stateOf(plain.token), {
      required: false,
      enrolled: false,
      due_at: null,
      overdue: false,
    })
    const state = await stateOf(admin.token)
    assert.deepEqual([state.required, state.enrolled, state.overdue], [true, false, false])
    assert.ok(Math.abs(Date.parse(state.due_at) - nowMs() - week * 1000) < 60_000, state.due_at)
    assert.equal((await call('GET', '/users', admin.token)).status, 200)
    later(week - 60)
    const token = await login(admin)
    assert.equal((await stateOf(token)).due_at, state.due_at, 'the grace does not begin anew')
    assert.equal((await call('GET', '/users', token)).status, 200)
  })

  it('allows only the addition of a factor after the time limit', async () => {
    later(120)
    const token = await login(admin)
    const basic = { username: admin.username, password }
    for (const as of [token, basic]) {
      const refused = await call('GET', '/users', as)
      assert.deepEqual([refused.status, refused.body.code], [403, 'factor_required'])
    }
    const own = await call('PATCH', '/users/me', token, { first_name: 'Ada' })
    assert.equal(own.body.code, 'factor_required')
    assert.equal((await call('GET', '/auth/check', token)).status, 401, 'nor behind a gateway')
    assert.equal(
      await introspects(service, shop, token),
      false,
      'nor at an application that asks about the token',
    )
    assert.equal(await introspects(service, shop, key), true)
    assert.equal((await call('GET', '/users', key)).status, 200, 'an API key continues to work')
    assert.equal((await call('GET', '/users/me', await login(plain))).status, 200)
    assert.equal((await stateOf(token)).overdue, true)
    assert.equal((await call('GET', '/users/me/factors', token)).status, 200)
  })

  it('is fulfilled with the first factor, and keeps the last one', async () => {
    const token = await login(admin)
    const begun = await call('POST', '/users/me/totp', token)
    const code = new TOTP({ secret: Secret.fromBase32(begun.body.secret) }).generate({ timestamp: nowMs() })
    assert.equal((await call('PUT', '/users/me/totp', token, { code })).status, 200)
    assert.equal((await call('GET', '/users', token)).status, 200)
    assert.deepEqual(await stateOf(token), {
      required: true,
      enrolled: true,
      due_at: null,
      overdue: false,
    })
    const last = await call('DELETE', '/users/me/totp', token)
    assert.deepEqual([last.status, last.body.code], [409, 'last_factor'])

    const { options } = (await call('POST', '/users/me/passkeys/options', token)).body
    const passkey = createAuthenticator().make(options)
    const added = await call('POST', '/users/me/passkeys', token, { name: 'Key', passkey })
    assert.equal((await call('DELETE', '/users/me/totp', token)).status, 204)
    const path = `/users/me/passkeys/${added.body.id}`
    assert.equal((await call('DELETE', path, token)).body.code, 'last_factor')
    const { passkeys, recovery_codes } = (await call('GET', '/users/me/factors', token)).body
    assert.deepEqual([passkeys.length, recovery_codes.left], [1, 10], 'nothing was removed')
  })
})
