/** The end of access ends the grants of applications for the user: refresh, userinfo and introspection, on every replica. */
import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import * as client from 'openid-client'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { replicas } from '../security/replicas.ts'
import { patiently } from './browser.ts'
import { connect, offline, type Registered, register, signIn } from './relying-party.ts'

onBothEngines('the access of an application for a user', (engine) => {
  let service: Service
  let other: Service
  let admin: TestUser
  let user: TestUser
  let application: Registered
  let config: client.Configuration
  let otherConfig: client.Configuration
  before(async () => {
    ;[service, other] = await replicas(engine, {})
    admin = await service.admin()
    user = await service.createUser({ username: 'ann', roles: ['user'] })
    application = await register(service)
    config = await connect(service, application)
    otherConfig = await connect(other, application)
  })

  const login = async (typed = password) => {
    const { body } = await service.call('POST', '/auth/login', { body: { username: 'ann', password: typed } })
    return body.access_token as string
  }
  /** Every use of the tokens, on the replica that did not end them. */
  const uses = async (tokens: client.TokenEndpointResponse) => {
    const introspected = await client.tokenIntrospection(otherConfig, tokens.access_token)
    const refreshable = await client.tokenIntrospection(otherConfig, tokens.refresh_token!)
    const info = await client.fetchUserInfo(otherConfig, tokens.access_token, user.id).then(
      () => true,
      () => false,
    )
    const refreshed = await client.refreshTokenGrant(otherConfig, tokens.refresh_token!).then(
      () => true,
      (error) => error.error !== 'invalid_grant',
    )
    return { access: introspected.active, refresh: refreshable.active, info, refreshed }
  }
  const gone = { access: false, refresh: false, info: false, refreshed: false }
  const there = { access: true, refresh: true, info: true, refreshed: true }

  it('works until something ends it', async () => {
    assert.deepEqual(await uses((await signIn(service, config, user.token)).tokens), there)
  })

  it('ends when the account is disabled or deleted', async () => {
    const path = `/users/${user.id}`
    for (const [end, undo] of [
      [
        () => service.call('PATCH', path, { as: admin.token, body: { status: 'disabled' } }),
        () => service.call('PATCH', path, { as: admin.token, body: { status: 'active' } }),
      ],
      [
        () => service.call('DELETE', path, { as: admin.token }),
        () => service.call('POST', `${path}/restore`, { as: admin.token }),
      ],
    ] as const) {
      const { tokens } = await signIn(service, config, await login(), offline)
      assert.ok((await end()).status < 300)
      assert.deepEqual(await uses(tokens), gone)
      assert.ok((await undo()).status < 300)
      assert.deepEqual(await uses(tokens), gone)
    }
  })

  it('ends with a new password', async () => {
    const as = await login()
    const { tokens } = await signIn(service, config, as, offline)
    const next = `${password} 2`
    const changed = await service.call('PUT', '/users/me/password', {
      as,
      body: { current_password: password, password: next },
    })
    assert.equal(changed.status, 204, changed.text)
    assert.deepEqual(await uses(tokens), gone)
    await service.call('PUT', '/users/me/password', {
      as: await login(next),
      body: { current_password: next, password },
    })
  })

  it('ends when its session is revoked, also offline access, and remains when another session is revoked', async () => {
    const [as, another] = [await login(), await login()]
    const { tokens } = await signIn(service, config, as, offline)
    const { tokens: others } = await signIn(service, config, another, offline)
    const { body: sessions } = await service.call('GET', '/users/me/sessions', { as })
    const id = sessions.find(({ current }: { current: boolean }) => current).id
    const ended = await service.call('DELETE', `/users/me/sessions/${id}`, { as: another })
    assert.equal(ended.status, 204)
    assert.deepEqual([await uses(tokens), await uses(others)], [gone, there])
    // The row of the session is deleted one day; that must not revive anything.
    const rows = await service.roster.database.read
      .selectFrom('oauth_records')
      .select('id')
      .where('session_id', '=', id)
      .execute()
    assert.deepEqual(rows, [])
  })

  it('ends with its session although the same browser signs in again', async () => {
    const as = await login()
    const { tokens, browser } = await signIn(service, config, as)
    await service.call('POST', '/auth/logout', { as })
    const again = await login()
    browser.as(again)
    const { tokens: later } = await signIn(service, config, again, {}, browser)
    assert.deepEqual([await uses(tokens), await uses(later)], [gone, there])
  })

  it('ends when the user may no longer use the application', async () => {
    const own = await register(service, { roles: ['user'] })
    const { tokens } = await signIn(service, await connect(service, own), await login())
    const active = async () =>
      (await client.tokenIntrospection(await connect(other, own), tokens.access_token)).active
    assert.equal(await active(), true)
    const path = `/applications/${own.client_id}`
    await service.call('PATCH', path, { as: admin.token, body: { roles: ['admin'] } })
    assert.equal(await active(), false)
  })

  it('ends when the application itself revokes the refresh token', async () => {
    const { tokens } = await signIn(service, config, await login(), offline)
    await client.tokenRevocation(config, tokens.refresh_token!)
    assert.deepEqual(await uses(tokens), gone)
  })

  it('is not given if the session ended during the request of the application', async () => {
    const as = await login()
    const both = await Promise.allSettled([
      signIn(service, config, as, offline),
      service.call('DELETE', '/users/me/sessions', { as }),
    ])
    for (const one of both)
      if (one.status === 'fulfilled' && 'tokens' in one.value) {
        assert.deepEqual(await uses(one.value.tokens), gone)
      }
  })

  it('a form that is too long gets its answer', async () => {
    const body = new URLSearchParams({ token: 'a'.repeat(100_000) })
    const { status } = await patiently(`${service.url}/oauth2/introspect`, { method: 'POST', body })
    assert.equal(status, 413)
  })
})
