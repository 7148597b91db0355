import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { login } from './replicas.ts'

const nobody = '019a5f0e-7c1b-7d2e-9f3a-4b5c6d7e8f90'

onBothEngines('what belongs to others', (engine) => {
  let service: Service
  let admin: TestUser
  let alice: TestUser
  let bob: TestUser
  before(async () => {
    service = await engine.start()
    admin = await service.admin()
    await service.call('POST', '/roles', {
      as: admin.token,
      body: { name: 'keys', permissions: ['api_keys:write'] },
    })
    alice = await service.createUser({ roles: ['user', 'keys'] })
    bob = await service.createUser({ roles: ['user', 'keys'] })
  })
  const shape = ({ status, body }: { status: number; body: Record<string, unknown> | undefined }) =>
    JSON.stringify([status, { ...body, instance: '' }])

  it('is not there, byte by byte: users, their sessions, keys and data', async () => {
    const key = await service.call('POST', '/api-keys', {
      as: bob.token,
      body: { name: 'k', permissions: ['api_keys:write'] },
    })
    const { body: sessions } = await service.call('GET', '/users/me/sessions', { as: bob.token })
    const requests: [
      method: string,
      path: (user: string, key: string, session: string) => string,
      body?: object,
    ][] = [
      ['GET', (user) => `/users/${user}`],
      ['PATCH', (user) => `/users/${user}`, { first_name: 'X' }],
      ['PUT', (user) => `/users/${user}`, { username: 'x', email: 'x@example.com' }],
      ['DELETE', (user) => `/users/${user}`, { password }],
      ['GET', (user) => `/users/${user}/data`],
      ['GET', (user) => `/users/${user}/sessions`],
      ['DELETE', (user) => `/users/${user}/sessions`],
      ['DELETE', (user, _, session) => `/users/${user}/sessions/${session}`],
      ['DELETE', (_, __, session) => `/users/me/sessions/${session}`],
      ['GET', (_, id) => `/api-keys/${id}`],
      ['PATCH', (_, id) => `/api-keys/${id}`, { name: 'mine' }],
      ['DELETE', (_, id) => `/api-keys/${id}`],
    ]
    for (const [method, path, body] of requests) {
      const send = (target: string) =>
        service.call(method, target, { as: alice.token, ...(body && { body }) })
      const others = await send(path(bob.id, key.body.id, sessions[0].id))
      const missing = await send(path(nobody, nobody, nobody))
      assert.equal(others.status, 404, `${method} ${path('user', 'key', 'session')}`)
      assert.equal(shape(others), shape(missing))
    }
    const after = await service.call('GET', `/api-keys/${key.body.id}`, { as: bob.token })
    assert.deepEqual([after.status, after.body.name], [200, 'k'])
    assert.equal((await service.call('GET', '/users/me/sessions', { as: bob.token })).body.length, 1)
    assert.equal((await service.call('GET', `/users/${bob.id}`, { as: admin.token })).body.first_name, null)
    // An administrator of keys sees it, and cannot make it theirs.
    const seen = await service.call('GET', `/api-keys/${key.body.id}`, { as: admin.token })
    assert.deepEqual([seen.status, seen.body.user_id], [200, bob.id])
    const changed = await service.call('PATCH', `/api-keys/${key.body.id}`, {
      as: admin.token,
      body: { name: 'mine' },
    })
    assert.equal(changed.status, 404)
  })

  it('a whole replacement of oneself writes no administrator’s field and no unknown one', async () => {
    const own = { username: alice.username, email: alice.email, first_name: 'X' }
    for (const field of [
      { roles: ['admin'] },
      { status: 'active' },
      { email_verified: true },
      { external_id: 'x' },
    ]) {
      const { status, body } = await service.call('PUT', '/users/me', {
        as: alice.token,
        body: { ...own, ...field },
      })
      assert.deepEqual([status, body.code], [403, 'field_not_writable'], JSON.stringify(field))
    }
    for (const name of [
      'role',
      'is_admin',
      'id',
      'created_at',
      'password_hash',
      'token_version',
      'tenant_id',
    ]) {
      const { status, body } = await service.call('PUT', '/users/me', {
        as: alice.token,
        body: { ...own, [name]: 'x' },
      })
      assert.deepEqual([status, body.errors[0].code], [400, 'unknown_field'], name)
    }
    const { body } = await service.call('GET', '/users/me', { as: alice.token })
    assert.deepEqual([body.first_name, body.roles], [null, ['keys', 'user']])
  })

  it('no caller can set the password of another user, not even an administrator', async () => {
    const path = `/users/${bob.id}`
    const names = { username: bob.username, email: bob.email }
    for (const [method, target, body, expected] of [
      ['PUT', `${path}/password`, { password: 'another fine password' }, 'forbidden'],
      [
        'PUT',
        `${path}/password`,
        { password: 'another fine password', current_password: password },
        'forbidden',
      ],
      ['PATCH', path, { password: 'another fine password' }, 'invalid_input'],
      ['PUT', path, { ...names, password: 'another fine password' }, 'invalid_input'],
    ] as const) {
      const { body: answer } = await service.call(method, target, { as: admin.token, body })
      assert.equal(answer.code, expected, `${method} ${target}`)
    }
    assert.equal((await login(service, bob.username, password, '')).status, 200)
  })

  it('the built-in roles stay what they are', async () => {
    for (const name of ['admin', 'user'])
      for (const [method, body] of [
        ['PATCH', { permissions: [] }],
        ['PUT', { permissions: ['users:read'] }],
        ['DELETE', undefined],
      ] as const) {
        const answer = await service.call(method, `/roles/${name}`, {
          as: admin.token,
          ...(body && { body }),
        })
        assert.equal(answer.body.code, 'role_built_in', `${method} ${name}`)
      }
  })

  it('no answer has a hash, a secret that was shown before, or an internal counter', async () => {
    const key = await service.call('POST', '/api-keys', {
      as: admin.token,
      body: { name: 'k', permissions: ['users:read'] },
    })
    const { body: document } = await service.call('GET', '/openapi.json')
    const shapes = JSON.stringify(document.components.schemas)
    assert.doesNotMatch(
      shapes,
      /"(password_hash|secret_hash|hash|failures|private_jwk|token_hash|\w+_key|seq_id)":/,
    )
    const gets = Object.entries(document.paths as Record<string, Record<string, unknown>>).filter(
      ([path, methods]) => 'get' in methods && !/docs|openapi|problems|health|export/.test(path),
    )
    assert.ok(gets.length > 10)
    for (const [path] of gets) {
      const target = path
        .replace('/users/{id}', `/users/${alice.id}`)
        .replace('/api-keys/{id}', `/api-keys/${key.body.id}`)
        .replace('{name}', 'keys')
      const { text, status } = await service.call('GET', target, { as: admin.token })
      assert.ok(status < 500, target)
      assert.doesNotMatch(text, /argon2|"(password_hash|secret_hash|failures|private_jwk|d)":/, target)
      assert.ok(!text.includes(key.body.secret) && !text.includes(alice.refresh), target)
    }
    for (const type of ['application/x-ndjson', 'text/csv']) {
      const headers = { accept: type }
      const { status, text } = await service.call('GET', '/users/export', { as: admin.token, headers })
      assert.equal(status, 200)
      assert.doesNotMatch(text, /argon2/)
    }
  })
})

