import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import { sql } from 'kysely'
import { until } from '../../../test/harness/wait.ts'
import { migrate } from '../migrate.ts'
import { sqliteDialect } from './dialect.ts'
import { openSqlite } from './sqlite.ts'

const database = openSqlite(':memory:')
const { search } = sqliteDialect
after(() => database.close())

const numberOf = async (statement: string) => {
  const { rows } = await sql<{ n: number }>`${sql.raw(statement)}`.execute(database.read)
  return rows[0]!.n
}
const parts = () => numberOf('select count(distinct segid) as n from user_search_idx')

/** More than seven parts of a size are merged into one; there are four sizes at most here. */
const mostParts = 28

const untilMerged = () => until(async () => (await parts()) <= mostParts, 'the merge')

it('the parts of the search index are merged in between, after single changes and after imports', {
  timeout: 240_000,
}, async () => {
  await migrate(database)
  const add = (seqs: number[]) =>
    database.transaction((tx) =>
      search.add(
        tx,
        seqs.map((seq) => ({ seq, grams: ['abc', `n${seq}`] })),
      ),
    )
  for (let seq = 1; seq <= 150; seq += 1) await add([seq])
  await untilMerged()
  for (let batch = 1; batch <= 40; batch += 1)
    await add(Array.from({ length: 500 }, (_, at) => batch * 1000 + at))
  await untilMerged()
  await database.transaction((tx) => search.remove(tx, [1, 2, 3]))

  const found = await sql<{ n: number }>`select count(*) as n from ${search.having(['abc'])}`.execute(
    database.read,
  )
  assert.equal(found.rows[0]!.n, 150 + 40 * 500 - 3)
  const { rows } = await sql<{ seq: number }>`select seq from ${search.having(['n17007'])}`.execute(
    database.read,
  )
  assert.deepEqual(rows, [{ seq: 17007 }])
})

it('the end of a large import leaves one part, and that of a small one merges no large parts', async () => {
  const add = (from: number, count: number) =>
    database.transaction((tx) =>
      search.add(
        tx,
        Array.from({ length: count }, (_, at) => ({ seq: from + at, grams: ['abc', `n${from + at}`] })),
      ),
    )
  await add(50_000, 1000)
  await add(51_000, 1000)
  await database.mergeSearch()
  assert.equal(await parts(), 1)
  const largest = await numberOf('select segid as n from user_search_idx limit 1')
  await add(60_000, 1000)
  await database.mergeSearch()
  assert.equal(await numberOf(`select count(*) > 0 as n from user_search_idx where segid = ${largest}`), 1)
  assert.equal(await parts(), 2)
})

it('a merge of all parts that was interrupted continues after the next commit', async () => {
  await database.transaction((tx) =>
    sql`insert into user_search (user_search, rank) values ('merge', -1)`.execute(tx),
  )
  assert.ok((await parts()) > 1, 'the merge is not done yet')
  await database.transaction((tx) => search.add(tx, [{ seq: 70_000, grams: ['abc'] }]))
  await until(async () => (await parts()) <= 2, 'the rest of the merge')
})

it('no commit merges parts of the search index', async () => {
  assert.equal(await numberOf(`select v as n from user_search_config where k = 'automerge'`), 0)
})
