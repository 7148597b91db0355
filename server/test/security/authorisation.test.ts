import assert from 'node:assert/strict'
import { before, beforeEach, it } from 'node:test'
import { type Permission, permissions } from '../../src/caller.ts'
import { fromNow, shiftClock } from '../../src/clock.ts'
import { machineToken, registerMachine } from '../applications/machine.ts'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'

type Access = 'public' | 'signed_in' | Permission | { self: string; or: Permission }
type Operation = { id: string; method: string; path: string; access: Access }

const day = 24 * 3600
const ownPage = { 'sec-fetch-site': 'same-origin' }
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

onBothEngines('access to the routes', (engine) => {
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

  // On a slow machine, the earlier tests take longer than the five minutes of a proof.
  beforeEach(async () => {
    const login = await service.call('POST', '/auth/login', {
      body: { username: admin.username, password },
    })
    assert.equal(login.status, 200, login.text)
    admin.token = login.body.access_token
  })

  /** A request that is wrong below the access check, so that nothing is changed by those who may. */
  const attempt = async (
    { method, path }: Operation,
    as: string | undefined,
    id: string,
    headers: Record<string, string> = {},
  ) => {
    const target = path.replace('{id}', id).replace(/\{\w+\}/g, nobody)
    const body = method === 'GET' || method === 'DELETE' ? {} : { body: '{"no_such_member":1}' }
    const { status, body: answer } = await service.call(method, target, {
      ...(as !== undefined && { as }),
      ...body,
      headers,
    })
    return { status, code: (answer?.code ?? '') as string }
  }
  const endsItself = new Set(['logout', 'closeSession'])
  /** Administrators pass the check of access there, and get an error because only the user may do this. */
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

  it('anonymous callers get 401 on all routes that are not public', async () => {
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

  /** The operations that this permission opens. */
  const openedBy = (held: Permission) =>
    all.filter(({ access, id }) => {
      if (access === 'public' || endsItself.has(id)) return false
      const needed: readonly string[] = [
        typeof access === 'object' && 'self' in access ? access.or : access,
      ].flat()
      return needed.includes(held)
    })
  const whileLimited = new Set([
    'changePassword',
    'listFactors',
    'beginTotp',
    'confirmTotp',
    'beginPasskey',
    'addPasskey',
  ])

  it('a session with one permission, after its time: 401 for all that the permission opens', async () => {
    const cookies = new Map<Permission, string>()
    for (const held of permissions) {
      const { username } = holders.get(held)!.user
      const opened = await service.call('POST', '/auth/session', {
        headers: ownPage,
        body: { username, password },
      })
      assert.equal(opened.status, 200, opened.text)
      cookies.set(held, opened.headers.getSetCookie()[0]!.split(';')[0]!)
    }
    shiftClock(8 * day)
    try {
      for (const held of permissions)
        for (const operation of openedBy(held)) {
          const byToken = await attempt(operation, holders.get(held)!.user.token, nobody)
          assert.deepEqual(
            [byToken.status, byToken.code],
            [401, 'invalid_token'],
            `${held} × ${operation.id}`,
          )
          const byCookie = await attempt(operation, undefined, nobody, {
            cookie: cookies.get(held)!,
            ...ownPage,
          })
          assert.deepEqual(
            [byCookie.status, byCookie.code],
            [401, 'unauthenticated'],
            `${held} × ${operation.id}`,
          )
        }
    } finally {
      shiftClock(-8 * day)
    }
  })

  it('a session with one permission, while the password or a second factor is due: 403 for all that the permission opens', async () => {
    const careful = { name: 'careful', permissions: [], second_factor_required: true }
    assert.equal((await service.call('POST', '/roles', { as: admin.token, body: careful })).status, 201)
    const limited = async (held: Permission, change: object, code: string) => {
      const { id, token } = await service.createUser({ roles: [held.replace(':', '-')] })
      const changed = await service.call('PATCH', `/users/${id}`, { as: admin.token, body: change })
      assert.equal(changed.status, 200, changed.text)
      if (code === 'factor_required') {
        assert.equal(
          (await service.call('GET', '/auth/session', { as: token })).body.second_factor.required,
          true,
        )
        await service.roster.database.transaction((tx) =>
          tx
            .updateTable('factor_duties')
            .set({ since: fromNow(-8 * day) })
            .where('user_id', '=', id)
            .execute(),
        )
        service.roster.features.rights.forgetAll()
      }
      for (const operation of openedBy(held)) {
        if (whileLimited.has(operation.id)) continue
        const answer = await attempt(operation, token, nobody)
        assert.deepEqual([answer.status, answer.code], [403, code], `${held} × ${operation.id}`)
      }
    }
    for (const held of permissions) {
      await limited(held, { must_change_password: true }, 'password_change_required')
      await limited(held, { roles: [held.replace(':', '-'), 'careful'] }, 'factor_required')
    }
  })

  it('an administrator may call every route', async () => {
    for (const operation of all) {
      if (endsItself.has(operation.id) || operation.access === 'public') continue
      const answer = await attempt(operation, admin.token, nobody)
      assert.ok(passed(answer, operation.id), `${operation.id}: ${answer.status} ${answer.code}`)
    }
  })

  it('no caller can grant more than the own rights, on any route', async () => {
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

  it('403 for fields of administrators, 400 for unknown fields; nothing is written', async () => {
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
  it('cannot be removed on any route', async () => {
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
