import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'

type Event = {
  type: string
  outcome: string
  reason: string | null
  target: { id: string | null } | null
  changes: Record<string, unknown> | null
  at: string
}

onBothEngines('/audit-events', (engine) => {
  let service: Service
  let admin: TestUser
  before(async () => {
    service = await engine.start()
    admin = await service.admin()
  })
  const events = async (query: string): Promise<Event[]> => {
    const { status, body } = await service.call('GET', `/audit-events?limit=200&${query}`, {
      as: admin.token,
    })
    assert.equal(status, 200)
    return body
  }
  const types = async (query: string) => (await events(query)).map(({ type }) => type).reverse()

  it('one event for each change, none for a change that changes nothing or fails', async () => {
    const user = await service.createUser()
    const path = `/users/${user.id}`
    const change = (body: object) => service.call('PATCH', path, { as: admin.token, body })
    await change({ first_name: 'A' })
    await change({ first_name: 'A' })
    await change({ first_name: 'A\n' })
    await change({ roles: ['admin'] })
    await change({ roles: ['user'] })
    await change({ status: 'disabled' })
    await change({ status: 'active' })
    await service.call('DELETE', path, { as: admin.token })
    await service.call('DELETE', path, { as: admin.token })
    await service.call('POST', `${path}/restore`, { as: admin.token })
    assert.deepEqual(
      (await types(`target=${user.id}`)).filter((type) => /^(user|role)\./.test(type)),
      [
        'user.created',
        'user.updated',
        'role.assigned',
        'role.removed',
        'user.updated',
        'role.assigned',
        'role.removed',
        'user.updated',
        'user.disabled',
        'user.updated',
        'user.enabled',
        'user.updated',
        'user.deleted',
        'user.restored',
      ],
    )
  })

  it('sign-ins, failures, keys and roles are there', async () => {
    const user = await service.createUser()
    await service.call('POST', '/auth/login', {
      body: { username: user.username, password: 'wrong password' },
    })
    await service.call('POST', '/auth/login', { body: { username: 'nobody', password: 'wrong password' } })
    const counted = () =>
      events('type=auth.login.failure').then((all) => all.filter(({ reason }) => reason === 'unknown_name'))
    await events('')
    assert.deepEqual(await counted(), [], 'a name that nobody has leaves no row of its own')
    await service.roster.floods.flush()
    assert.equal((await counted())[0]?.changes?.['count'], 1)
    await service.call('POST', '/auth/logout', { as: user.token })
    await service.call('POST', '/roles', {
      as: admin.token,
      body: { name: 'r', permissions: ['users:read'] },
    })
    await service.call('PATCH', '/roles/r', { as: admin.token, body: { permissions: [] } })
    await service.call('DELETE', '/roles/r', { as: admin.token })
    const key = await service.call('POST', '/api-keys', {
      as: admin.token,
      body: { name: 'k', permissions: ['users:read'] },
    })
    await service.call('GET', '/users', { as: key.body.secret })
    await service.call('DELETE', '/roles/user', { as: key.body.secret })
    await service.call('DELETE', `/api-keys/${key.body.id}`, { as: admin.token })
    const seen = new Set(await types(''))
    for (const type of [
      'auth.login.success',
      'auth.login.failure',
      'auth.logout',
      'session.created',
      'role.created',
      'role.updated',
      'role.deleted',
      'apikey.created',
      'apikey.used_first',
      'apikey.denied_scope',
      'apikey.revoked',
      'key.generated',
    ])
      assert.ok(seen.has(type), type)
    const failures = await events('type=auth.login.failure')
    const [failure] = failures.filter(({ target }) => target?.id === user.id)
    assert.deepEqual([failure?.outcome, failure?.reason], ['failure', 'wrong_password'])
    assert.ok(!JSON.stringify(failures).includes('nobody'), 'a name that nobody has may be a password')
  })

  it('refusals are recorded, and many equal ones are counted', async () => {
    const user = await service.createUser()
    for (let at = 0; at < 30; at += 1) await service.call('GET', '/users', { as: user.token })
    const denied = await events(`actor=${user.id}&type=authz.denied`)
    assert.equal(denied.length, 10)
    assert.deepEqual(
      [denied[0]?.outcome, denied[0]?.reason, denied[0]?.changes],
      ['denied', 'forbidden', { route: '/users' }],
    )
    const other = await service.createUser()
    await service.call('GET', `/users/${admin.id}`, { as: other.token })
    await service.call('PATCH', '/users/me', { as: other.token, body: { roles: ['admin'] } })
    assert.deepEqual(
      (await types(`actor=${other.id}`)).filter((type) => type.startsWith('authz')),
      ['authz.denied', 'authz.field_denied'],
    )
    await service.call('PATCH', `/users/${admin.id}`, { as: admin.token, body: { status: 'disabled' } })
    assert.equal((await types('type=authz.last_admin_blocked')).length, 1)
    await service.call('GET', '/users', { as: 'x.y.z' })
    assert.ok((await types('type=token.invalid')).length > 0)
  })

  it('filters by time and pages without gaps or doubles', async () => {
    const everything = await events('')
    const middle = everything[Math.floor(everything.length / 2)]!
    const after = await events(`after=${middle.at}`)
    const before = await events(`before=${middle.at}`)
    assert.ok(after.every(({ at }) => at >= middle.at) && before.every(({ at }) => at < middle.at))
    let path = `/audit-events?limit=7&actor=${admin.id}`
    const seen: number[] = []
    while (path !== '') {
      const { body, headers } = await service.call('GET', path, { as: admin.token })
      seen.push(...body.map(({ seq }: { seq: number }) => seq))
      path = /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1] ?? ''
    }
    assert.deepEqual(
      seen,
      [...new Set(seen)].sort((a, b) => b - a),
    )
    for (const after of ['infinity', '2026-12-31T23:59:60Z', '2026-02-30T00:00:00Z', '2026-01-01']) {
      const { status } = await service.call('GET', `/audit-events?after=${after}`, { as: admin.token })
      assert.equal(status, 400, after)
    }
  })

  it('cannot be changed: 405 for the list, 404 for an event', async () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      assert.equal((await service.call(method, '/audit-events', { as: admin.token })).status, 405)
      assert.equal((await service.call(method, '/audit-events/1', { as: admin.token })).status, 404)
    }
  })
})

