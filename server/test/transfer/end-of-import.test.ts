import assert from 'node:assert/strict'
import { it } from 'node:test'
import { sql } from 'kysely'
import { systemCaller } from '../../src/caller.ts'
import { onBothEngines } from '../harness.ts'

const count = 1500

onBothEngines('the end of an import', (engine) => {
  it('leaves no parts of the search index to merge, and no changes to add to the counters', async () => {
    const service = await engine.start()
    const { transfer, database } = service.roster
    async function* body() {
      for (let at = 0; at < count; at += 1)
        yield Buffer.from(`${JSON.stringify({ email: `person.${at}@example.com`, first_name: 'Ann' })}\n`)
    }
    const request = { mode: 'create', dryRun: false, batchRows: 100 } as const
    const rows = transfer.import(systemCaller, body(), transfer.formatNamed('roster')!, request)
    for await (const _ of rows);

    const numberOf = async (statement: string) => {
      const { rows } = await sql<{ n: number | string }>`${sql.raw(statement)}`.execute(database.read)
      return Number(rows[0]!.n)
    }
    if (engine.name === 'sqlite')
      assert.equal(await numberOf('select count(distinct segid) as n from user_search_idx'), 1)
    else assert.equal(await numberOf(`select gin_clean_pending_list('user_search_grams') as n`), 0)
    assert.equal(await numberOf('select count(*) as n from counter_changes'), 0)
    assert.equal(await numberOf(`select sum(amount) as n from counters where name = 'users'`), count)
  })
})
