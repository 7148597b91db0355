import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'

onBothEngines('an import that matches an account by its address', (engine) => {
  let service: Service
  let admin: TestUser
  before(async () => {
    service = await engine.start({ ROSTER_RATE_LIMITS: 'off' })
    admin = await service.admin()
  })
  const upsert = async (row: object) => {
    const { text } = await service.call('POST', '/users/import?mode=upsert', {
      as: admin.token,
      headers: { 'content-type': 'application/x-ndjson' },
      body: `${JSON.stringify(row)}\n`,
    })
    return JSON.parse(text.split('\n')[0]!)
  }
  const signIn = async (username: string) =>
    (await service.call('POST', '/auth/login', { body: { username, password } })).status

  it('ends what the creator of an unverified account knew', async () => {
    await service.call('POST', '/roles', {
      as: admin.token,
      body: { name: 'keys', permissions: ['api_keys:write'] },
    })
    const stranger = await service.createUser({ email_verified: false, roles: ['keys'] })
    const key = await service.call('POST', '/api-keys', {
      as: { username: stranger.username, password },
      body: { name: 'kept', permissions: ['api_keys:write'] },
    })
    const result = await upsert({ email: stranger.email, roles: ['admin'] })
    assert.equal(result.result, 'updated', JSON.stringify(result))
    assert.match(result.notes.join(), /not verified/)
    const me = await service.call('GET', '/users/me', { as: stranger.token })
    const refreshed = await service.call('POST', '/auth/refresh', {
      body: { refresh_token: stranger.refresh },
    })
    assert.deepEqual([me.status, refreshed.status, await signIn(stranger.username)], [401, 400, 401])
    assert.equal(key.status, 201, key.text)
    assert.equal((await service.call('GET', '/users/me', { as: key.body.secret })).status, 401)
  })

  it('ends what a stranger knew when a row finds the sign-up by its id or external id and raises it', async () => {
    const cases = [
      { raise: { email_verified: true }, by: 'id' },
      { raise: { roles: ['admin'] }, by: 'external_id' },
    ] as const
    for (const { raise, by } of cases) {
      const username = `by-${by.replace('_', '-')}`
      const names = { username, email: `${username}@corp.example` }
      const signUp = await service.call('POST', '/users', { body: { ...names, password } })
      assert.equal(signUp.status, 201, signUp.text)
      const external_id = `crm-${username}`
      const found = await service.call('PATCH', `/users/${signUp.body.id}`, {
        as: admin.token,
        body: { external_id },
      })
      assert.equal(found.status, 200, found.text)
      const key = by === 'id' ? { id: signUp.body.id } : { external_id }
      const harmless = await upsert({ ...key, ...names, first_name: 'Ann' })
      assert.deepEqual([harmless.result, await signIn(username)], ['updated', 200], JSON.stringify(harmless))
      const result = await upsert({ ...key, ...names, ...raise })
      assert.equal(result.result, 'updated', JSON.stringify(result))
      assert.match(result.notes?.join() ?? '', /not verified/)
      assert.equal(await signIn(username), 401)
    }
  })

  it('keeps the password and sessions of an account whose address is verified', async () => {
    const owner = await service.createUser({ email_verified: true })
    const result = await upsert({ email: owner.email, first_name: 'New' })
    assert.equal(result.result, 'updated', JSON.stringify(result))
    const me = await service.call('GET', '/users/me', { as: owner.token })
    assert.deepEqual([me.status, await signIn(owner.username)], [200, 200])
  })
})
