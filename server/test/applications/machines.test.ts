import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import type { Permission } from '../../src/caller.ts'
import { passTime, shiftClock } from '../../src/clock.ts'
import { until } from '../harness/wait.ts'
import { onBothEngines, type Service, type TestUser } from '../harness.ts'
import { sharedDatabase } from '../shared-database.ts'
import { machineToken, registerMachine, tokenRequest } from './machine.ts'
import { callback, connect, publicUrl, register, signIn } from './relying-party.ts'

onBothEngines('a machine with permissions', (engine) => {
  let here: Service
  let there: Service
  let admin: TestUser
  before(async () => {
    const DATABASE_URL = await sharedDatabase(engine)
    const settings = { DATABASE_URL, ROSTER_PUBLIC_URL: publicUrl }
    here = await engine.start(settings)
    there = await engine.start(settings)
    admin = await here.admin()
  })
  const status = async (as: string, path = '/users', service = here) =>
    (await service.call('GET', path, { as })).status

  it('calls the API with the permissions of its token, and with no others', async () => {
    const machine = await registerMachine(here, ['users:read', 'audit:read'])
    const token = await machineToken(here, machine, 'users:read')
    assert.deepEqual([await status(token), await status(token, '/audit-events')], [200, 403])
    const both = await machineToken(here, machine, 'users:read audit:read')
    assert.equal(await status(both, '/audit-events'), 200)
    for (const resource of [publicUrl, `${publicUrl}/`])
      assert.equal(await status(await machineToken(here, machine, 'users:read', { resource })), 200, resource)
  })

  it('gets no permission that it was not given, and a token without permissions opens nothing', async () => {
    const machine = await registerMachine(here, ['users:read'])
    for (const [scope, more] of [
      ['users:write', {}],
      ['users:read users:write', {}],
      ['users:read email', {}],
      ['', { resource: publicUrl }],
      ['email', { resource: publicUrl }],
    ] as const) {
      const { status, body } = await tokenRequest(here, machine, scope, more)
      assert.deepEqual([status, body['error']], [400, 'invalid_scope'], scope)
    }
    for (const scope of ['', 'email', 'unknown'])
      assert.equal(await status(await machineToken(here, machine, scope)), 401, scope)
    const none = await register(here, { kind: 'machine', redirect_uris: [] })
    const refused = await tokenRequest(here, none, 'users:read')
    assert.deepEqual([refused.status, refused.body['error']], [400, 'invalid_scope'])
  })

  it('no token of a user for an application opens the API, also of an administrator', async () => {
    const web = await register(here)
    const config = await connect(here, web)
    const { tokens } = await signIn(here, config, admin.token, { scope: 'openid users:read' })
    assert.equal(await status(tokens.access_token), 401)
    const query = new URLSearchParams({
      client_id: web.client_id,
      redirect_uri: callback,
      response_type: 'code',
      scope: 'openid users:read',
      resource: publicUrl,
    })
    const { headers } = await here.call('GET', `/oauth2/authorize?${query}`, { as: admin.token })
    assert.match(headers.get('location') ?? '', /error=invalid_target/)
    const refused = await tokenRequest(here, web, 'users:read', { resource: publicUrl })
    assert.deepEqual([refused.status, refused.body['error']], [400, 'invalid_request'])
    const given = await here.call('PATCH', `/applications/${web.client_id}`, {
      as: admin.token,
      body: { permissions: ['users:read'] },
    })
    assert.deepEqual([given.status, given.body.errors[0].pointer], [400, '/permissions'])
  })

  it('keeps its own audience beside the API', async () => {
    const audience = 'https://orders.example.com'
    const machine = await registerMachine(here, ['users:read'], { audience })
    assert.equal(await status(await machineToken(here, machine, 'users:read')), 200)
    const other = await machineToken(here, machine, 'email')
    const claims = JSON.parse(Buffer.from(other.split('.')[1]!, 'base64url').toString())
    assert.equal(claims.aud, audience)
    assert.equal(claims.secret_id, undefined)
    assert.equal(await status(other), 401)
  })

  it('loses removed permissions, secrets and the application within a second on every replica', async () => {
    const path = (id: string) => `/applications/${id}`
    const ends: Record<string, (id: string) => Promise<unknown>> = {
      permissions: (id) =>
        here.call('PATCH', path(id), { as: admin.token, body: { permissions: ['audit:read'] } }),
      secret: async (id) => {
        const { body } = await here.call('GET', `${path(id)}/secrets`, { as: admin.token })
        await here.call('POST', `${path(id)}/secrets`, { as: admin.token })
        return here.call('DELETE', `${path(id)}/secrets/${body[0].id}`, { as: admin.token })
      },
      application: (id) => here.call('DELETE', path(id), { as: admin.token }),
    }
    for (const [name, end] of Object.entries(ends)) {
      const machine = await registerMachine(here, ['users:read', 'audit:read'])
      const token = await machineToken(here, machine, 'users:read')
      assert.deepEqual([await status(token), await status(token, '/users', there)], [200, 200])
      await end(machine.client_id)
      assert.equal(await status(token), 401, name)
      passTime(1)
      assert.equal(await status(token, '/users', there), 401, name)
    }
  })

  it('a token remains valid when another secret of the application ends, and ends when it is revoked', async () => {
    const machine = await registerMachine(here, ['users:read'])
    const path = `/applications/${machine.client_id}/secrets`
    const { body: added } = await here.call('POST', path, { as: admin.token })
    const [first, second] = [
      await machineToken(here, machine, 'users:read'),
      await machineToken(here, { ...machine, client_secret: added.client_secret }, 'users:read'),
    ]
    await here.call('DELETE', `${path}/${added.id}`, { as: admin.token })
    assert.deepEqual([await status(first), await status(second)], [200, 401])
    const revoked = await tokenRequest(here, machine, '', { token: first }, '/oauth2/revoke')
    assert.equal(revoked.status, 200)
    passTime(1)
    assert.equal(await status(first), 401)
  })

  it('has the time of its last token or call, to the minute, also after a change', async () => {
    const machine = await registerMachine(here, ['users:read'])
    const path = `/applications/${machine.client_id}`
    const lastUse = async () => (await here.call('GET', path, { as: admin.token })).body.last_used_at
    const wrong = await tokenRequest(here, { ...machine, client_secret: 'wrong' }, 'users:read')
    assert.deepEqual([wrong.status, await lastUse()], [401, null])
    const token = await machineToken(here, machine, 'users:read')
    const first = await until(async () => (await lastUse()) ?? false, 'the token is no use')
    shiftClock(30)
    try {
      assert.equal(await status(token), 200)
      const renamed = await here.call('PATCH', path, { as: admin.token, body: { name: 'Daily sync' } })
      assert.deepEqual([renamed.status, renamed.body.last_used_at, await lastUse()], [200, first, first])
      shiftClock(31)
      assert.equal(await status(token), 200)
      await until(async () => (await lastUse()) > first, 'the call of the API is no use')
      shiftClock(-31)
    } finally {
      shiftClock(-30)
    }
    const { body } = await here.call('GET', '/applications', { as: admin.token })
    const uses = (body as { kind: string; last_used_at: string | null }[]).filter(
      ({ kind }) => kind !== 'machine',
    )
    assert.ok(uses.every(({ last_used_at }) => last_used_at === null))
  })

  it('can give only permissions that it holds at present, not those in the cache of a replica', async () => {
    const machine = await registerMachine(here, ['roles:write', 'roles:read', 'audit:read'])
    const token = await machineToken(here, machine, 'roles:write audit:read')
    const role = (name: string) =>
      there.call('POST', '/roles', { as: token, body: { name, permissions: ['audit:read'] } })
    assert.equal((await role('given-before')).status, 201)
    const body = { permissions: ['roles:write', 'roles:read'] }
    await here.call('PATCH', `/applications/${machine.client_id}`, { as: admin.token, body })
    const { status, body: answer } = await role('given-after')
    assert.deepEqual([status, answer.code], [403, 'permission_not_held'])
  })

  it('introspection shows the application what its token allows now', async () => {
    const machine = await registerMachine(here, ['users:read', 'audit:read'])
    const token = await machineToken(here, machine, 'users:read audit:read')
    const introspect = async () =>
      (await tokenRequest(here, machine, '', { token }, '/oauth2/introspect')).body
    const { active, scope, aud, client_id } = await introspect()
    assert.deepEqual(
      { active, scope, aud, client_id },
      { active: true, scope: 'users:read audit:read', aud: publicUrl, client_id: machine.client_id },
    )
    const change = (permissions: Permission[]) =>
      here.call('PATCH', `/applications/${machine.client_id}`, { as: admin.token, body: { permissions } })
    await change(['audit:read'])
    assert.equal((await introspect())['scope'], 'audit:read')
    await change([])
    assert.deepEqual(await introspect(), { active: false })
  })
})
