import assert from 'node:assert/strict'
import { it } from 'node:test'
import { CompiledQuery, type RootOperationNode } from 'kysely'
import { createUserStore } from '../../src/features/users/store.ts'
import { onBothEngines } from '../harness.ts'

onBothEngines('the look-up of taken names', (engine) => {
  it('searches an index for each name', { skip: engine.name !== 'sqlite' && 'plans of SQLite' }, async () => {
    const { database, statistics } = (await engine.start()).roster
    const statements: RootOperationNode[] = []
    const read = database.read.withPlugin({
      transformQuery({ node }) {
        statements.push(node)
        return node
      },
      transformResult: async ({ result }) => result,
    })
    const store = createUserStore({ ...database, read }, statistics, { invalidate() {} })
    statements.length = 0
    await store.findTaken({ username_key: 'ann', email_key: 'ann@example.com', external_id: '7' }, '')
    // The plugin sees the parts of the union before the whole.
    const whole = statements.at(-1)
    assert.ok(whole)
    const { sql, parameters } = database.read.getExecutor().compileQuery(whole, { queryId: 'plan' })
    const plan = CompiledQuery.raw(`explain query plan ${sql}`, [...parameters])
    const { rows } = await database.read.executeQuery<{ detail: string }>(plan)
    const details = rows.map(({ detail }) => detail)
    assert.equal(details.filter((detail) => detail.startsWith('SEARCH users')).length, 3, details.join('\n'))
    assert.deepEqual(
      details.filter((detail) => detail.startsWith('SCAN')),
      [],
    )
  })
})