onBothEngines('the name of a deleted user', (engine) => {
  it('is free for administrators, and the next user with it gets nothing of the old account', async () => {
    const service = await engine.start()
    const admin = await service.admin()
    await service.call('POST', '/roles', {
      as: admin.token,
      body: { name: 'keys', permissions: ['users:read', 'api_keys:write'] },
    })
    const old = await service.createUser({ username: 'reused', roles: ['user', 'keys'] })
    const { body: key } = await service.call('POST', '/api-keys', {
      as: old.token,
      body: { name: 'k', permissions: ['users:read'] },
    })
    await service.call('PATCH', `/users/${old.id}`, {
      as: admin.token,
      body: { metadata: { plan: 'gold' }, external_id: 'ext-1', first_name: 'Old' },
    })
    assert.equal((await service.call('DELETE', `/users/${old.id}`, { as: admin.token })).status, 204)
    const dead = async () => {
      assert.equal((await login(service, 'reused', password, '')).status, 401)
      const basic = { username: 'reused', password }
      for (const as of [old.token, key.secret as string, basic])
        assert.equal((await service.call('GET', '/users/me', { as })).status, 401)
      const body = { refresh_token: old.refresh }
      assert.equal((await service.call('POST', '/auth/refresh', { body })).status, 400)
    }
    await dead()
    const again = { username: 'REUSED', email: old.email, password: 'another fine password' }
    const refused = await service.call('POST', '/users', { body: again })
    assert.equal(refused.body.code, 'username_taken')
    const created = await service.call('POST', '/users', { as: admin.token, body: again })
    assert.equal(created.status, 201)
    assert.notEqual(created.body.id, old.id)
    assert.deepEqual(
      [created.body.roles, created.body.metadata, created.body.external_id, created.body.first_name],
      [['user'], {}, null, null],
    )
    await dead()
    const { body: pair } = await login(service, 'reused', 'another fine password', '')
    const mine = async (path: string) => (await service.call('GET', path, { as: pair.access_token })).body
    assert.equal((await mine('/users/me/sessions')).length, 1)
    const data = await mine('/users/me/data')
    assert.deepEqual([data.api_keys, data.user.id], [[], created.body.id])
    assert.ok(!JSON.stringify(data.audit_events).includes(old.id))
    const { status, body } = await service.call('POST', `/users/${old.id}/restore`, { as: admin.token })
    assert.deepEqual([status, body.code], [409, 'username_taken'])
    assert.equal(
      (await service.call('DELETE', `/users/${old.id}?purge=true`, { as: admin.token })).status,
      204,
    )
    assert.equal((await mine('/users/me')).id, created.body.id)
  })
})

