/** The rules of a SCIM connection, and its last requests. */
import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { onBothEngines, type Service, type TestUser } from '../harness.ts'

type Key = { id: string; secret: string }

onBothEngines('SCIM connections', (engine) => {
  let service: Service
  let admin: TestUser

  const rest = (method: string, path: string, body?: unknown, as: string = admin.token) =>
    service.call(method, path, { as, ...(body === undefined ? {} : { body }) })
  const done = async (answer: ReturnType<typeof rest>, status: number) => {
    const { status: actual, body, text } = await answer
    assert.equal(actual, status, text)
    return body
  }
  const newKey = (): Promise<Key> =>
    done(rest('POST', '/api-keys', { name: 'directory', permissions: ['scim:read', 'scim:write'] }), 201)
  const scim = (key: Key, method: string, path: string, body?: unknown) =>
    rest(method, `/scim/v2${path}`, body, key.secret)
  const connect = async (rules: object) => {
    const key = await newKey()
    const connection = await done(rest('POST', '/scim-connections', { api_key_id: key.id, ...rules }), 201)
    return { key, id: connection.id as string }
  }
  const requestsOf = async (id: string, query = '') =>
    done(rest('GET', `/scim-connections/${id}/requests${query}`), 200)
  const add = (id: string) => ({ Operations: [{ op: 'add', path: 'members', value: [{ value: id }] }] })
  const disable = { Operations: [{ op: 'replace', path: 'active', value: false }] }

  before(async () => {
    service = await engine.start({ ROSTER_MAIL_URL: 'smtp://127.0.0.1:9' })
    admin = await service.admin()
  })

  it('are created by the first request of an API key, with the default rules', async () => {
    const key = await newKey()
    await done(scim(key, 'GET', '/Users?count=1'), 200)
    const [connection] = await done(rest('GET', '/scim-connections'), 200)
    assert.equal(connection.api_key_id, key.id)
    assert.equal(connection.name, 'directory')
    assert.deepEqual(
      [connection.existing_users, connection.groups, connection.on_delete, connection.send_invitations],
      ['link', 'all', 'delete', true],
    )
    await done(rest('POST', '/scim-connections', { api_key_id: key.id }), 409)
    const unknown = '019a5f0e-7c1b-7d2e-9f3a-4b5c6d7e8f90'
    await done(rest('POST', '/scim-connections', { api_key_id: unknown }), 400)
    await done(rest('GET', '/scim-connections', undefined, key.secret), 403)
    await done(rest('PATCH', `/scim-connections/${connection.id}`, { groups: 'own' }, key.secret), 403)
  })

  it('change only users whom they created, when the rules say so', async () => {
    const { key } = await connect({ existing_users: 'refuse' })
    const person = await service.createUser()
    const own = await done(scim(key, 'POST', '/Users', { userName: 'own@example.org' }), 201)
    const other = await connect({})
    const others = await done(scim(other.key, 'POST', '/Users', { userName: 'others@example.org' }), 201)
    for (const id of [person.id, others.id]) {
      for (const request of [
        scim(key, 'PATCH', `/Users/${id}`, disable),
        scim(key, 'PUT', `/Users/${id}`, { userName: 'taken', emails: [{ value: 'm@example.org' }] }),
        scim(key, 'DELETE', `/Users/${id}`),
      ])
        await done(request, 403)
      const user = await done(rest('GET', `/users/${id}`), 200)
      assert.equal(user.status, 'active')
    }
    assert.equal((await done(scim(key, 'PATCH', `/Users/${own.id}`, disable), 200)).active, false)
    // A directory that links a user does not become the owner of one whom another created.
    await done(scim(other.key, 'PATCH', `/Users/${own.id}`, disable), 200)
    await done(scim(key, 'DELETE', `/Users/${own.id}`), 204)
  })

  it('change only their groups, or chosen groups', async () => {
    const foreign = await done(rest('POST', '/groups', { name: 'By hand' }), 201)
    const own = await connect({ groups: 'own' })
    const mine = await done(scim(own.key, 'POST', '/Groups', { displayName: 'Pushed' }), 201)
    await done(scim(own.key, 'PATCH', `/Groups/${mine.id}`, add(admin.id)), 200)
    for (const method of ['PATCH', 'PUT', 'DELETE'])
      await done(
        scim(own.key, method, `/Groups/${foreign.id}`, method === 'DELETE' ? undefined : add(admin.id)),
        method === 'PUT' ? 400 : 403,
      )
    await done(scim(own.key, 'PUT', `/Groups/${foreign.id}`, { displayName: 'Mine', members: [] }), 403)
    const chosen = await connect({ groups: 'chosen', group_ids: [foreign.id] })
    await done(scim(chosen.key, 'PATCH', `/Groups/${foreign.id}`, add(admin.id)), 200)
    await done(scim(chosen.key, 'PATCH', `/Groups/${mine.id}`, add(admin.id)), 403)
    await done(scim(chosen.key, 'POST', '/Groups', { displayName: 'Another' }), 403)
    assert.equal((await done(rest('GET', `/groups/${foreign.id}`), 200)).name, 'By hand')
  })

  it('disable instead of deleting, and send no invitations, when the rules say so', async () => {
    const { key } = await connect({ on_delete: 'deactivate', send_invitations: false })
    const usual = await connect({})
    const invitationsOf = async (userId: string) =>
      (await done(rest('GET', `/audit-events?type=password.invitation_sent&target=${userId}`), 200)).length
    const { id } = await done(scim(key, 'POST', '/Users', { userName: 'quiet@example.org' }), 201)
    const loud = await done(scim(usual.key, 'POST', '/Users', { userName: 'loud@example.org' }), 201)
    assert.deepEqual([await invitationsOf(id), await invitationsOf(loud.id)], [0, 1])
    await done(scim(key, 'DELETE', `/Users/${id}`), 204)
    const user = await done(rest('GET', `/users/${id}`), 200)
    assert.equal(user.status, 'disabled')
    await done(scim(usual.key, 'DELETE', `/Users/${id}`), 204)
    await done(rest('GET', `/users/${id}`), 404)
  })

  it('show their last requests with the changes, the ignored members and the reasons of refusals', async () => {
    const { key, id } = await connect({})
    const user = await done(scim(key, 'POST', '/Users', { userName: 'log@example.org', shoeSize: 43 }), 201)
    await done(
      scim(key, 'PATCH', `/Users/${user.id}`, {
        Operations: [{ op: 'replace', value: { active: false, title: 'Dr', 'name.givenName': 'Log' } }],
      }),
      200,
    )
    await done(scim(key, 'POST', '/Users', { userName: admin.email }), 409)
    await done(scim(key, 'PATCH', `/Users/${admin.id}`, disable), 403)
    const members = [{ value: user.id }, { value: '019a5f0e-7c1b-7d2e-9f3a-4b5c6d7e8f90' }]
    const group = await done(scim(key, 'POST', '/Groups', { displayName: 'Logged', members }), 201)
    await done(scim(key, 'GET', '/Users'), 200)
    const seen = await requestsOf(id)
    assert.deepEqual(
      seen.map(({ method, path, status }: { method: string; path: string; status: number }) =>
        [method, path, status].join(' '),
      ),
      [
        ...['GET /Users 200', 'POST /Groups 201', `PATCH /Users/${admin.id} 403`, 'POST /Users 409'],
        ...[`PATCH /Users/${user.id} 200`, 'POST /Users 201'],
      ],
    )
    assert.equal((await requestsOf(id, '?changes=true')).length, 5)
    const [, push, refused, taken, change, creation] = seen
    assert.deepEqual(push.changes, {
      fields: ['name', 'external_id'],
      members_added: 1,
      members_removed: 0,
    })
    assert.equal(push.resource_id, group.id)
    assert.deepEqual(push.ignored, [`members ${members[1]!.value}`])
    assert.match(refused.error, /^permission_not_held: /)
    assert.deepEqual([refused.resource_id, refused.changes], [admin.id, null])
    assert.match(taken.error, /^already_exists: Another user has this userName/)
    assert.equal(taken.subject, admin.email)
    assert.deepEqual(change.changes.fields, ['first_name', 'status', 'attributes'])
    assert.deepEqual(creation.ignored, ['shoeSize'])
    assert.equal(creation.subject, null)
    const connection = await done(rest('GET', `/scim-connections/${id}`), 200)
    assert.equal(connection.last_request_at, seen[0].at)
  })

  it('keep the last 100 requests that change and as many that read', async () => {
    const { key, id } = await connect({})
    const refusedOnes = Array.from({ length: 106 }, (_, at) => ({
      ...{ method: 'POST', path: '/Users', bulkId: `b${at}` },
      data: { userName: '' },
    }))
    await done(scim(key, 'POST', '/Bulk', { Operations: refusedOnes.slice(0, 90) }), 200)
    assert.equal((await requestsOf(id, '?limit=200')).length, 90)
    await done(scim(key, 'POST', '/Bulk', { Operations: refusedOnes.slice(90) }), 200)
    await done(scim(key, 'GET', '/Users?count=0'), 200)
    assert.equal((await requestsOf(id, '?limit=200')).length, 101)
    assert.equal((await requestsOf(id, '?limit=200&changes=true')).length, 100)
  })

  it('read filters of at most ten levels and 50 expressions', async () => {
    const key = await newKey()
    const nested = (levels: number) => `${'('.repeat(levels)}userName eq "a"${')'.repeat(levels)}`
    const ask = (filter: string) => scim(key, 'GET', `/Users?filter=${encodeURIComponent(filter)}`)
    await done(ask(nested(9)), 200)
    for (const filter of [
      nested(11),
      nested(1000),
      `not ${nested(11)}`,
      `emails[${nested(11).replaceAll('userName', 'value')}]`,
      Array.from({ length: 51 }, () => 'userName eq "a"').join(' or '),
    ]) {
      const { status, body } = await ask(filter)
      assert.deepEqual([status, body.scimType], [400, 'invalidFilter'], filter.slice(0, 60))
    }
  })

  it('can get a new API key, and can be deleted after their API key was revoked', async () => {
    const { key, id } = await connect({ existing_users: 'refuse' })
    const { id: userId } = await done(scim(key, 'POST', '/Users', { userName: 'kept@example.org' }), 201)
    const next = await newKey()
    const answer = await rest('PATCH', `/scim-connections/${id}`, { api_key_id: next.id })
    assert.equal(answer.status, 200, answer.text)
    await done(scim(next, 'PATCH', `/Users/${userId}`, disable), 200)
    await done(rest('DELETE', `/scim-connections/${id}`), 409)
    await done(rest('DELETE', `/api-keys/${next.id}`), 204)
    await done(rest('DELETE', `/scim-connections/${id}`), 204)
    await done(rest('GET', `/scim-connections/${id}`), 404)
    assert.equal((await done(rest('GET', `/users/${userId}`), 200)).id, userId)
  })
})
