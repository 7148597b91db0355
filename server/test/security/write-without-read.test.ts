import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { shiftClock } from '../../src/clock.ts'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'

onBothEngines('callers with a part of the permissions of administrators', (engine) => {
  let service: Service
  let admin: TestUser
  let key: string
  before(async () => {
    service = await engine.start()
    admin = await service.admin()
    const body = { name: 'writer', permissions: ['users:write', 'users:delete'] }
    key = (await service.call('POST', '/api-keys', { as: admin.token, body })).body.secret
  })
  const make = async (name: string) => {
    const names = { username: `${name}-${engine.name}`, email: `${name}-${engine.name}@example.com` }
    const { body } = await service.call('POST', '/users', {
      as: admin.token,
      body: { ...names, first_name: 'Secret', metadata: { plan: 'secret' } },
    })
    return { ...names, path: `/users/${body.id}` }
  }
  const ask = (method: string, path: string, body?: unknown) =>
    service.call(method, path, { as: key, ...(body !== undefined && { body }) })

  it('users:write without users:read: changes, replaces and restores a user without reading the user in the answer', async () => {
    const { username, email, path } = await make('target')
    const answers = [
      await ask('PATCH', path, {}),
      await ask('PATCH', path, { last_name: 'New' }),
      await ask('PUT', path, { username, email }),
    ]
    await ask('DELETE', path)
    answers.push(await ask('POST', `${path}/restore`))
    for (const { status, text, headers } of answers) {
      assert.deepEqual([status, text], [204, ''])
      assert.match(headers.get('etag') ?? '', /^"\d+"$/)
    }
    assert.equal((await ask('GET', path)).status, 404)
    assert.equal((await service.call('PATCH', path, { as: admin.token, body: {} })).body.username, username)
  })

  it('users:write without users:read: no operation on a user answers with data of the user', async () => {
    const { paths } = (await service.call('GET', '/openapi.json')).body
    const operations = Object.entries(paths as Record<string, Record<string, { operationId: string }>>)
      .filter(([path]) => path.startsWith('/users/{id}'))
      .flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, { operationId }]) => ({ path, method, operationId })),
      )
      .filter(({ method }) => method !== 'get')
    const fields = ['users:write', 'users:support', 'users:delete']
    const wanted = { as: admin.token, body: { name: 'all that writes', permissions: fields } }
    const { secret } = (await service.call('POST', '/api-keys', wanted)).body
    const done: string[] = []
    for (const { path, method, operationId } of operations) {
      const user = await service.createUser()
      const url = path.replace('{id}', user.id).replace(/\{\w+\}/g, user.id)
      const { username, email } = user
      const body = method === 'put' ? { username, email } : method === 'patch' ? {} : undefined
      if (operationId === 'restoreUser')
        assert.equal((await service.call('DELETE', `/users/${user.id}`, { as: admin.token })).status, 204)
      const answer = await service.call(method.toUpperCase(), url, { as: secret, ...(body && { body }) })
      if (answer.status >= 300) continue
      assert.equal(answer.text, '', operationId)
      done.push(operationId)
    }
    const expected = ['changeUser', 'deleteUser', 'endSessions', 'replaceUser', 'resetFactors', 'restoreUser']
    assert.deepEqual(done.sort(), [...expected, 'sendPasswordReset', 'unlockUser'])
  })

  it('users:write without users:read: an import does not show whether a row equals the stored one', async () => {
    const { username, email } = await make('guessed')
    const rows = JSON.stringify({ username, email, first_name: 'Secret' })
    for (const query of ['mode=upsert', 'mode=upsert&dry_run=true']) {
      const answer = await service.call('POST', `/users/import?${query}`, {
        as: key,
        body: rows,
        headers: { 'content-type': 'application/x-ndjson' },
      })
      assert.deepEqual([answer.status, answer.body.code], [403, 'forbidden'])
    }
  })

  it('users:write without users:read: the result of a row tells only that a name is taken', async () => {
    const [one, two] = [await make('one'), await make('two')]
    await service.createUser({
      username: `unproven-${engine.name}`,
      email: `unproven-${engine.name}@example.com`,
    })
    const rows = [
      { username: one.username, email: one.email },
      { username: two.username, email: one.email },
      { username: 'another', email: one.email },
      { email: `unproven-${engine.name}@example.com` },
      { username: one.username, email: 'nobody@example.com' },
    ]
    const results = async (as: string, query: string) => {
      const { status, text } = await service.call('POST', `/users/import?${query}`, {
        as,
        body: rows.map((row) => JSON.stringify(row)).join('\n'),
        headers: { 'content-type': 'application/x-ndjson' },
      })
      assert.equal(status, 200, text)
      const lines = text.trim().split('\n')
      return lines.map((line) => JSON.parse(line)).filter(({ summary }) => !summary)
    }
    for (const query of ['dry_run=true', 'mode=create'])
      assert.deepEqual(
        await results(key, query),
        rows.map((_, at) => ({ row: at + 1, result: 'skipped', reason: 'already_exists' })),
      )
    const told = await results(admin.token, 'dry_run=true')
    assert.deepEqual(
      told.map(({ result }) => result),
      ['skipped', 'failed', 'failed', 'skipped', 'failed'],
    )
    assert.ok(told[0].id)
  })

  it('users:write without users:read: does not learn from a missing proof whether a field is as stored', async () => {
    const role = { name: 'blind', permissions: ['users:write'] }
    assert.equal((await service.call('POST', '/roles', { as: admin.token, body: role })).status, 201)
    const writer = await service.createUser({ roles: ['blind'] })
    const { username, email, path } = await make('asked-about')
    const patch = (body: object) => service.call('PATCH', path, { as: writer.token, body })
    shiftClock(400)
    try {
      for (const [right, wrong] of [
        [{ username }, { username: 'a-guess' }],
        [{ email }, { email: 'a-guess@example.com' }],
        [{ email_verified: false }, { email_verified: true }],
        [{ roles: ['user'] }, { roles: [] }],
      ] as const) {
        const [yes, no] = [await patch(right), await patch(wrong)]
        assert.deepEqual([yes.status, yes.body?.code], [403, 'reauthentication_required'])
        assert.deepEqual([no.status, no.body?.code], [403, 'reauthentication_required'])
      }
      assert.equal((await patch({ last_name: 'New' })).status, 204)
    } finally {
      shiftClock(-400)
    }
  })

  it('without a fresh proof, a dry run does not tell whether a password is right', async () => {
    const target = await service.createUser()
    const { token } = await service.createUser({ roles: ['admin'] })
    const ask = (query: string) =>
      service.call('POST', `/users/import?${query}`, {
        as: token,
        body: JSON.stringify({ id: target.id, username: target.username, email: target.email, password }),
        headers: { 'content-type': 'application/x-ndjson' },
      })
    shiftClock(400)
    try {
      const refused = await ask('mode=upsert&dry_run=true')
      assert.deepEqual([refused.status, refused.body.code], [403, 'reauthentication_required'])
      assert.equal((await ask('mode=create&dry_run=true')).status, 200)
    } finally {
      shiftClock(-400)
    }
    assert.match((await ask('mode=upsert&dry_run=true')).text, /"reason":"unchanged"/)
  })

  it('403, not 404, for a key that may read users and not change them', async () => {
    const body = { name: 'reader', permissions: ['users:read'] }
    const reader = (await service.call('POST', '/api-keys', { as: admin.token, body })).body.secret
    const { path, username, email } = await make('read-only')
    for (const [method, more] of [
      ['PATCH', {}],
      ['PUT', { username, email }],
      ['DELETE', undefined],
    ] as const) {
      const answer = await service.call(method, path, { as: reader, ...(more && { body: more }) })
      assert.deepEqual([answer.status, answer.body.code], [403, 'forbidden'])
    }
  })

  it('users:support: sends links, disables, enables, unlocks and ends sessions, and writes nothing else', async () => {
    const body = { name: 'support', permissions: ['users:read', 'users:support'] }
    assert.equal((await service.call('POST', '/roles', { as: admin.token, body })).status, 201)
    const desk = await service.createUser({ roles: ['support', 'user'] })
    const key = await service.call('POST', '/api-keys', {
      as: admin.token,
      body: { ...body, name: 'support' },
    })
    const target = await service.createUser()
    const path = `/users/${target.id}`
    const before = (await service.call('GET', path, { as: admin.token })).body
    for (const as of [desk.token, key.body.secret as string]) {
      const support = (method: string, where: string, what?: unknown) =>
        service.call(method, where, { as, ...(what !== undefined && { body: what }) })
      const statusOf = async (...request: [string, string, unknown?]) => (await support(...request)).status
      assert.equal(await statusOf('POST', `${path}/password-reset`), 202)
      assert.equal((await support('PATCH', path, { status: 'disabled' })).body.status, 'disabled')
      assert.equal((await support('PATCH', path, { status: 'active' })).body.status, 'active')
      assert.equal(await statusOf('POST', `${path}/unlock`), 200)
      const { body: session } = await service.call('POST', '/auth/login', {
        body: { username: target.username, password },
      })
      const [open] = (await support('GET', `${path}/sessions`)).body
      assert.equal(await statusOf('DELETE', `${path}/sessions/${open.id}`), 204)
      assert.equal(await statusOf('DELETE', `${path}/sessions`), 204)
      assert.equal((await service.call('GET', '/users/me', { as: session.access_token })).status, 401)

      for (const fields of [
        { email: 'thief@example.com' },
        { username: 'renamed' },
        { email_verified: true },
        { first_name: 'New' },
        { metadata: { plan: 'x' } },
        { roles: ['support'] },
        { status: 'disabled', external_id: '1' },
      ]) {
        const answer = await support('PATCH', path, fields)
        assert.deepEqual([answer.status, answer.body.code], [403, 'field_not_writable'], answer.text)
      }
      const { username, email } = target
      for (const [method, where, what] of [
        ['PUT', path, { username, email }],
        ['DELETE', path, undefined],
        ['PUT', `${path}/password`, { password: 'another good password' }],
        ['DELETE', `${path}/factors`, undefined],
        ['POST', '/users/import', ''],
        ['POST', '/jobs', { kind: 'disable', user_ids: [target.id] }],
      ] as const) {
        const answer = await support(method, where, what)
        assert.deepEqual([answer.status, answer.body.code], [403, 'forbidden'], `${method} ${where}`)
      }
      const outranked = await support('PATCH', `/users/${admin.id}`, { status: 'disabled' })
      assert.deepEqual([outranked.status, outranked.body.code], [403, 'permission_not_held'])
      const own = await support('PATCH', '/users/me', { status: 'disabled' })
      assert.equal(own.status, 403, 'not of their own account')
    }
    const after = (await service.call('GET', path, { as: admin.token })).body
    const same = ({
      username,
      email,
      email_verified,
      first_name,
      metadata,
      roles,
      external_id,
      status,
    }: never) => [[username, email, email_verified, first_name, metadata, roles, external_id, status]]
    assert.deepEqual(same(after as never), same(before as never))
    const { body: invited } = await service.call('POST', '/users', {
      as: desk.token,
      body: { username: 'by-support', email: 'by-support@example.com', password, email_verified: true },
    })
    assert.equal(invited.code, 'field_not_writable', 'creates users as everybody does')
  })
})
