import assert from 'node:assert/strict'
import { it } from 'node:test'
import { permissions } from '../../src/caller.ts'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { login, replicas } from './replicas.ts'

onBothEngines('an administrator who can sign in', (engine) => {
  /** Every way to lose the administrator. */
  const doors = (id: string, email: string) =>
    [
      ['DELETE', `/users/${id}`, undefined],
      ['DELETE', `/users/${id}?purge=true`, undefined],
      ['PATCH', `/users/${id}`, { status: 'disabled' }],
      ['PATCH', `/users/${id}`, { roles: ['user'] }],
      ['PUT', `/users/${id}`, { username: 'someone', email }],
    ] as const
  const refused = async (service: Service, as: string, { id, email }: TestUser) => {
    for (const [method, path, body] of doors(id, email)) {
      const answer = await service.call(method, path, { as, ...(body && { body }) })
      const what = `${method} ${path} ${JSON.stringify(body)}`
      assert.deepEqual([answer.status, answer.body?.code], [409, 'last_admin'], what)
    }
  }

  it('remains while other administrators cannot sign in: without a password, with a disabled one, with an API key', async () => {
    const service = await engine.start()
    const admin = await service.admin()
    const fields = { username: 'invited', email: 'invited@example.com', roles: ['admin'] }
    assert.equal((await service.call('POST', '/users', { as: admin.token, body: fields })).status, 201)
    await refused(service, admin.token, admin)

    const other = await service.createUser({ roles: ['admin'] })
    const key = await service.call('POST', '/api-keys', {
      as: other.token,
      body: { name: 'k', permissions: [...permissions] },
    })
    await service.roster.database.transaction((tx) =>
      tx.updateTable('passwords').set({ failures: 99 }).where('user_id', '=', other.id).execute(),
    )
    await login(service, other.username, 'wrong password', '')
    assert.equal((await login(service, other.username, password, '')).status, 401)
    for (const as of [admin.token, other.token, key.body.secret]) await refused(service, as, admin)

    const third = await service.createUser({ roles: ['admin'] })
    const demoted = await service.call('PATCH', `/users/${admin.id}`, {
      as: third.token,
      body: { roles: ['user'] },
    })
    assert.equal(demoted.status, 200)
    await refused(service, third.token, third)
  })

  it('remains where only users with a verified address can sign in', async () => {
    const service = await engine.start({ ROSTER_REQUIRE_VERIFIED_EMAIL: 'true' })
    const admin = await service.createUser({ roles: ['admin'], email_verified: true })
    const fields = { username: 'unverified', email: 'unverified@example.com', password, roles: ['admin'] }
    const made = await service.call('POST', '/users', { as: admin.token, body: fields })
    assert.equal(made.status, 201, made.text)
    assert.equal((await login(service, 'unverified', password, '')).status, 401)
    const unverify = { as: admin.token, body: { email_verified: false } }
    const answer = await service.call('PATCH', `/users/${admin.id}`, unverify)
    assert.deepEqual([answer.status, answer.body?.code], [409, 'last_admin'])
    await refused(service, admin.token, admin)
    const { id, username, email } = admin
    const row = JSON.stringify({ id, username, email, email_verified: false })
    for (const query of ['mode=upsert&dry_run=true', 'mode=upsert']) {
      const imported = await service.call('POST', `/users/import?${query}`, {
        as: admin.token,
        body: row,
        headers: { 'content-type': 'application/x-ndjson' },
      })
      assert.match(imported.text, /last_admin/, query)
    }

    // An administrator who cannot sign in may be changed.
    const demote = { as: admin.token, body: { roles: ['user'] } }
    assert.equal((await service.call('PATCH', `/users/${made.body.id}`, demote)).status, 200)
    const other = await service.createUser({ roles: ['admin'], email_verified: true })
    assert.equal((await service.call('PATCH', `/users/${other.id}`, unverify)).status, 200)
  })

  it('stays when two remove each other at the same time and a third could not sign in', async () => {
    const [here, there] = await replicas(engine, {})
    let first = await here.createUser({ roles: ['admin'] })
    const fields = { username: 'invited', email: 'invited@example.com', roles: ['admin'] }
    assert.equal((await here.call('POST', '/users', { as: first.token, body: fields })).status, 201)
    for (let round = 0; round < 20; round += 1) {
      const second = await here.createUser({ roles: ['admin'] })
      const remove = (service: Service, by: TestUser, { id, email }: TestUser) => {
        const [method, path, body] = doors(id, email)[round % 4]!
        return service.call(method, path, { as: by.token, ...(body && { body }) })
      }
      const answers = await Promise.all([remove(here, first, second), remove(there, second, first)])
      const statuses = answers.map(({ status }) => status)
      assert.ok(statuses.filter((status) => status < 300).length < 2, `round ${round}: ${statuses}`)
      const kept = await here.roster.users.find(second.id)
      if (kept && kept.disabled_at === null && kept.roles.includes('admin')) {
        if (statuses[1]! < 300) first = second
        else await here.call('DELETE', `/users/${second.id}`, { as: first.token })
      }
    }
  })
})
