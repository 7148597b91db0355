/** During a rolling upgrade the former version continues while the next one has already added columns and tables. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { onBothEngines, password, type Service } from '../harness.ts'
import { outsider, sharedDatabase } from '../shared-database.ts'

onBothEngines('a schema that a newer version has extended', (engine) => {
  it('serves every request of a version that runs on', async () => {
    const DATABASE_URL = await sharedDatabase(engine)
    const service = await engine.start({ DATABASE_URL })
    await exercise(service, 'before')
    const { read } = service.roster.database
    const tables = await read.introspection.getTables()
    const newer = await outsider(DATABASE_URL)
    for (const { name } of tables.filter(({ name }) => !name.startsWith('user_search')))
      await newer.run(`alter table ${name} add column added_later text default 'new'`)
    await newer.close()
    await exercise(service, 'after')
    const failures = service.logs().filter(({ level }) => level === 'error')
    assert.deepEqual(failures, [])
  })
})

/** Concurrent requests that use prepared statements, so that each connection of the pool has some. */
async function exercise(service: Service, prefix: string): Promise<void> {
  const { token: as } = await service.admin()
  const rounds = Array.from({ length: 4 }, async (_, at) => {
    const username = `${prefix}-${at}`
    const created = await service.call('POST', '/users', {
      as,
      body: { username, email: `${username}@example.com`, password },
    })
    assert.equal(created.status, 201, created.text)
    const path = `/users/${created.body.id}`
    const read = await service.call('GET', path, { as })
    assert.deepEqual([read.status, read.body], [200, created.body])
    const patched = await service.call('PATCH', path, { as, body: { first_name: 'Ada' } })
    assert.deepEqual([patched.status, patched.body.first_name, patched.body.roles], [200, 'Ada', ['user']])
    const listed = await service.call('GET', `/users?q=${username}`, { as })
    assert.deepEqual([listed.status, listed.body[0].username], [200, username])
    const login = await service.call('POST', '/auth/login', { body: { username, password } })
    assert.equal(login.status, 200, login.text)
    const refresh = { refresh_token: login.body.refresh_token }
    const renewed = await service.call('POST', '/auth/refresh', { body: refresh })
    assert.equal(renewed.status, 200, renewed.text)
    const me = await service.call('GET', '/users/me', { as: renewed.body.access_token })
    assert.equal(me.body.username, username)
    assert.equal((await service.call('DELETE', path, { as })).status, 204)
  })
  await Promise.all(rounds)
  for (const path of ['/roles', '/api-keys', '/audit-events', '/groups', '/statistics', '/jobs'])
    assert.equal((await service.call('GET', path, { as })).status, 200, path)
}
