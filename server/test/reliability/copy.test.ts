import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { sql } from 'kysely'
import { copyDatabase } from '../../src/database/copy/copy.ts'
import { withSnapshot } from '../../src/database/copy/snapshot.ts'
import { openTarget } from '../../src/database/copy/target.ts'
import type { Database } from '../../src/database/database.ts'
import { copyMark, migrate } from '../../src/database/migrate.ts'
import { openDatabase } from '../../src/database/open.ts'
import { searchGrams } from '../../src/features/users/list/search-grams.ts'
import { createEngine, onBothEngines, password, type Service } from '../harness.ts'
import { createPlace, type Place } from '../transfer/command-line.ts'

async function markOf({ read }: Database): Promise<string> {
  const { applied_at } = await read
    .selectFrom('schema_migrations')
    .select('applied_at')
    .where('name', '=', copyMark)
    .executeTakeFirstOrThrow()
  return applied_at
}

onBothEngines('a move to the other engine, from', (engine) => {
  const other = createEngine(engine.name === 'sqlite' ? 'postgres' : 'sqlite')
  let place: Place
  let source: Service
  let to: string
  before(async () => {
    place = await createPlace(engine)
    source = await place.serve({ ROSTER_EMAIL: 'optional' })
    to = engine.name === 'sqlite' ? await other.engine.createDatabase() : `sqlite:${place.path('to.db')}`
  })
  after(async () => {
    await other.cleanUp()
    place.clear()
  })
  const copyTo = async (...options: string[]) => {
    const { code, out, err } = await place.run('migrate', '--to', to, '--json', ...options)
    assert.deepEqual([code, err], [0, ''])
    return JSON.parse(out) as { finished: boolean; tables: { table: string; rows: number; sha256: string }[] }
  }

  it('copies all tables, in several runs, while the service works', async () => {
    const admin = await source.admin()
    const as = admin.token
    const call = async (method: string, path: string, body?: unknown) => {
      const answer = await source.call(method, path, { as, body })
      assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`)
      return answer.body
    }
    const [one, two, gone] = [await source.createUser(), await source.createUser(), await source.createUser()]
    await call('POST', '/roles', { name: 'support', description: 'Helps', permissions: ['users:read'] })
    await call('PATCH', `/users/${one.id}`, { roles: ['support', 'user'] })
    const group = await call('POST', '/groups', { name: 'Everybody', roles: ['support'] })
    await call('POST', '/webhooks', { url: 'https://example.com/hook', events: ['user.restored'] }) // none is sent during this test
    const key = await call('POST', '/api-keys', { name: 'k', permissions: ['users:read'] })
    await call('DELETE', `/users/${gone.id}`)
    await call('POST', '/users', { username: 'without-address' })

    const first = await copyTo('--online')
    assert.equal(first.finished, false)
    const inDocs = readFileSync(join(import.meta.dirname, '../../../docs/schema.sql'), 'utf8')
    const named = [...inDocs.matchAll(/create table "(\w+)"/g)].map(([, name]) => name!)
    assert.deepEqual(
      first.tables.map(({ table }) => table).sort(),
      [...new Set(named)].filter((name) => name !== 'user_search').sort(),
      'every table of the schema is copied',
    )

    // Two names change places, rows change, go and come.
    const names = [one.username, two.username]
    await call('PATCH', `/users/${one.id}`, { username: 'between' })
    await call('PATCH', `/users/${two.id}`, { username: names[0] })
    await call('PATCH', `/users/${one.id}`, { username: names[1] })
    await call('DELETE', `/users/${gone.id}?purge=true`)
    await call('DELETE', `/groups/${group.id}`)
    await call('PATCH', '/roles/support', { description: 'Changed' })
    const late = await source.createUser()

    const second = await copyTo()
    assert.equal(second.finished, true)

    const moved = await other.engine.start({ DATABASE_URL: to, ROSTER_SECRET_KEY: place.secretKey })
    const get = async (path: string, token: string) => {
      const [there, here] = [
        await source.call('GET', path, { as: token }),
        await moved.call('GET', path, { as: token }),
      ]
      assert.deepEqual([here.status, here.body], [there.status, there.body], path)
      return here
    }
    for (const path of [
      `/users/${one.id}`,
      '/users?deleted=true',
      '/roles',
      '/groups',
      '/webhooks',
      '/users?sort=email',
    ])
      await get(path, as)
    assert.equal((await get(`/users/${two.id}`, key.key ?? key.secret)).status, 200)
    assert.equal((await get(`/users?q=${late.username.slice(2, 9)}`, as)).body.length, 1)
    const login = await moved.call('POST', '/auth/login', { body: { username: names[1], password } })
    assert.equal(login.body.user.id, one.id)
    const refreshed = await moved.call('POST', '/auth/refresh', { body: { refresh_token: two.refresh } })
    assert.equal(refreshed.status, 200)
    await assert.rejects(openTarget(moved.roster.database, 'it'), /it is not empty/)
    const fresh = await moved.createUser()
    assert.equal((await moved.call('GET', `/users?q=${fresh.username}`, { as })).body.length, 1)
  })

  it('continues after it was killed', async () => {
    const url =
      engine.name === 'sqlite' ? await other.engine.createDatabase() : `sqlite:${place.path('b.db')}`
    const [from, into] = [source.roster.config.databaseUrl, openDatabase({ url, poolSize: 2 })]
    try {
      await openTarget(into, 'b')
      const copy = (progress: (rows: number) => void) =>
        withSnapshot({ url: from, poolSize: 1 }, false, (reader) =>
          copyDatabase({ from: reader, to: into, gramsOf: searchGrams, progress }),
        )
      let most = 0
      await copy((rows) => {
        most = rows
        if (rows > 20) throw new Error('killed')
      }).catch(({ message }) => assert.equal(message, 'killed'))
      assert.ok(most > 20)
      await assert.rejects(migrate(into), /was not finished/)
      const mark = await markOf(into)
      const first = await into.read
        .selectFrom('schema_migrations')
        .select('applied_at')
        .orderBy('name')
        .executeTakeFirstOrThrow()
      assert.ok(mark <= first.applied_at, 'the first migration came before the mark')
      await openTarget(into, 'b')
      assert.equal(await markOf(into), mark, 'the mark was away while the copy went on')
      // What is not from the source goes.
      await into.transaction((tx) =>
        sql`update roles set description = 'strange' where name = 'support'`.execute(tx),
      )
      const copied = await copy(() => {})
      const users = copied.find(({ table }) => table === 'users')!
      assert.ok(users.rows >= 3)
      const { rows } = await sql<{ description: string }>`
        select description from roles where name = 'support'`.execute(into.read)
      assert.deepEqual(rows, [{ description: 'Changed' }])
    } finally {
      await into.close()
    }
  })
})
