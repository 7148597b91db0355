import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createWindows } from './window-counter.ts'

describe('windows of time', () => {
  it('count for each key until they end', async () => {
    const windows = createWindows(10)
    windows('a', 0.05).count += 1
    windows('a', 0.05).count += 1
    assert.deepEqual([windows('a', 0.05).count, windows('b', 0.05).count], [2, 0])
    await sleep(60)
    assert.equal(windows('a', 0.05).count, 0)
  })
  it('are bounded: the oldest one makes room', () => {
    const windows = createWindows(3)
    for (const key of ['a', 'b', 'c', 'd']) windows(key, 60).count += 1
    assert.deepEqual(
      ['b', 'c', 'd'].map((key) => windows(key, 60).count),
      [1, 1, 1],
    )
    assert.equal(windows('a', 60).count, 0)
  })
})
