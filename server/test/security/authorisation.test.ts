import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { type Permission, permissions } from '../../src/caller.ts'
import { machineToken, registerMachine } from '../applications/machine.ts'
import { onBothEngines, type Service, type TestUser } from '../harness.ts'

type Access = 'public' | 'signed_in' | Permission | { self: string; or: Permission }
type Operation = { id: string; method: string; path: string; access: Access }

const nobody = '019a5f0e-7c1b-7d2e-9f3a-4b5c6d7e8f90'

async function operations(service: Service): Promise<Operation[]> {
  const { body } = await service.call('GET', '/openapi.json')
  return Object.entries(
    body.paths as Record<string, Record<string, { operationId: string; 'x-access': Access }>>,
  ).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      id: operation.operationId,
      method: method.toUpperCase(),
      path,
      access: operation['x-access'],
    })),
  )
}

onBothEngines('who may call what', (engine) => {
  let service: Service
  let admin: TestUser
  let plain: TestUser
  let all: Operation[]
  const holders = new Map<Permission, { user: TestUser; key: string; machine: string }>()
  before(async () => {
    service = await engine.start()
    admin = await service.admin()
    plain = await service.createUser()
    all = await operations(service)
    for (const permission of permissions) {
      const name = permission.replace(':', '-')
      const allowed = [...new Set([permission, 'api_keys:write'])]
      await service.call('POST', '/roles', { as: admin.token, body: { name, permissions: [permission] } })
      await service.call('POST', '/roles', {
        as: admin.token,
        body: { name: `${name}-key`, permissions: allowed },
      })
      const user = await service.createUser({ roles: [name] })
      const owner = await service.createUser({ roles: [`${name}-key`] })
      const key = await service.call('POST', '/api-keys', {
        as: owner.token,
        body: { name, permissions: [permission] },
      })
      const application = await registerMachine(service, [permission])
      const machine = await machineToken(service, application, permission)
      holders.set(permission, { user, key: key.body.secret, machine })
    }
  })

  /** A request that is wrong below the access check, so that nothing is changed by those who may. */
  const attempt = async ({ method, path }: Operation, as: string | undefined, id: string) => {
    const target = path.replace('{id}', id).replace(/\{\w+\}/g, nobody)
    const body = method === 'GET' || method === 'DELETE' ? {} : { body: '{"no_such_member":1}' }
    const { status, body: answer } = await service.call(method, target, {
      ...(as !== undefined && { as }),
      ...body,
    })
    return { status, code: (answer?.code ?? '') as string }
  }
  const endsItself = new Set(['logout', 'closeSession'])
  /** Administrators pass the check of access there, and are told that only the user may do this. */
  const byOwnerOnly = new Set([
    ...['removeTotp', 'createRecoveryCodes', 'beginPasskey', 'addPasskey', 'renamePasskey', 'removePasskey'],
  ])
  /** A job tells of the users whom it changed: these need `users:read` as well. */
  const readsUsers = new Set(['listJobs', 'getJob'])
  /** Passed the check of access, whatever came of the request then. */
  const passed = ({ status, code }: { status: number; code: string }, id = '') =>
    status !== 401 && (code !== 'forbidden' || byOwnerOnly.has(id)) && status < 500

  it('every operation declares its access', () => {
    assert.ok(all.length > 30)
    for (const { id, access } of all) assert.ok(access, id)
  })

  it('anonymous callers: 401 but for what is public', async () => {
    for (const operation of all) {
      for (const id of [nobody, 'me']) {
        const answer = await attempt(operation, undefined, id)
        if (operation.access !== 'public')
          assert.deepEqual([answer.status, answer.code], [401, 'unauthenticated'], operation.id)
      }
    }
  })

  it('an ordinary user: themselves only; 404 for others, 403 for what needs a permission', async () => {
    for (const operation of all) {
      const { access, id } = operation
      if (endsItself.has(id)) continue
      const others = await attempt(operation, plain.token, admin.id)
      if (typeof access === 'object' && 'self' in access) {
        assert.deepEqual([others.status, others.code], [404, 'not_found'], id)
        const missing = await attempt(operation, plain.token, nobody)
        assert.deepEqual(missing, others, `${id}: as if it did not exist`)
        if (operation.method !== 'DELETE') assert.ok(passed(await attempt(operation, plain.token, 'me')), id)
      } else if (access !== 'public' && access !== 'signed_in') {
        assert.deepEqual([others.status, others.code], [403, 'forbidden'], id)
      } else {
        assert.ok(access === 'public' || passed(others), id)
      }
    }
  })

  for (const [kind, credential] of [
    ['a user', (held: Permission) => holders.get(held)!.user.token],
    ['an API key', (held: Permission) => holders.get(held)!.key],
    ['a machine', (held: Permission) => holders.get(held)!.machine],
  ] as const) {
    it(`${kind} with one permission: what it opens and nothing else`, async () => {
      for (const held of permissions) {
        for (const operation of all) {
          const { access, id } = operation
          if (access === 'public' || endsItself.has(id)) continue
          const answer = await attempt(operation, credential(held), nobody)
          const cell = `${held} × ${id}: ${answer.status} ${answer.code}`
          const isOwn = typeof access === 'object' && 'self' in access
          const needed: readonly string[] = [isOwn ? access.or : access].flat()
          const isEnough = needed.includes(held) && !readsUsers.has(id)
          if (isEnough || needed.includes('signed_in')) assert.ok(passed(answer, id), cell)
          else if (isOwn && held !== 'users:read')
            assert.deepEqual([answer.status, answer.code], [404, 'not_found'], cell)
          else assert.deepEqual([answer.status, answer.code], [403, 'forbidden'], cell)
        }
      }
    })
  }

  it('an administrator passes everywhere', async () => {
    for (const operation of all) {
      if (endsItself.has(operation.id) || operation.access === 'public') continue
      const answer = await attempt(operation, admin.token, nobody)
      assert.ok(passed(answer, operation.id), `${operation.id}: ${answer.status} ${answer.code}`)
    }
  })

  it('nobody grants more than they hold, through any door', async () => {
    const keys = ['api_keys:write', 'api_keys:unattended']
    const held = ['users:read', 'users:write', 'users:delete', 'roles:read', 'roles:write', ...keys]
    await service.call('POST', '/roles', { as: admin.token, body: { name: 'manager', permissions: held } })
    const manager = await service.createUser({ roles: ['manager'] })
    const weak = await service.call('POST', '/api-keys', {
      as: manager.token,
      body: { name: 'w', permissions: keys },
    })
    const strong = await service.call('POST', '/api-keys', {
      as: manager.token,
      body: { name: 's', permissions: ['users:write'] },
    })
    const path = `/users/${admin.id}`
    const attempts: [string, string, unknown, string?][] = [
      ['POST', '/users', { username: 'x1', email: 'x1@example.com', roles: ['admin'] }],
      ['PATCH', '/users/me', { roles: ['manager', 'admin'] }],
      ['PATCH', `/users/${plain.id}`, { roles: ['audit-read'] }],
      ['PUT', `/users/${plain.id}`, { username: 'x2', email: 'x2@example.com', roles: ['admin'] }],
      ['PATCH', path, { email: 'mine@example.com' }],
      ['PATCH', path, { status: 'disabled' }],
      ['DELETE', path, undefined],
      ['DELETE', `${path}?purge=true`, undefined],
      ['DELETE', `${path}/sessions`, undefined],
      ['POST', '/roles', { name: 'mighty', permissions: ['audit:read'] }],
      ['PUT', '/roles/manager', { permissions: [...held, 'audit:read'] }],
      ['PATCH', '/roles/audit-read', { permissions: [] }],
      ['DELETE', '/roles/audit-read', undefined],
      ['POST', '/api-keys', { name: 'k', permissions: ['audit:read'] }],
      ['POST', '/api-keys', { name: 'k', permissions: ['users:write'] }, weak.body.secret],
      ['PATCH', `/api-keys/${weak.body.id}`, { permissions: ['users:write'] }, weak.body.secret],
      [
        'PATCH',
        `/api-keys/${strong.body.id}`,
        { expires_at: new Date(Date.now() + 3e10).toISOString() },
        weak.body.secret,
      ],
    ]
    for (const [method, target, body, as = manager.token] of attempts) {
      const answer = await service.call(method, target, { as, ...(body === undefined ? {} : { body }) })
      assert.deepEqual(
        [answer.status, answer.body?.code],
        [403, 'permission_not_held'],
        `${method} ${target}`,
      )
    }
    const unchanged = await service.call('GET', path, { as: admin.token })
    assert.deepEqual([unchanged.body.email, unchanged.body.status], [admin.email, 'active'])
  })

  it('403 for an administrator’s fields, 400 for what is no field; nothing is written', async () => {
    for (const field of [
      { roles: ['admin'] },
      { status: 'active' },
      { email_verified: true },
      { external_id: 'x' },
    ]) {
      const signUp = await service.call('POST', '/users', {
        body: { username: 'mass', email: 'mass@example.com', ...field },
      })
      assert.deepEqual([signUp.status, signUp.body.code], [403, 'field_not_writable'])
      const own = await service.call('PATCH', '/users/me', {
        as: plain.token,
        body: { first_name: 'X', ...field },
      })
      assert.deepEqual([own.status, own.body.code], [403, 'field_not_writable'])
    }
    for (const name of [
      'role',
      'is_admin',
      'id',
      'created_at',
      'password_hash',
      'mfa_enabled',
      'token_version',
      'tenant_id',
    ]) {
      const body = { username: 'mass', email: 'mass@example.com', [name]: 'x' }
      const signUp = await service.call('POST', '/users', { body })
      assert.deepEqual([signUp.status, signUp.body.errors[0].code], [400, 'unknown_field'], name)
      const own = await service.call('PATCH', '/users/me', {
        as: plain.token,
        body: { first_name: 'X', [name]: 'x' },
      })
      assert.deepEqual([own.status, own.body.errors[0].code], [400, 'unknown_field'], name)
    }
    assert.deepEqual((await service.call('GET', '/users?username=mass', { as: admin.token })).body, [])
    assert.equal((await service.call('GET', '/users/me', { as: plain.token })).body.first_name, null)
  })

  it('HEAD is checked like GET; a method in a header is ignored', async () => {
    assert.equal((await service.call('HEAD', '/users')).status, 401)
    assert.equal((await service.call('HEAD', '/users', { as: plain.token })).status, 403)
    const headers = { 'x-http-method-override': 'DELETE' }
    assert.equal((await service.call('GET', `/users/${plain.id}`, { as: admin.token, headers })).status, 200)
    assert.equal((await service.call('GET', `/users/${plain.id}`, { as: admin.token })).status, 200)
  })
})