onBothEngines('a sign-up with a name that is taken', (engine) => {
  it('409 tells that and nothing else, changes nothing, and is bounded for each network', async () => {
    const service = await engine.start({ ROSTER_RATE_LIMITS: 'on', ROSTER_TRUSTED_PROXIES: '127.0.0.1' })
    const admin = await service.admin()
    const user = await service.createUser({ email_verified: true })
    const snapshot = async () =>
      (await service.call('GET', `/users/${user.id}`, { as: admin.token })).text +
      (await service.call('GET', `/audit-events?target=${user.id}`, { as: admin.token })).text
    const before = await snapshot()
    const signUp = (body: object, address: string) =>
      service.call('POST', '/users', { body, headers: { 'x-forwarded-for': address } })
    for (const [body, code] of [
      [{ username: user.username.toUpperCase(), email: 'other@example.com', password }, 'username_taken'],
      [{ username: 'other', email: user.email.toUpperCase(), password }, 'email_taken'],
    ] as const) {
      const answer = await signUp(body, '198.51.100.1')
      assert.deepEqual([answer.status, answer.body.code], [409, code])
      assert.ok(!answer.text.includes(user.id) && !answer.text.includes(user.email))
    }
    assert.equal(await snapshot(), before)
    const statuses: number[] = []
    for (let at = 0; at < 61; at += 1)
      statuses.push(
        (await signUp({ username: user.username, email: 'x@example.com' }, '198.51.100.2')).status,
      )
    assert.deepEqual([statuses.slice(0, 60).every((status) => status === 409), statuses[60]], [true, 429])
    assert.equal(
      (await signUp({ username: user.username, email: 'x@example.com' }, '198.51.100.3')).status,
      409,
    )
  })
})
