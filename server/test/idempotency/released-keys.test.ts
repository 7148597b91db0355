/** A key whose request failed because the database was away can be used again as soon as the database is back. */
import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { it } from 'node:test'
import type { Database } from '../../src/database/database.ts'
import { AppError } from '../../src/errors.ts'
import { createIdempotency } from '../../src/features/idempotency/service.ts'
import { until } from '../harness/wait.ts'
import { onBothEngines } from '../harness.ts'

onBothEngines('an idempotency key that could not be freed', (engine) => {
  it('is free when the database is back', async () => {
    const { database } = (await engine.start()).roster
    let isAway = false
    const flaky: Database = {
      ...database,
      transaction: (...of) =>
        isAway ? Promise.reject(new AppError('dependency_unavailable')) : database.transaction(...of),
    }
    const idempotency = createIdempotency({
      database: flaky,
      key: createSecretKey(Buffer.alloc(32, 1)),
      seal: (text) => text,
      open: (text) => text,
    })
    const begun = await idempotency.begin('someone', 'key', 'request')
    assert.ok(begun.kind === 'new')
    isAway = true
    await assert.rejects(idempotency.abandon(begun.claim))
    isAway = false
    const again = await until(async () => {
      const found = await idempotency.begin('someone', 'key', 'request')
      return found.kind !== 'in_progress' && found
    }, 'the end of the claim')
    assert.equal(again.kind, 'new')
  })
})
