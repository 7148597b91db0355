/** A database of every released version comes to the present one, with everything in it. */
import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import { checkInvariants } from '../../src/database/invariants.ts'
import { pendingMigrations } from '../../src/database/migrate.ts'
import { migrations } from '../../src/database/migrations/index.ts'
import { searchGrams } from '../../src/features/users/list/search-grams.ts'
import { createEngine, onBothEngines, password } from '../harness.ts'
import { releases } from './recorded.ts'
import { databaseOf, secretKey } from './release.ts'

onBothEngines('a database of an earlier version', (engine) => {
  const { engine: sqlite, cleanUp } = createEngine('sqlite')
  after(cleanUp)

  for (const version of releases) {
    it(`of ${version} is migrated at the start, and nothing of it is lost`, async () => {
      const { url, apiKey, migrations: had } = await databaseOf(engine, sqlite, version)
      const service = await engine.start({ DATABASE_URL: url, ROSTER_SECRET_KEY: secretKey })
      const { database } = service.roster
      assert.deepEqual(await pendingMigrations(database), [])
      const [upgrading] = service.logs().filter(({ event }) => event === 'database.upgrading')
      const missing = migrations.map(({ name }) => name).filter((name) => !had.includes(name))
      assert.deepEqual([upgrading?.migrations, upgrading?.users], [missing, 5])
      const steps = service.logs().filter(({ event }) => event === 'database.migrated')
      assert.deepEqual(
        steps.map(({ migration }) => migration),
        missing,
      )

      const login = await service.call('POST', '/auth/login', { body: { username: 'ada', password } })
      assert.equal(login.status, 200, login.text)
      const as = login.body.access_token
      const { body: users } = await service.call('GET', '/users?sort=username', { as: apiKey })
      assert.deepEqual(
        users.map(({ username, roles, status }: Record<string, unknown>) => [username, roles, status]),
        [
          ['ada', ['admin', 'user'], 'active'],
          ['björn', ['user'], 'active'],
          ['chloe', ['auditor', 'user'], 'active'],
          ['emil', ['user'], 'active'],
        ],
      )
      assert.deepEqual(users[1].metadata, { team: 'blue', tags: [1, 'two', null] })
      const found = await service.call('GET', '/users?q=Chlo%C3%A9', { as })
      assert.deepEqual([found.body.length, found.body[0].last_name], [1, 'O’Neil'])
      const bin = await service.call('GET', '/users?deleted=true', { as })
      assert.deepEqual(
        [bin.status, bin.body.map(({ username }: { username: string }) => username)],
        [200, ['dora']],
      )
      assert.equal((await service.call('GET', '/roles/auditor', { as })).status, 200)
      const events = await service.call('GET', '/audit-events?type=user.deleted', { as })
      assert.equal(events.body.length, 1)
      const changed = await service.call('PATCH', `/users/${users[1].id}`, { as, body: { first_name: 'B' } })
      assert.equal(changed.status, 200, changed.text)
      const restored = await service.call('POST', `/users/${bin.body[0].id}/restore`, { as })
      assert.equal(restored.status, 200, restored.text)

      const violations = await checkInvariants(database.scan, database.dialect, searchGrams)
      assert.deepEqual(
        violations.filter(({ violation }) => violation !== null),
        [],
      )
    })
  }
})
