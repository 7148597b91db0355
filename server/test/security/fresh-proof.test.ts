import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { shiftClock } from '../../src/clock.ts'
import { type Credentials, onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { countEvents, login } from './replicas.ts'

const stale = [403, 'reauthentication_required']

onBothEngines('a fresh proof', (engine) => {
  let service: Service
  let admin: TestUser
  let other: TestUser
  let plain: TestUser
  let disabled: TestUser
  let holder: TestUser
  let removed: TestUser
  let groupId: string
  let innerId: string
  let keyId: string
  let applicationId: string
  let otherSession: string
  let otherKey: string
  let webhookId: string
  before(async () => {
    service = await engine.start()
    admin = await service.admin()
    other = await service.createUser({ roles: ['admin', 'user'], email_verified: true })
    plain = await service.createUser({ email_verified: true })
    await service.call('POST', '/roles', {
      as: admin.token,
      body: { name: 'reader', permissions: ['users:read'] },
    })
    disabled = await service.createUser({ roles: ['reader'] })
    holder = await service.createUser()
    removed = await service.createUser({ roles: ['reader'] })
    const leave = { as: admin.token, body: { status: 'disabled' } }
    assert.equal((await service.call('PATCH', `/users/${disabled.id}`, leave)).status, 200)
    assert.equal((await service.call('DELETE', `/users/${removed.id}`, { as: admin.token })).status, 204)
    const newGroup = async (body: object) =>
      (await service.call('POST', '/groups', { as: admin.token, body })).body.id
    groupId = await newGroup({ name: `readers ${engine.name}`, roles: ['reader'] })
    innerId = await newGroup({ name: `inner ${engine.name}` })
    for (const path of [`members/${holder.id}`, `groups/${innerId}`])
      assert.equal((await service.call('PUT', `/groups/${groupId}/${path}`, { as: admin.token })).status, 204)
    const made = await newKey(admin.token)
    assert.deepEqual([made.status, made.body.name], [201, 'k'], 'right after the sign-in')
    keyId = made.body.id
    const application = { name: 'Worker', kind: 'machine' }
    const { body } = await service.call('POST', '/applications', { as: admin.token, body: application })
    applicationId = body.client_id
    otherSession = (await service.call('GET', '/users/me/sessions', { as: other.token })).body[0].id
    otherKey = (await newKey(other.token)).body.id
    const url = 'https://hooks.example.com/roster'
    const webhook = await service.call('POST', '/webhooks', { as: admin.token, body: { url } })
    assert.equal(webhook.status, 201, webhook.text)
    webhookId = webhook.body.id
  })
  const newKey = (as: Credentials, more: object = {}) =>
    service.call('POST', '/api-keys', { as, body: { name: 'k', permissions: ['users:read'], ...more } })
  /** Does something six minutes later. */
  const later = async (what: () => Promise<void>) => {
    shiftClock(360)
    try {
      await what()
    } finally {
      shiftClock(-360)
    }
  }
  const rows = { 'content-type': 'application/x-ndjson' }
  const named = (username: string) => ({ username, email: `${username}@example.com` })
  const needing: [string, () => [method: string, path: string, body?: unknown, headers?: object]][] = [
    ['a new API key', () => ['POST', '/api-keys', { name: 'k', permissions: ['users:read'] }]],
    ['more permissions for one', () => ['PATCH', `/api-keys/${keyId}`, { permissions: ['users:write'] }]],
    [
      'a longer life for one',
      () => ['PATCH', `/api-keys/${keyId}`, { expires_at: new Date(Date.now() + 1e10).toISOString() }],
    ],
    ['a new role', () => ['POST', '/roles', { name: 'made', permissions: ['users:read'] }]],
    ['a change of one', () => ['PATCH', '/roles/reader', { permissions: ['users:write'] }]],
    ['its replacement', () => ['PUT', '/roles/reader', { permissions: ['users:write'] }]],
    ['rights for somebody', () => ['PATCH', `/users/${plain.id}`, { roles: ['admin', 'user'] }]],
    ['a new user with rights', () => ['POST', '/users', { ...named('made'), roles: ['reader'] }]],
    ['a disabled user with rights', () => ['PATCH', `/users/${disabled.id}`, { status: 'active' }]],
    ['a deleted user with rights', () => ['POST', `/users/${removed.id}/restore`]],
    ['another administrator without rights', () => ['PATCH', `/users/${other.id}`, { roles: ['user'] }]],
    [
      'the same by PUT',
      () => ['PUT', `/users/${other.id}`, { ...named(other.username), email_verified: true }],
    ],
    ['another administrator disabled', () => ['PATCH', `/users/${other.id}`, { status: 'disabled' }]],
    [
      'another administrator who must replace the password',
      () => ['PATCH', `/users/${other.id}`, { must_change_password: true }],
    ],
    [
      'a user who has rights by a group and must replace the password',
      () => ['PATCH', `/users/${holder.id}`, { must_change_password: true }],
    ],
    [
      'an application disconnected from another administrator',
      () => ['DELETE', `/users/${other.id}/connected-applications/${applicationId}`],
    ],
    ['the counters of wrong passwords of an administrator', () => ['POST', `/users/${other.id}/unlock`]],
    ['the own counters of wrong passwords', () => ['POST', `/users/${admin.id}/unlock`]],
    ['another administrator deleted', () => ['DELETE', `/users/${other.id}`]],
    ['the own account deleted', () => ['DELETE', `/users/${admin.id}`]],
    [
      'a user disabled who has rights by a group',
      () => ['PATCH', `/users/${holder.id}`, { status: 'disabled' }],
    ],
    ['a member of a group with rights removed', () => ['DELETE', `/groups/${groupId}/members/${holder.id}`]],
    ['several of them', () => ['POST', `/groups/${groupId}/members`, { remove: [holder.id] }]],
    ['a group in a group with rights removed', () => ['DELETE', `/groups/${groupId}/groups/${innerId}`]],
    ['a group without its rights', () => ['PATCH', `/groups/${groupId}`, { roles: [] }]],
    ['the same by PUT', () => ['PUT', `/groups/${groupId}`, { name: `readers ${engine.name}` }]],
    ['a group with rights deleted', () => ['DELETE', `/groups/${groupId}`]],
    ['the address of somebody', () => ['PATCH', `/users/${plain.id}`, { email: 'thief@example.com' }]],
    ['the username of somebody', () => ['PATCH', `/users/${plain.id}`, { username: 'thief' }]],
    ['their verification', () => ['PATCH', `/users/${plain.id}`, { email_verified: false }]],
    ['the same by PUT', () => ['PUT', `/users/${plain.id}`, named('thief')]],
    ['a link for another administrator', () => ['POST', `/users/${other.id}/password-reset`]],
    ['an export with hashes', () => ['GET', '/users/export?include=password_hash']],
    ['erasure', () => ['DELETE', `/users/${plain.id}?purge=true`]],
    ['an authenticator app', () => ['POST', '/users/me/totp', {}]],
    ['new recovery codes', () => ['POST', '/users/me/recovery-codes', {}]],
    ['a new application', () => ['POST', '/applications', { name: 'Job', kind: 'machine' }]],
    ['where one sends its users', () => ['PATCH', `/applications/${applicationId}`, { name: 'Wiki' }]],
    ['the second factors of another administrator', () => ['DELETE', `/users/${other.id}/factors`]],
    ['the end of one', () => ['DELETE', `/applications/${applicationId}`]],
    ['all sessions and keys of another administrator', () => ['DELETE', `/users/${other.id}/sessions`]],
    ['one of their sessions', () => ['DELETE', `/users/${other.id}/sessions/${otherSession}`]],
    ['an API key of theirs', () => ['DELETE', `/api-keys/${otherKey}`]],
    ['all sessions of a user who has rights by a group', () => ['DELETE', `/users/${holder.id}/sessions`]],
    ['a webhook switched off', () => ['PATCH', `/webhooks/${webhookId}`, { enabled: false }]],
    ['a webhook deleted', () => ['DELETE', `/webhooks/${webhookId}`]],
    ['a secret of one', () => ['POST', `/applications/${applicationId}/secrets`]],
    ['an import', () => ['POST', '/users/import', JSON.stringify(named('made')), rows]],
  ]
  const ask = async (as: Credentials, [method, path, body, headers]: ReturnType<(typeof needing)[0][1]>) =>
    service.call(method, path, {
      ...(as === undefined ? {} : { as }),
      ...(body === undefined ? {} : { body }),
      ...(headers ? { headers: headers as Record<string, string> } : {}),
    })
  const snapshot = async () => {
    const read = async (path: string) => (await service.call('GET', path, { as: admin.token })).text
    const sessions = [other, holder].map(({ id }) => `/users/${id}/sessions`)
    const paths = [
      '/users',
      '/roles',
      '/api-keys?user=all',
      '/applications',
      '/groups',
      '/webhooks',
      ...sessions,
    ]
    return Promise.all([...paths, `/groups/${groupId}/members`].map(read))
  }

  it('is needed for these: 403 with the methods, and nothing changes', () =>
    later(async () => {
      const before = await snapshot()
      for (const [name, request] of needing) {
        const { status, body } = await ask(admin.token, request())
        assert.deepEqual([status, body?.code], stale, name)
        assert.deepEqual(body.methods, ['password'], name)
      }
      assert.deepEqual(await snapshot(), before)
    }))

  it('is not needed for the rest of an administrator’s work', () =>
    later(async () => {
      const leaving = await service.createUser()
      const basic = { username: admin.username, password }
      const ownKey = (await newKey(basic)).body.id
      await login(service, admin.username, password, '')
      const sessions = await service.call('GET', '/users/me/sessions', { as: admin.token })
      const ownSession = sessions.body.find(({ current }: { current: boolean }) => !current).id
      const disable = { as: admin.token, body: { status: 'disabled' } }
      assert.equal((await service.call('PATCH', `/users/${plain.id}`, disable)).status, 200)
      for (const request of [
        ['PATCH', `/api-keys/${keyId}`, { name: 'renamed' }],
        ['PATCH', `/users/${plain.id}`, { first_name: 'Ada', status: 'active' }],
        ['PUT', `/users/${plain.id}`, { username: plain.username, email: plain.email, email_verified: true }],
        ['POST', '/users', { ...named('ordinary'), roles: ['user'] }],
        ['POST', `/users/${plain.id}/password-reset`],
        ['GET', '/users/export'],
        ['PATCH', `/users/${other.id}`, { first_name: 'Ada', status: 'active', roles: ['admin', 'user'] }],
        ['PATCH', `/groups/${groupId}`, { description: 'who may read' }],
        ['DELETE', `/users/${leaving.id}/sessions`],
        ['DELETE', `/api-keys/${ownKey}`],
        ['DELETE', `/users/me/sessions/${ownSession}`],
        ['DELETE', `/users/${leaving.id}`],
        ['POST', `/users/${leaving.id}/restore`],
      ] as const) {
        const { status, text } = await ask(admin.token, request as never)
        assert.ok(status < 300, `${request[0]} ${request[1]}: ${status} ${text.slice(0, 200)}`)
      }
    }))

  it('comes with the password in the same request, or with Basic', () =>
    later(async () => {
      const wrong = await newKey(admin.token, { current_password: 'not mine at all' })
      assert.deepEqual([wrong.status, wrong.body.code], [401, 'invalid_credentials'])
      assert.equal((await newKey(admin.token, { current_password: password })).status, 201)
      assert.equal((await newKey({ username: admin.username, password })).status, 201)
      const verify = (more: object) =>
        service.call('PATCH', `/users/${plain.id}`, {
          as: admin.token,
          body: { username: `${plain.username}-2`, ...more },
        })
      assert.equal((await verify({ current_password: 'not mine at all' })).status, 401)
      assert.equal((await verify({ current_password: password })).status, 200)
      assert.deepEqual([(await newKey(admin.token)).status], [403], 'the session is not renewed by that')
    }))

  it('is renewed by POST /auth/step-up, for that session alone', async () => {
    const { body: here } = await login(service, other.username, password, '')
    await later(async () => {
      const stepUp = (typed: string) =>
        service.call('POST', '/auth/step-up', { as: here.access_token, body: { password: typed } })
      const failures = await countEvents(service, 'auth.step_up.failure')
      const wrong = await stepUp('not mine at all')
      assert.deepEqual([wrong.status, wrong.body.code], [401, 'invalid_credentials'])
      assert.equal(await countEvents(service, 'auth.step_up.failure'), failures + 1)
      assert.equal((await newKey(here.access_token)).status, 403)
      const right = await stepUp(password)
      assert.equal(right.status, 200)
      assert.equal((await newKey(here.access_token)).status, 201)
      assert.equal((await newKey(other.token)).status, 403, 'another session of the same person')
      const { body: next } = await service.call('POST', '/auth/refresh', {
        body: { refresh_token: here.refresh_token },
      })
      assert.equal(authTime(next.access_token) - authTime(here.access_token) >= 360, true)
      assert.equal((await service.call('POST', '/auth/step-up', { body: { password } })).status, 401)
    })
  })

  it('an API key may use its permissions, but can create keys only with an explicit permission', () =>
    later(async () => {
      const basic = { username: admin.username, password }
      const make = async (permissions: string[]) =>
        (await newKey(basic, { permissions })).body.secret as string
      const key = await make(['users:read', 'users:write', 'api_keys:write'])
      const refused = await newKey(key)
      assert.deepEqual([refused.status, refused.body.code], [403, 'forbidden'])
      const address = { email: 'moved@example.com' }
      assert.equal(
        (await service.call('PATCH', `/users/${plain.id}`, { as: key, body: address })).status,
        200,
      )
      for (const status of ['disabled', 'active']) {
        const changed = await service.call('PATCH', `/users/${holder.id}`, { as: key, body: { status } })
        assert.equal(changed.status, 200, 'a program disables and enables users with rights')
      }
      const unattended = await make(['users:read', 'api_keys:write', 'api_keys:unattended'])
      assert.equal((await newKey(unattended)).status, 201)
      const stepUp = await service.call('POST', '/auth/step-up', { as: key, body: { password } })
      assert.deepEqual([stepUp.status, stepUp.body.code], [403, 'forbidden'])
    }))
})

function authTime(token: string): number {
  return JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()).auth_time
}
