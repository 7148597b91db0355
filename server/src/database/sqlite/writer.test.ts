import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { sql } from 'kysely'
import { openSqlite } from './sqlite.ts'

const folder = mkdtempSync(join(tmpdir(), 'roster-writer-'))
after(() => rmSync(folder, { recursive: true, force: true }))

it('transactions that run when the database is closed are committed, and later ones are refused', async () => {
  const file = join(folder, 'some.db')
  const database = openSqlite(file)
  await database.transaction((tx) => sql`create table t (n integer)`.execute(tx))
  const insert = (n: number) =>
    database.transaction(async (tx) => {
      await turn()
      await sql`insert into t values (${n})`.execute(tx)
    })
  const begun = [insert(1), insert(2)]
  const closed = database.close()
  await Promise.all([...begun, closed])
  await assert.rejects(insert(3), { code: 'dependency_unavailable' })
  const found = new DatabaseSync(file, { readOnly: true }).prepare('select n from t order by n').all()
  assert.deepEqual(
    found.map(({ n }) => n),
    [1, 2],
  )
})
