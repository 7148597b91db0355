import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sql } from 'kysely'
import { openSqlite } from './sqlite.ts'

describe('a long transaction', () => {
  it('lets other requests have their turn between its statements', async () => {
    const database = openSqlite(':memory:')
    let turns = 0
    let isOver = false
    const count = () => {
      turns += 1
      if (!isOver) setImmediate(count)
    }
    const seen = await database.transaction(async (tx) => {
      setImmediate(count)
      const seen: number[] = []
      for (let at = 0; at < 3; at += 1) {
        // Takes longer than a turn may, on any machine.
        await sql`with recursive n(i) as (select 1 union all select i + 1 from n where i < 500000) select max(i) from n`.execute(
          tx,
        )
        seen.push(turns)
      }
      return seen
    })
    isOver = true
    await database.close()
    assert.ok(seen[0]! < seen[1]! && seen[1]! < seen[2]!, `turns after each statement: ${seen}`)
  })
})
