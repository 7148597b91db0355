import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { onBothEngines, type Service, type TestUser } from '../harness.ts'

onBothEngines('an API key that may change users and not read them', (engine) => {
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

  it('changes, replaces and restores a user without reading the user in the answer', async () => {
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

  it('does not learn by an import whether a row is what is stored', async () => {
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
})
