import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import { sql } from 'kysely'
import { sqliteDialect } from './dialect.ts'
import { openSqlite } from './sqlite.ts'

const database = openSqlite(':memory:')
const { search } = sqliteDialect
after(() => database.close())

it('the search index has what transactions of a shared commit wrote, and nothing of those that failed', async () => {
  await database.transaction((tx) => search.create(tx))
  const add = (seq: number, fails = false) =>
    database.transaction(async (tx) => {
      await search.add(tx, [{ seq, grams: ['abc'] }])
      if (fails) throw new Error('refused')
    })
  const found = async () => {
    const rows = await database.scan
      .selectFrom(search.having(['abc']).as('found'))
      .selectAll()
      .execute()
    return rows.map(({ seq }) => seq)
  }
  const outcomes = await Promise.allSettled([add(1), add(2, true), add(3), add(4, true)])
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled', 'rejected'],
  )
  assert.deepEqual(await found(), [1, 3])

  await assert.rejects(add(5, true))
  await add(6)
  await database.transaction(async (tx) => {
    await search.remove(tx, [1])
    await search.add(tx, [{ seq: 7, grams: ['abc'] }])
    await search.remove(tx, [7])
    await search.add(tx, [{ seq: 7, grams: ['abd'] }])
  })
  assert.deepEqual(await found(), [3, 6])
  const { rows } = await sql`select rowid from user_search`.execute(database.read)
  assert.equal(rows.length, 3)
})
