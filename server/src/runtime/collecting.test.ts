import assert from 'node:assert/strict'
import { it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { until } from '../../test/harness/wait.ts'
import { collectEvery, collectNew } from './collecting.ts'

it('a thread collects each time it has counted enough bytes', async () => {
  let collections = 0
  const count = collectEvery(10, () => {
    collections += 1
  })
  const seen: number[] = []
  for (const bytes of [4, 5, 1, 9, 30, 9]) {
    count(bytes)
    await turn()
    seen.push(collections)
  }
  assert.deepEqual(seen, [0, 0, 1, 1, 2, 2])
})

it('a collection of new objects frees their bytes outside the heap', async () => {
  const before = process.memoryUsage().arrayBuffers
  const make = () => new Uint8Array(40_000_000).length
  make()
  collectNew()
  // V8 frees the bytes in another thread.
  await until(() => process.memoryUsage().arrayBuffers < before + 40_000_000, 'the bytes to be freed')
})