onBothEngines('secrets', (engine) => {
  it('are in no log line, event or column', async () => {
    const service = await engine.start({ ROSTER_LOG_LEVEL: 'debug' })
    const admin = await service.admin()
    const canary = (name: string) => `canary-${name}-7f3a9c`
    const username = 'canary-user'
    const own = { username, email: 'canary-user@example.com', password: canary('password') }
    await service.call('POST', '/users', { body: own })
    const { body: pair } = await service.call('POST', '/auth/login', {
      body: { username, password: own.password },
    })
    await service.call('POST', '/auth/login', { body: { username, password: canary('wrong') } })
    await service.call('POST', '/auth/login', { body: { username: canary('as-name'), password } })
    await service.call('GET', '/users/me', { as: { username, password: own.password } })
    await service.call('GET', '/users/me', { as: { username, password: canary('basic') } })
    await service.call('GET', `/users/me?access_token=${canary('query')}`, { as: pair.access_token })
    await service.call('GET', '/users/me', { headers: { authorization: `Bearer ${canary('bearer')}` } })
    await service.call('GET', '/users/me', { headers: { cookie: `x=${canary('cookie')}` } })
    await service.call('POST', '/auth/refresh', { body: { refresh_token: canary('refresh') } })
    await service.call('POST', '/users', { body: { ...own, nonsense: canary('body') } })
    await service.call('POST', '/users', { body: `{"password":"${canary('broken')}` })
    const renewed = await service.call('POST', '/auth/refresh', {
      body: { refresh_token: pair.refresh_token },
    })
    const key = await service.call('POST', '/api-keys', {
      as: admin.token,
      body: { name: 'k', permissions: ['users:read'] },
      headers: { 'idempotency-key': 'one' },
    })
    await service.call('GET', '/users', { as: key.body.secret })
    const secrets = [
      pair.access_token,
      pair.refresh_token,
      renewed.body.refresh_token,
      key.body.secret,
      admin.token,
    ]
    const logged = JSON.stringify(service.logs())
    const stored: string[] = []
    for (const table of [
      'users',
      'passwords',
      'sessions',
      'refresh_tokens',
      'signing_keys',
      'attempts',
      'api_keys',
      'audit_events',
      'idempotency_keys',
      'one_time_tokens',
      'mail_outbox',
    ] as const)
      stored.push(JSON.stringify(await service.roster.database.scan.selectFrom(table).selectAll().execute()))
    for (const text of [logged, stored.join('\n')]) {
      assert.ok(text.length > 100)
      assert.doesNotMatch(text, /canary-[a-z-]+-7f3a9c/)
      for (const secret of secrets) assert.ok(!text.includes(secret), secret.slice(0, 12))
    }
  })
})
