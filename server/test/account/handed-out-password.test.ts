import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { fromNow, now } from '../../src/clock.ts'
import { sha256 } from '../../src/encoding/sha256.ts'
import { introspects } from '../applications/introspects.ts'
import { onBothEngines, password, type Service } from '../harness.ts'

onBothEngines('a password that an administrator hands out', (engine) => {
  let service: Service
  before(async () => {
    service = await engine.start()
  })
  const call: Service['call'] = (...args) => service.call(...args)
  let count = 0
  const create = async (fields: object, as?: string) => {
    count += 1
    const body = { username: `new-${count}`, email: `new-${count}@example.com`, password, ...fields }
    return call('POST', '/users', { body, ...(as !== undefined && { as }) })
  }

  it('is replaced before anything else, by every way of signing in', async () => {
    const { token } = await service.admin()
    const created = await create({ must_change_password: true, email_verified: true }, token)
    assert.equal(created.status, 201, created.text)
    const { username } = created.body
    const { body: signedIn } = await call('POST', '/auth/login', { body: { username, password } })
    const tokens = [signedIn.access_token, { username, password }]
    for (const as of tokens)
      for (const [method, path] of [
        ['GET', '/users/me'],
        ['GET', '/users/me/data'],
        ['POST', '/users/me/totp'],
        ['PATCH', '/users/me'],
        ['GET', '/users/me/sessions'],
      ] as const) {
        const refused = await call(method, path, { as, ...(method !== 'GET' && { body: {} }) })
        assert.deepEqual([refused.status, refused.body.code], [403, 'password_change_required'], path)
      }
    const as = signedIn.access_token as string
    assert.equal((await call('GET', '/auth/check', { as })).status, 401)
    const machine = { as: token, body: { name: 'Shop', kind: 'machine' } }
    const shop = (await call('POST', '/applications', machine)).body
    const isActive = () => introspects(service, shop, as)
    assert.equal(await isActive(), false, 'nor at an application that asks whether the token is good')
    assert.equal((await call('GET', '/auth/session', { as })).body.must_change_password, true)
    const change = (to: string) =>
      call('PUT', '/users/me/password', { as, body: { current_password: password, password: to } })
    const same = await change(password)
    assert.deepEqual([same.status, same.body.errors[0].code], [400, 'same_password'])
    assert.equal((await change('another good one')).status, 204)
    assert.equal((await call('GET', '/users/me', { as })).status, 200)
    assert.equal(await isActive(), true)
    assert.equal((await call('GET', '/auth/session', { as })).body.must_change_password, false)
    const again = { body: { username, password: 'another good one' } }
    const { body: later } = await call('POST', '/auth/login', again)
    assert.equal((await call('GET', '/users/me', { as: later.access_token })).status, 200)
  })

  it('is replaced by the link of a mail too', async () => {
    const { body } = await create({ must_change_password: true }, (await service.admin()).token)
    const token = 'A'.repeat(43)
    await service.roster.database.transaction((tx) =>
      tx
        .insertInto('one_time_tokens')
        .values({
          ...{ hash: sha256(token), purpose: 'reset_password', user_id: body.id },
          ...{ email: body.email, email_key: body.email, created_at: now(), expires_at: fromNow(60) },
        })
        .execute(),
    )
    const reset = { token, password: 'another good one' }
    assert.equal((await call('POST', '/auth/reset-password', { body: reset })).status, 204)
    const { body: signedIn } = await call('POST', '/auth/login', {
      body: { username: body.username, password: 'another good one' },
    })
    assert.equal((await call('GET', '/users/me', { as: signedIn.access_token })).status, 200)
  })

  it('must be replaced by an existing user, who then continues on the same page', async () => {
    const { token } = await service.admin()
    const user = await service.createUser()
    const patch = (body: object, as = token) => call('PATCH', `/users/${user.id}`, { as, body })
    const own = await patch({ must_change_password: false }, user.token)
    assert.deepEqual([own.status, own.body.code], [403, 'field_not_writable'])
    const before = await call('GET', `/users/${user.id}`, { as: token })
    const asked = await patch({ must_change_password: true })
    assert.equal(asked.status, 200, asked.text)
    assert.notEqual(asked.headers.get('etag'), before.headers.get('etag'))
    assert.equal((await patch({ must_change_password: true })).headers.get('etag'), asked.headers.get('etag'))
    const refused = await call('GET', '/users/me', { as: user.token })
    assert.deepEqual([refused.status, refused.body.code], [403, 'password_change_required'])
    const events = await call('GET', `/audit-events?type=user.updated&target=${user.id}`, { as: token })
    assert.deepEqual(events.body[0].changes, { fields: ['must_change_password'] })
    assert.equal((await patch({ must_change_password: null })).status, 200)
    assert.equal((await call('GET', '/users/me', { as: user.token })).status, 200)
    await patch({ must_change_password: true })
    const change = { current_password: password, password: 'another good one' }
    assert.equal((await call('PUT', '/users/me/password', { as: user.token, body: change })).status, 204)
    assert.equal((await call('GET', '/users/me', { as: user.token })).status, 200)

    const without = await create({ password: undefined }, token)
    const path = `/users/${without.body.id}`
    const fault = await call('PATCH', path, { as: token, body: { must_change_password: true } })
    assert.deepEqual(
      [fault.status, fault.body.errors[0].pointer, fault.body.errors[0].code],
      [400, '/must_change_password', 'no_password'],
    )
  })

  it('needs an administrator and a password', async () => {
    const signUp = await create({ must_change_password: true })
    assert.deepEqual([signUp.status, signUp.body.code], [403, 'field_not_writable'])
    const { token } = await service.admin()
    const without = await create({ must_change_password: true, password: undefined }, token)
    assert.deepEqual([without.status, without.body.errors[0].pointer], [400, '/password'])
    const plain = await create({ must_change_password: false }, token)
    assert.equal(plain.status, 201)
  })
})
