/** Every operation, by callers whose credentials have ended or may do one thing only. */
import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { fromNow, shiftClock } from '../../src/clock.ts'
import { machineToken, registerMachine } from '../applications/machine.ts'
import * as party from '../applications/relying-party.ts'
import { type Credentials, onBothEngines, password, type Service, type TestUser } from '../harness.ts'

type Operation = { id: string; method: string; path: string; isPublic: boolean }

const nobody = '019a5f0e-7c1b-7d2e-9f3a-4b5c6d7e8f90'

onBothEngines('every operation', (engine) => {
  let service: Service
  let admin: TestUser
  let all: Operation[]
  before(async () => {
    service = await engine.start()
    admin = await service.admin()
    const { body } = await service.call('GET', '/openapi.json')
    all = Object.entries(
      body.paths as Record<string, Record<string, { operationId: string; 'x-access': unknown }>>,
    ).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        id: operation.operationId,
        method: method.toUpperCase(),
        path,
        isPublic: operation['x-access'] === 'public',
      })),
    )
    // These end the session of the caller.
    all = all.filter(({ id }) => id !== 'closeSession' && id !== 'logout')
    assert.ok(all.length > 100)
  })
  const call = (method: string, path: string, as: Credentials, body?: object) =>
    service.call(method, path, { ...(as && { as }), ...(body && { body }) })
  const newAdmin = () => service.createUser({ roles: ['admin', 'user'] })
  const login = async (user: TestUser) =>
    (await service.call('POST', '/auth/login', { body: { username: user.username, password } })).body
      .access_token as string
  const newKey = async (as: string) => {
    const body = { name: 'job', permissions: ['users:read', 'users:write', 'audit:read'] }
    const made = await call('POST', '/api-keys', as, body)
    assert.equal(made.status, 201, made.text)
    return made.body as { id: string; secret: string }
  }
  /** What each operation answers; its body is wrong below the check of access, so that nothing changes. */
  const askAll = async (as: Credentials, asked = all) => {
    const answers = new Map<string, string>()
    for (const { id, method, path } of asked)
      for (const target of path.includes('{id}') ? [nobody, 'me'] : [nobody]) {
        const body = method === 'GET' || method === 'DELETE' ? undefined : { no_such_member: 1 }
        const url = path.replace('{id}', target).replace(/\{\w+\}/g, nobody)
        // Health checks read no credentials.
        if (url.startsWith('/health/')) continue
        const answer = await call(method, url, as, body)
        answers.set(target === 'me' ? `${id} of oneself` : id, `${answer.status} ${answer.body?.code ?? ''}`)
      }
    return answers
  }
  const operationOf = (name: string) => all.find(({ id }) => name.replace(' of oneself', '') === id)!

  it('refuses ended credentials, also where anonymous callers pass', async () => {
    const [left, disabled, deleted, changed, owner] = await Promise.all([
      newAdmin(),
      newAdmin(),
      newAdmin(),
      newAdmin(),
      newAdmin(),
    ])
    const ofDisabled = (await newKey(disabled.token)).secret
    const ofDeleted = (await newKey(deleted.token)).secret
    const { id, secret: revoked } = await newKey(owner.token)
    const application = await party.register(service, { first_party: true })
    const config = await party.connect(service, application)
    const { tokens } = await party.signIn(service, config, admin.token)
    const machine = await registerMachine(service, ['users:read'])
    const ofMachine = await machineToken(service, machine, 'users:read')
    assert.equal((await call('GET', '/users', ofMachine)).status, 200)
    const removed = await call('DELETE', `/applications/${machine.client_id}`, admin.token)
    assert.equal(removed.status, 204, removed.text)
    for (const [method, path, as, body] of [
      ['POST', '/auth/logout', left.token, undefined],
      ['PATCH', `/users/${disabled.id}`, admin.token, { status: 'disabled' }],
      ['DELETE', `/users/${deleted.id}`, admin.token, undefined],
      [
        'PUT',
        '/users/me/password',
        await login(changed),
        { current_password: password, password: `${password} 2` },
      ],
      ['DELETE', `/api-keys/${id}`, owner.token, undefined],
    ] as const)
      assert.equal((await call(method, path, as, body)).status, 204 - (method === 'PATCH' ? 4 : 0), path)
    const callers: Record<string, Credentials> = {
      'a session that ended': left.token,
      'a session from before the password changed': changed.token,
      'a disabled user': disabled.token,
      'a deleted user': deleted.token,
      'a key of a disabled user': ofDisabled,
      'a key of a deleted user': ofDeleted,
      'a revoked key': revoked,
      'an access token of an application': tokens.access_token,
      'an ID token': tokens.id_token,
      'a refresh token': owner.refresh,
      'a machine that was deleted': ofMachine,
    }
    for (const [name, as] of Object.entries(callers))
      for (const [operation, answer] of await askAll(as))
        assert.equal(answer, '401 invalid_token', `${name}: ${operation}`)
    // Each request with Basic verifies a hash.
    const some = all.filter((_, index) => index % 20 === 0)
    for (const [name, user] of Object.entries({ disabled, deleted, changed }))
      for (const [operation, answer] of await askAll({ username: user.username, password }, some))
        assert.equal(answer, '401 invalid_credentials', `Basic, ${name}: ${operation}`)
  })

  it('refuses tokens and keys after their time', async () => {
    const owner = await newAdmin()
    const key = await call('POST', '/api-keys', owner.token, {
      name: 'short',
      permissions: ['users:read'],
      expires_at: fromNow(300),
    })
    assert.equal(key.status, 201, key.text)
    shiftClock(700)
    try {
      for (const as of [owner.token, key.body.secret])
        for (const [operation, answer] of await askAll(as))
          assert.equal(answer, '401 invalid_token', operation)
    } finally {
      shiftClock(-700)
    }
  })

  /** The operations that a limited caller may use, and the code with which the others answer. */
  const limited = async (as: Credentials, code: string, open: ReadonlySet<string>) => {
    const anonymous = await askAll(undefined)
    for (const [name, answer] of await askAll(as)) {
      const { id, isPublic } = operationOf(name)
      if (open.has(id)) assert.doesNotMatch(answer, /^401|password_change_required|factor_required/, name)
      // Access to the own data is never public: `me` needs a user.
      else if (isPublic) assert.equal(answer, anonymous.get(name), name)
      else assert.equal(answer, `403 ${code}`, name)
    }
  }
  const always = ['getSession', 'changePassword']

  it('of a user whose second factor is overdue: only what adds one', async () => {
    const role = { name: 'careful', permissions: ['users:read'], second_factor_required: true }
    assert.equal((await call('POST', '/roles', admin.token, role)).status, 201)
    const user = await service.createUser({ roles: ['admin', 'careful'] })
    assert.equal((await call('GET', '/auth/session', user.token)).body.second_factor.required, true)
    await service.roster.database.transaction((tx) =>
      tx
        .updateTable('factor_duties')
        .set({ since: fromNow(-8 * 24 * 3600) })
        .where('user_id', '=', user.id)
        .execute(),
    )
    service.roster.features.rights.forgetAll()
    const enrolling = ['stepUp', 'listFactors', 'beginTotp', 'confirmTotp', 'beginPasskey', 'addPasskey']
    await limited(await login(user), 'factor_required', new Set([...always, ...enrolling]))
  })

  it('of a user who must replace the password: only that', async () => {
    const user = await service.createUser()
    const must = { must_change_password: true }
    assert.equal((await call('PATCH', `/users/${user.id}`, admin.token, must)).status, 200)
    await limited(await login(user), 'password_change_required', new Set(always))
  })
})
