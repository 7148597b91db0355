import assert from 'node:assert/strict'
import { it } from 'node:test'
import { CompiledQuery } from 'kysely'
import type { Database } from '../../src/database/database.ts'
import { createUserStore } from '../../src/features/users/store.ts'
import { onBothEngines } from '../harness.ts'

onBothEngines('the look-up of taken names', (engine) => {
  it('searches an index for each name', { skip: engine.name !== 'sqlite' && 'plans of SQLite' }, async () => {
    const { database, statistics } = (await engine.start()).roster
    let asked: CompiledQuery | undefined
    const prepare: Database['prepare'] = (query) => {
      const prepared = database.prepare(query)
      const first = (...parameters: unknown[]) => {
        asked = CompiledQuery.raw(query.sql, parameters)
        return prepared(...parameters)
      }
      return Object.assign(first, { in: prepared.in })
    }
    const store = createUserStore({ ...database, prepare }, statistics, { invalidate() {} })
    await store.findTaken({ username_key: 'ann', email_key: 'ann@example.com', external_id: '7' }, '')
    assert.ok(asked)
    const plan = CompiledQuery.raw(`explain query plan ${asked.sql}`, [...asked.parameters])
    const { rows } = await database.read.executeQuery<{ detail: string }>(plan)
    const details = rows.map(({ detail }) => detail)
    assert.equal(details.filter((detail) => detail.startsWith('SEARCH users')).length, 3, details.join('\n'))
    assert.deepEqual(
      details.filter((detail) => detail.startsWith('SCAN') && detail !== 'SCAN CONSTANT ROW'),
      [],
    )
  })
})
