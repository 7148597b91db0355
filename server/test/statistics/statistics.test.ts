import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { shiftClock } from '../../src/clock.ts'
import { migrate } from '../../src/database/migrate.ts'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'

onBothEngines('statistics', (engine) => {
  let service: Service
  let admin: TestUser
  before(async () => {
    service = await engine.start()
    admin = await service.admin()
  })
  const read = async (query = '') =>
    (await service.call('GET', `/statistics${query}`, { as: admin.token })).body
  const call = (method: string, path: string, body?: object) =>
    service.call(method, path, { as: admin.token, ...(body && { body }) })

  /** The same numbers as lists count them. */
  const countLists = async () => {
    const count = async (query: string) => {
      const { headers } = await service.call('GET', `/users?limit=1&count=exact${query}`, { as: admin.token })
      return Number(headers.get('x-total-count'))
    }
    return {
      total: await count(''),
      active: await count('&status=active'),
      disabled: await count('&filter=status eq "disabled"'),
      unverified: await count('&email_verified=false'),
      deleted: await count('&deleted=true'),
    }
  }

  it('counts users as they are created, changed, deleted, restored and erased', async () => {
    const first = (await read()).users
    assert.deepEqual(first, { total: 1, active: 1, disabled: 0, unverified: 1, deleted: 0 })
    const create = async (username: string, fields = {}) =>
      (await call('POST', '/users', { username, email: `${username}@example.com`, ...fields })).body.id
    const ann = await create('ann', { email_verified: true })
    const ben = await create('ben')
    await create('cora', { status: 'disabled' })
    assert.deepEqual((await read()).users, { total: 4, active: 3, disabled: 1, unverified: 3, deleted: 0 })
    assert.deepEqual(await countLists(), { total: 4, active: 3, disabled: 1, unverified: 3, deleted: 0 })
    await call('PATCH', `/users/${ann}`, { status: 'disabled' })
    await call('PATCH', `/users/${ben}`, { email_verified: true, first_name: 'Ben' })
    await call('PATCH', `/users/${ben}`, { last_name: 'Ray' })
    assert.deepEqual((await read()).users, { total: 4, active: 2, disabled: 2, unverified: 2, deleted: 0 })
    assert.deepEqual(await countLists(), { total: 4, active: 2, disabled: 2, unverified: 2, deleted: 0 })
    await call('DELETE', `/users/${ann}`)
    assert.deepEqual((await read()).users, { total: 3, active: 2, disabled: 1, unverified: 2, deleted: 1 })
    assert.deepEqual(await countLists(), { total: 3, active: 2, disabled: 1, unverified: 2, deleted: 1 })
    await call('POST', `/users/${ann}/restore`)
    await call('DELETE', `/users/${ben}`)
    await call('DELETE', `/users/${ben}?purge=true`)
    const both = await service.call('GET', '/users?count=exact&status=disabled&email_verified=true', {
      as: admin.token,
    })
    assert.equal(both.headers.get('x-total-count'), '1', 'two conditions are counted')
    const verified = await service.call('GET', '/users?count=exact&email_verified=true', { as: admin.token })
    assert.equal(verified.headers.get('x-total-count'), '1')
    assert.deepEqual((await read()).users, { total: 3, active: 1, disabled: 2, unverified: 2, deleted: 0 })
    assert.deepEqual(await countLists(), { total: 3, active: 1, disabled: 2, unverified: 2, deleted: 0 })
  })

  it('counts what an import creates on the days of the creation, and nothing of a dry run', async () => {
    const yesterday = new Date(Date.now() - 86_400_000).toISOString()
    const rows = [1, 2, 3].map((n) => ({
      username: `old${n}`,
      email: `old${n}@example.com`,
      created_at: yesterday,
    }))
    const importRows = (query: string) =>
      service.call('POST', `/users/import${query}`, {
        as: admin.token,
        headers: { 'content-type': 'application/x-ndjson' },
        body: rows.map((row) => JSON.stringify(row)).join('\n'),
      })
    const before = (await read('?days=2')).days[0].created
    await importRows('?dry_run=true')
    assert.equal((await read('?days=2')).days[0].created, before)
    await importRows('')
    const { days, users } = await read('?days=2')
    assert.equal(days.length, 2)
    assert.equal(days[0].day, yesterday.slice(0, 10))
    assert.equal(days[0].created, before + 3)
    assert.equal(users.total, 6)
  })

  it('counts each sign-in, and each user once a day', async () => {
    const user = await service.createUser()
    const before = (await read('?days=1')).days[0]
    for (let turn = 0; turn < 2; turn += 1)
      await service.call('POST', '/auth/login', { body: { username: user.username, password } })
    await service.call('POST', '/auth/login', { body: { username: user.username, password: 'wrong one' } })
    const after = (await read('?days=1')).days[0]
    assert.equal(after.sign_ins - before.sign_ins, 2)
    assert.equal(after.active - before.active, 0)
    shiftClock(86_400)
    const login = () => service.call('POST', '/auth/login', { body: { username: user.username, password } })
    try {
      assert.equal((await login()).status, 200)
      assert.equal((await login()).status, 200)
      admin = {
        ...admin,
        token: (await service.call('POST', '/auth/login', { body: { username: 'admin', password } })).body
          .access_token,
      }
      const { sign_ins, active } = (await read('?days=1')).days[0]
      assert.deepEqual({ sign_ins, active }, { sign_ins: 3, active: 2 })
    } finally {
      shiftClock(-86_400)
    }
  })

  it('gives the same numbers after housekeeping has added the changes up, and repairs wrong ones', async () => {
    const { database, statistics } = service.roster
    const before = await read()
    assert.ok((await statistics.fold()) > 0)
    assert.equal(await statistics.fold(), 0)
    const folded = await read()
    assert.deepEqual([folded.users, folded.days], [before.users, before.days])

    await database.transaction((tx) =>
      tx.updateTable('counters').set({ amount: 77 }).where('name', '=', 'users').execute(),
    )
    assert.equal((await read()).users.total, 77)
    assert.equal(await statistics.repair(0), 1)
    assert.equal(await statistics.repair(1), 0)
    assert.deepEqual((await read()).users, before.users)
  })

  it('counts the users of a database from before there were statistics', async () => {
    const { database } = service.roster
    const { users, days } = await read()
    await database.transaction(async (tx) => {
      for (const table of ['counters', 'counter_changes']) await tx.schema.dropTable(table).execute()
      await tx.deleteFrom('schema_migrations').where('name', '=', '0023-statistics').execute()
    })
    await migrate(database)
    const migrated = await read()
    assert.deepEqual(migrated.users, users)
    // The user who was erased is known no more.
    assert.equal(migrated.days.at(-1).created, days.at(-1).created - 1)
    assert.equal(migrated.days.at(-2).created, 3)
  })

  it('shows missing settings of the installation to callers who may read users', async () => {
    assert.deepEqual((await read()).installation, { mail: false, administrators: 1, applications: false })
    const { token } = await service.createUser()
    assert.equal((await service.call('GET', '/statistics', { as: token })).status, 403)
    assert.equal((await service.call('GET', '/statistics')).status, 401)
    assert.equal((await call('GET', '/statistics?days=367')).status, 400)
  })
})
