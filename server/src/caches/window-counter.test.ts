import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { passTime } from '../clock.ts'
import { createWindows } from './window-counter.ts'

describe('windows of time', () => {
  it('count for each key until they end', () => {
    const windows = createWindows(10)
    windows('a', 60).count += 1
    windows('a', 60).count += 1
    assert.deepEqual([windows('a', 60).count, windows('b', 60).count], [2, 0])
    passTime(61)
    assert.equal(windows('a', 60).count, 0)
  })
  it('are bounded: the oldest one is removed', () => {
    const windows = createWindows(3)
    for (const key of ['a', 'b', 'c', 'd']) windows(key, 60).count += 1
    assert.deepEqual(
      ['b', 'c', 'd'].map((key) => windows(key, 60).count),
      [1, 1, 1],
    )
    assert.equal(windows('a', 60).count, 0)
  })
})