onBothEngines('the last administrator', (engine) => {
  it('stays through every door', async () => {
    const service = await engine.start()
    const admin = await service.admin()
    const path = `/users/${admin.id}`
    const key = await service.call('POST', '/api-keys', {
      as: admin.token,
      body: { name: 'k', permissions: [...permissions] },
    })
    for (const as of [admin.token, key.body.secret]) {
      for (const [method, target, body] of [
        ['DELETE', path, undefined],
        ['DELETE', `${path}?purge=true`, undefined],
        ['PATCH', path, { status: 'disabled' }],
        ['PATCH', path, { roles: ['user'] }],
        ['PATCH', path, { roles: null }],
        ['PUT', path, { username: 'admin', email: admin.email }],
      ] as const) {
        const answer = await service.call(method, target, { as, ...(body && { body }) })
        assert.deepEqual(
          [answer.status, answer.body?.code],
          [409, 'last_admin'],
          `${method} ${JSON.stringify(body)}`,
        )
      }
    }
    const patch = (value: object) => ({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'replace', ...value }],
    })
    for (const [method, body] of [
      ['PATCH', patch({ path: 'active', value: false })],
      ['PATCH', patch({ value: { active: false } })],
      ['PUT', { userName: 'admin', emails: [{ value: admin.email }], active: false }],
      ['DELETE', undefined],
    ] as const) {
      const answer = await service.call(method, `/scim/v2${path.replace('users', 'Users')}`, {
        as: key.body.secret,
        ...(body && { body: { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], ...body } }),
      })
      assert.deepEqual([answer.status, answer.body?.status], [409, '409'], `SCIM ${method}: ${answer.text}`)
    }
  })

  it('stays when two remove each other, fifty times', async () => {
    const url = engine.name === 'postgres' ? await engine.createDatabase() : undefined
    const here = await engine.start(url ? { DATABASE_URL: url } : {})
    const there = url ? await engine.start({ DATABASE_URL: url }) : here
    let first = await here.createUser({ roles: ['admin'] })
    for (let round = 0; round < 50; round += 1) {
      const second = await here.createUser({ roles: ['admin'] })
      const remove = (service: Service, by: TestUser, whom: TestUser) =>
        [
          () => service.call('PATCH', `/users/${whom.id}`, { as: by.token, body: { roles: ['user'] } }),
          () => service.call('DELETE', `/users/${whom.id}`, { as: by.token }),
          () => service.call('PATCH', `/users/${whom.id}`, { as: by.token, body: { status: 'disabled' } }),
        ][round % 3]!()
      const answers = await Promise.all([remove(here, first, second), remove(there, second, first)])
      const statuses = answers.map(({ status }) => status)
      assert.ok(
        statuses.every((status) => status < 500),
        `round ${round}: ${statuses}`,
      )
      assert.ok(await here.roster.users.hasAdmin(), `round ${round}: ${statuses}`)
      const kept = await here.roster.users.find(second.id)
      if (kept && kept.disabled_at === null && kept.roles.includes('admin')) first = second
    }
  })
})
