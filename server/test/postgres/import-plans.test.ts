/** While an import fills a new database, plans that were made for small tables end. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sql } from 'kysely'
import { systemCaller } from '../../src/caller.ts'
import { createEngine } from '../harness.ts'

const skip = (process.env['TEST_ENGINES'] ?? 'postgres').includes('postgres')
  ? false
  : 'PostgreSQL is left out'

describe('an import into a new PostgreSQL database', { skip }, () => {
  it('tells the planner after a thousand users, not only at its end', async (t) => {
    const { engine, cleanUp } = createEngine('postgres')
    t.after(cleanUp)
    const { roster } = await engine.start()
    const believed = async () => {
      const { rows } = await sql<{ users: number }>`
        select reltuples as users from pg_class where oid = 'users'::regclass`.execute(roster.database.read)
      return Number(rows[0]?.users)
    }
    async function* body() {
      for (let at = 0; at < 1500; at += 1)
        yield Buffer.from(`${JSON.stringify({ email: `planned.${at}@example.com` })}\n`)
    }
    const request = { mode: 'create', dryRun: false, batchRows: 250 } as const
    const format = roster.transfer.formatNamed('roster')!
    const during: boolean[] = []
    for await (const _ of roster.transfer.import(systemCaller, body(), format, request))
      during.push((await believed()) >= 1000)
    assert.deepEqual(during, [false, false, false, true, true, true])
  })
})
