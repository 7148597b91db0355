/** The check of `roster doctor --deep` finds what an intruder or a fault has done to the rows. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { withSnapshot } from '../../src/database/copy/snapshot.ts'
import { checkInvariants } from '../../src/database/invariants.ts'
import { searchGrams } from '../../src/features/users/list/search-grams.ts'
import { onBothEngines } from '../harness.ts'
import { outsider, sharedDatabase } from '../shared-database.ts'

onBothEngines('rows that do not fit together', (engine) => {
  it('are found, and a working service has none', async () => {
    const url = await sharedDatabase(engine)
    const service = await engine.start({ DATABASE_URL: url })
    const { token } = await service.admin()
    const [one, two] = [await service.createUser(), await service.createUser()]
    await service.call('DELETE', `/users/${two.id}`, { as: token })
    const violated = () =>
      withSnapshot({ url, poolSize: 1 }, false, async (reader) =>
        (await checkInvariants(reader, service.roster.database.dialect, searchGrams)).flatMap(
          ({ name, violation }) => (violation === null ? [] : [name]),
        ),
      )
    assert.deepEqual(await violated(), [])

    const intruder = await outsider(url)
    const seq = `(select seq from users where id = '${one.id}')`
    const row = engine.name === 'sqlite' ? 'rowid' : 'seq'
    const damage: [string, string[]][] = [
      [`delete from user_search where ${row} = ${seq}`, ['search index', 'search']],
      ["insert into counter_changes (name, bucket, amount) values ('users', '0', 5)", ['counters']],
      [
        `insert into events (position, id, at, type, user_id, surplus)
          values (999999, 'x', '2026-01-01T00:00:00.000Z', 'user.created', '${one.id}', 0)`,
        ['event feed'],
      ],
      [`update users set email = null where id = '${one.id}'`, ['keys of addresses']],
      ["update users set disabled_at = created_at where username = 'admin'", ['administrator']],
    ]
    for (const [statement, names] of damage) {
      await intruder.run(statement)
      const found = await violated()
      for (const name of names) assert.ok(found.includes(name), `${statement}: ${found}`)
    }
    await intruder.close()
  })
})
