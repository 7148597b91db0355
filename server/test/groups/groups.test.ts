import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { onBothEngines, type Service, type TestUser } from '../harness.ts'

let count = 0

onBothEngines('groups', (engine) => {
  let service: Service
  let admin: TestUser
  let person: TestUser
  let manager: TestUser

  const ask = (method: string, path: string, body?: unknown, as = admin.token) =>
    service.call(method, path, { as, ...(body === undefined ? {} : { body }) })
  const made = async (path: string, body: object) => {
    const answer = await ask('POST', path, body)
    assert.equal(answer.status, 201, answer.text)
    return answer.body
  }
  const group = (fields: object = {}) => made('/groups', { name: `Group ${++count}`, ...fields })
  const user = () => {
    count += 1
    return made('/users', { username: `member-${count}`, email: `member-${count}@example.com` })
  }
  const succeed = async (method: string, path: string) => {
    const answer = await ask(method, path)
    assert.equal(answer.status, 204, answer.text)
  }
  const refuse = async (code: string, answer: Promise<{ body: { code: string }; text: string }>) => {
    const { body, text } = await answer
    assert.equal(body?.code, code, text)
  }

  before(async () => {
    service = await engine.start()
    admin = await service.admin()
    person = await service.createUser()
    await made('/roles', { name: 'auditor', permissions: ['audit:read'] })
    await made('/roles', { name: 'grouper', permissions: ['groups:read', 'groups:write'] })
    manager = await service.createUser({ roles: ['grouper'] })
  })

  it('are created, read, changed and deleted, with ETags and unique names', async () => {
    const answer = await ask('POST', '/groups', { name: 'Builders', external_id: 'b-1' })
    assert.equal(answer.status, 201)
    assert.equal(answer.headers.get('location'), `/groups/${answer.body.id}`)
    assert.deepEqual(answer.body.parents, [])
    const path = `/groups/${answer.body.id}`
    await refuse('already_exists', ask('POST', '/groups', { name: 'bUILDERS' }))
    await refuse('already_exists', ask('POST', '/groups', { name: 'Others', external_id: 'b-1' }))
    const changed = await ask('PATCH', path, { description: 'All who build', external_id: null })
    assert.equal(changed.body.description, 'All who build')
    assert.equal(changed.body.external_id, null)
    const stale = await service.call('PATCH', path, {
      as: admin.token,
      body: { name: 'X' },
      headers: { 'if-match': answer.headers.get('etag')! },
    })
    assert.equal(stale.status, 412)
    const replaced = await ask('PUT', path, { name: 'Makers' })
    assert.equal(replaced.body.description, '')
    assert.equal((await ask('GET', '/groups?q=mak')).body[0].name, 'Makers')
    assert.equal((await ask('GET', '/groups?name=makers')).body.length, 1)
    await refuse('invalid_input', ask('PATCH', path, { roles: ['nothing-like-it'] }))
    await refuse('invalid_input', ask('PATCH', path, { id: person.id }))
    await succeed('DELETE', path)
    await refuse('not_found', ask('GET', path))
  })

  it('list by name in pages', async () => {
    for (const name of ['Zeta 1', 'zeta 2', 'Zeta 3']) await group({ name })
    const first = await ask('GET', '/groups?q=zeta&limit=2')
    assert.deepEqual(
      first.body.map(({ name }: { name: string }) => name),
      ['Zeta 1', 'zeta 2'],
    )
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? ''
    assert.deepEqual((await ask('GET', next)).body[0].name, 'Zeta 3')
  })

  it('repeat a creation under its Idempotency-Key', async () => {
    const once = { as: admin.token, body: { name: 'Once' }, headers: { 'idempotency-key': 'once' } }
    const [first, second] = [
      await service.call('POST', '/groups', once),
      await service.call('POST', '/groups', once),
    ]
    assert.equal(second.status, 201)
    assert.equal(second.body.id, first.body.id)
  })

  it('have members, who are added and removed alone or together', async () => {
    const { id } = await group()
    const users = [await user(), await user(), await user()]
    const [first, second, third] = users.map((each) => each.id as string)
    await succeed('PUT', `/groups/${id}/members/${first}`)
    await succeed('PUT', `/groups/${id}/members/${first}`)
    const counts = await ask('POST', `/groups/${id}/members`, { add: [first, second, third], remove: [] })
    assert.deepEqual(counts.body, { added: 2, removed: 0 })
    const page = await ask('GET', `/groups/${id}/members?limit=2`)
    assert.deepEqual(
      page.body.map(({ user_id }: { user_id: string }) => user_id),
      [first, second],
    )
    await succeed('DELETE', `/groups/${id}/members/${second}`)
    await refuse('not_found', ask('DELETE', `/groups/${id}/members/${second}`))
    const unknown = '019a5f0e-7c1b-7d2e-9f3a-4b5c6d7e8f90'
    const refused = await ask('POST', `/groups/${id}/members`, { add: [second, unknown] })
    assert.equal(refused.body.errors[0].pointer, '/add/1')
    await refuse('invalid_input', ask('PUT', `/groups/${id}/members/${unknown}`))
    await succeed('DELETE', `/users/${third}`)
    const left = await ask('GET', `/groups/${id}/members`)
    assert.deepEqual(left.body, [{ user_id: first, username: users[0].username }])
    await refuse('not_found', ask('GET', `/users/${third}/groups`))
    const events = await ask('GET', `/audit-events?type=group.member_added&target=${first}`)
    assert.equal(events.body.length, 1)
    assert.equal(events.body[0].changes.group_id, id)
  })

  it('are nested up to five levels and never in themselves', async () => {
    const chain = []
    for (let level = 0; level < 6; level++) chain.push(await group())
    const ids = chain.map(({ id }) => id as string)
    for (let level = 0; level < 4; level++)
      await succeed('PUT', `/groups/${ids[level]}/groups/${ids[level + 1]}`)
    await refuse('group_nesting', ask('PUT', `/groups/${ids[4]}/groups/${ids[5]}`))
    await refuse('group_nesting', ask('PUT', `/groups/${ids[4]}/groups/${ids[0]}`))
    await refuse('group_nesting', ask('PUT', `/groups/${ids[0]}/groups/${ids[0]}`))
    assert.deepEqual((await ask('GET', `/groups/${ids[0]}/groups`)).body, [
      { id: ids[1], name: chain[1].name },
    ])
    const inside = await user()
    await succeed('PUT', `/groups/${ids[4]}/members/${inside.id}`)
    const own = await ask('GET', `/users/${inside.id}/groups`)
    assert.equal(own.body.length, 5)
    assert.deepEqual(
      own.body.filter(({ direct }: { direct: boolean }) => direct).map(({ id }: { id: string }) => id),
      [ids[4]],
    )
    assert.deepEqual(
      (await ask('GET', `/users?group=${ids[0]}`)).body.map(({ id }: { id: string }) => id),
      [inside.id],
    )
    await succeed('DELETE', `/groups/${ids[2]}`)
    assert.equal((await ask('GET', `/users?group=${ids[0]}`)).body.length, 0)
    assert.equal((await ask('GET', `/users/${inside.id}/groups`)).body.length, 2)
  })

  it('give roles to their members, also through the groups around them; a removed member loses them with the next request', async () => {
    const [outer, inner] = [await group({ roles: ['auditor'] }), await group()]
    const mayRead = async () => (await ask('GET', '/audit-events?limit=1', undefined, person.token)).status
    const ends: [string, string, object?][] = [
      ['DELETE', `/groups/${inner.id}/members/${person.id}`],
      ['DELETE', `/groups/${outer.id}/groups/${inner.id}`],
      ['PATCH', `/groups/${outer.id}`, { roles: [] }],
      ['DELETE', `/groups/${inner.id}`],
    ]
    for (const [method, path, body] of ends) {
      assert.equal(await mayRead(), 403)
      await ask('PATCH', `/groups/${outer.id}`, { roles: ['auditor'] })
      await succeed('PUT', `/groups/${outer.id}/groups/${inner.id}`)
      await succeed('PUT', `/groups/${inner.id}/members/${person.id}`)
      assert.equal(await mayRead(), 200)
      const check = await ask('GET', '/auth/check?role=auditor', undefined, person.token)
      assert.equal(
        check.headers.get('x-roster-groups'),
        [outer.name, inner.name].map((name) => name.replace(' ', '%20')).join(','),
      )
      assert.equal((await ask('GET', `/auth/check?group=Nobodies`, undefined, person.token)).status, 403)
      assert.equal(
        (await ask('GET', `/auth/check?group=${encodeURIComponent(outer.name)}`, undefined, person.token))
          .status,
        204,
      )
      assert.ok((await ask(method, path, body)).status < 300)
      assert.equal(await mayRead(), 403, `${method} ${path}`)
    }
  })

  it('say their roles in access tokens, and keep a role that they give from being deleted', async () => {
    await made('/roles', { name: 'through', permissions: [] })
    const { id } = await group({ roles: ['through'] })
    await succeed('PUT', `/groups/${id}/members/${person.id}`)
    const { body } = await service.call('POST', '/auth/refresh', { body: { refresh_token: person.refresh } })
    const claims = JSON.parse(Buffer.from(body.access_token.split('.')[1], 'base64url').toString())
    assert.deepEqual(claims.roles, ['through', 'user'])
    person.token = body.access_token
    assert.deepEqual(body.user.roles, ['user'])
    await refuse('role_in_use', ask('DELETE', '/roles/through'))
    await succeed('DELETE', `/groups/${id}`)
    await succeed('DELETE', '/roles/through')
  })

  it('give nothing that the caller does not hold, in no way', async () => {
    const strong = await group({ roles: ['auditor'] })
    const weak = await group()
    const inStrong = await user()
    await succeed('PUT', `/groups/${strong.id}/members/${inStrong.id}`)
    const attempts: [string, string, object?][] = [
      ['POST', '/groups', { name: 'Mine', roles: ['auditor'] }],
      ['PATCH', `/groups/${weak.id}`, { roles: ['auditor'] }],
      ['PUT', `/groups/${weak.id}`, { name: 'W', roles: ['admin'] }],
      ['PUT', `/groups/${strong.id}/members/${manager.id}`],
      ['POST', `/groups/${strong.id}/members`, { add: [manager.id] }],
      ['POST', `/groups/${strong.id}/members`, { remove: [inStrong.id] }],
      ['DELETE', `/groups/${strong.id}/members/${inStrong.id}`],
      ['PUT', `/groups/${strong.id}/groups/${weak.id}`],
      ['DELETE', `/groups/${strong.id}`],
      ['PATCH', `/groups/${strong.id}`, { name: 'Taken over' }],
    ]
    for (const [method, path, body] of attempts)
      await refuse('permission_not_held', ask(method, path, body, manager.token))
    assert.equal(
      (await ask('PUT', `/groups/${weak.id}/members/${manager.id}`, undefined, manager.token)).status,
      204,
    )
    assert.equal((await ask('POST', '/groups', { name: 'Mine' }, person.token)).status, 403)
    assert.equal((await ask('GET', `/groups/${weak.id}/members`, undefined, person.token)).status, 403)
    // The user has a right through a group, so the roles of the user alone do not tell who may change them.
    await made('/roles', { name: 'writer', permissions: ['users:read', 'users:write'] })
    const writer = await service.createUser({ roles: ['writer'] })
    await refuse(
      'permission_not_held',
      ask('PATCH', `/users/${inStrong.id}`, { email: 'thief@example.com' }, writer.token),
    )
  })

  it('give no permission to an unproven sign-up, in no way', async () => {
    const stranger = await service.call('POST', '/users', {
      body: { username: 'stranger', email: 'stranger@example.com', password: 'correct horse battery' },
    })
    const [strong, weak, outer] = [await group({ roles: ['auditor'] }), await group(), await group()]
    await succeed('PUT', `/groups/${weak.id}/members/${stranger.body.id}`)
    await succeed('PUT', `/groups/${outer.id}/groups/${weak.id}`)
    await refuse('unproven_account', ask('PUT', `/groups/${strong.id}/members/${stranger.body.id}`))
    await refuse('unproven_account', ask('PUT', `/groups/${strong.id}/groups/${outer.id}`))
    for (const { id } of [weak, outer])
      await refuse('unproven_account', ask('PATCH', `/groups/${id}`, { roles: ['auditor'] }))
    assert.deepEqual((await ask('GET', `/groups/${outer.id}`)).body.roles, [])
    assert.equal((await ask('PATCH', `/groups/${outer.id}`, { roles: ['user'] })).status, 200)
  })

  it('ask for a fresh proof before they give permissions', async () => {
    const { id } = await group({ roles: ['auditor'] })
    const plain = await group()
    const stale = new Date(Date.now() - 3_600_000).toISOString()
    const { token } = await service.createUser({ roles: ['admin'] })
    await service.roster.database.transaction(async (tx) => {
      await tx.updateTable('sessions').set({ proven_at: stale, created_at: stale }).execute()
    })
    const asStale = (path: string) => ask('PUT', path, undefined, token)
    await refuse('reauthentication_required', asStale(`/groups/${id}/members/${person.id}`))
    await refuse('reauthentication_required', asStale(`/groups/${id}/groups/${plain.id}`))
    assert.equal((await asStale(`/groups/${plain.id}/members/${person.id}`)).status, 204)
  })

  it('count no administrator through a group as the last one', async () => {
    const proof = { password: 'correct horse battery' }
    await service.call('POST', '/auth/step-up', { as: admin.token, body: proof })
    const { id } = await group({ roles: ['admin'] })
    await succeed('PUT', `/groups/${id}/members/${person.id}`)
    const others = await ask('GET', '/users?filter=roles eq "admin"')
    for (const other of others.body) if (other.id !== admin.id) await succeed('DELETE', `/users/${other.id}`)
    await refuse('last_admin', ask('DELETE', `/users/${admin.id}`, proof, person.token))
    await succeed('DELETE', `/groups/${id}`)
    assert.equal((await ask('GET', '/users', undefined, person.token)).status, 403)
  })
})
