/** Problem documents say what to do next, in one sentence. */
import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { onBothEngines, type Service, type TestUser } from '../harness.ts'

onBothEngines('problem documents', (engine) => {
  let service: Service
  let admin: TestUser
  before(async () => {
    service = await engine.start({ ROSTER_CORS_ORIGINS: 'https://app.example.com' })
    admin = await service.admin()
  })
  const create = (body: object) => service.call('POST', '/users', { body })

  it('name the member of a single fault, and up to five of several', async () => {
    const email = 'ann@example.com'
    const password = 'purple monkey dishwasher'
    const details = [
      [{ username: 'ann', password }, '`email` is required.'],
      [
        { username: 'ann', email, password, favourite: 1 },
        '`favourite` is not a field that can be sent here.',
      ],
      [{ username: '', email, password }, '`username` must not be empty.'],
      [
        { username: 'ann', email: 'ann@localhost', password },
        '`email`: Use a full address, such as name@example.com.',
      ],
      [{ email: 'x', favourite: 1 }, '3 fields are not valid: '],
    ] as const
    for (const [body, detail] of details) {
      const { status, body: problem } = await create(body)
      assert.equal(status, 400)
      assert.ok(problem.detail.startsWith(detail), problem.detail)
    }
  })

  it('count one item as one, and say of an empty text that it must not be empty', async () => {
    const post = async (path: string, body: object) =>
      (await service.call('POST', path, { as: admin.token, body })).body.detail
    assert.equal(
      await post('/api-keys', { name: 'key', permissions: [] }),
      '`permissions` must have at least 1 item.',
    )
    assert.match(await post('/api-keys', { name: '', permissions: ['users:read'] }), /must not be empty\.$/)
    assert.match(await post('/groups', { name: '' }), /must not be empty\.$/)
  })

  it('say that a body is missing, of a form as of JSON', async () => {
    for (const path of ['/users', '/oauth2/introspect', '/auth/providers/corp/callback']) {
      const { status, body } = await service.call('POST', path)
      assert.deepEqual([path, status, body.detail], [path, 400, 'A body is required.'])
    }
  })

  it('ask for current_password where it is missing, without ending the session', async () => {
    const user = await service.createUser()
    const { status, body } = await service.call('PUT', '/users/me/password', {
      as: user.token,
      body: { password: 'another fine password' },
    })
    assert.equal(status, 403, JSON.stringify(body))
    assert.match(body.detail, /^Send .* `current_password`/)
    assert.deepEqual(
      body.errors.map(({ pointer }: { pointer: string }) => pointer),
      ['/current_password'],
    )
  })

  it('tell curl -d how to send JSON', async () => {
    const { status, body } = await service.call('POST', '/users', {
      body: '{}',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    assert.equal(status, 415)
    assert.match(body.detail, /^Send `Content-Type: application\/json`\. `curl -d` sends a form: add `-H/)
  })

  it('tell a wrong current password, a path that is not there, and where the JSON breaks', async () => {
    const user = await service.createUser()
    const wrong = { current_password: 'not my password', password: 'another fine password' }
    const changed = await service.call('PUT', '/users/me/password', { as: user.token, body: wrong })
    assert.equal(changed.body.detail, 'The current password is wrong.')
    const lost = await service.call('GET', '/userz', { as: user.token })
    assert.equal(lost.body.detail, 'There is nothing at this path; the reference is at /docs.')
    const json = { 'content-type': 'application/json' }
    const sent = (body: string) => service.call('POST', '/users', { body, headers: json })
    const where = async (body: string) => (await sent(body)).body.detail
    assert.equal(await where('{"a":'), 'The body is not valid JSON: it ends too early.')
    assert.equal(await where('{\n"a" 1}'), 'The body is not valid JSON: see line 2, column 5.')
  })

  it('say of a value outside a long list where the list is', async () => {
    const { status, body } = await service.call('GET', '/audit-events?type=user.eaten', { as: admin.token })
    assert.equal(status, 400)
    assert.equal(body.detail, 'type: Is not one of the values that the reference at /docs lists.')
  })

  it('refuse filters of the audit log that can be the id of nothing', async () => {
    const ask = (query: string) => service.call('GET', `/audit-events?${query}`, { as: admin.token })
    for (const query of [
      'actor=alice',
      'actor=alice@example.com',
      'target=alice@example.com',
      'target=A%20B',
    ])
      assert.equal((await ask(query)).status, 400, query)
    for (const query of [`actor=${admin.id.toUpperCase()}`, `target=${admin.id}`, 'target=support']) {
      const { status, body } = await ask(query)
      assert.equal(status, 200, query)
      if (query.startsWith('actor')) assert.ok(body.length > 0)
    }
  })

  it('are joined by a line of the log when a preflight is refused, with the reason', async () => {
    const preflight = (origin: string, headers: string) =>
      service.call('OPTIONS', '/users', {
        headers: {
          origin,
          'access-control-request-method': 'GET',
          'access-control-request-headers': headers,
        },
      })
    await preflight('https://other.example.com', 'authorization')
    await preflight('https://app.example.com', 'x-mine')
    await preflight('https://app.example.com', 'authorization')
    const refused = service
      .logs()
      .filter(({ event }) => event === 'cors.refused')
      .map(({ origin, reason }) => [origin, reason])
    assert.deepEqual(refused, [
      ['https://other.example.com', 'the origin is not in ROSTER_CORS_ORIGINS'],
      ['https://app.example.com', 'scripts may not send the header x-mine'],
    ])
  })
})
