import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { monotonicMs } from '../clock.ts'
import { createTtlCache, type TtlCache } from './ttl-cache.ts'

describe('the cache with a time limit', () => {
  it('keeps a value valid from the beginning of the look-up, not from its end', () => {
    const recent = createTtlCache<string>(1000, 10)
    recent.set('new', 'value', monotonicMs())
    recent.set('slow', 'value', monotonicMs() - 1000)
    assert.deepEqual([recent.get('new'), recent.get('slow')], ['value', undefined])
  })
  it('removes the oldest value when it is full', () => {
    const recent = createTtlCache<number>(1000, 2)
    for (const value of [1, 2, 3]) recent.set(`k${value}`, value, monotonicMs())
    assert.deepEqual([recent.get('k1'), recent.get('k2'), recent.get('k3')], [undefined, 2, 3])
  })
  it('keeps other values when the same key is set again', () => {
    const recent = createTtlCache<number>(1000, 2)
    for (const value of [1, 2, 3]) recent.set('same', value, monotonicMs())
    recent.set('other', 4, monotonicMs())
    assert.deepEqual([recent.get('same'), recent.get('other')], [3, 4])
  })
  it('deletes by key, by value and all', () => {
    const recent = createTtlCache<number>(1000, 10)
    for (const value of [1, 2, 3, 4]) recent.set(`k${value}`, value, monotonicMs())
    recent.delete('k1')
    recent.deleteWhere((value) => value === 2)
    assert.deepEqual(
      [1, 2, 3, 4].map((value) => recent.get(`k${value}`)),
      [undefined, undefined, 3, 4],
    )
    recent.clear()
    assert.equal(recent.get('k3'), undefined)
  })
  it('does not store a value that was looked up before a deletion', () => {
    for (const forget of [
      (recent: TtlCache<string>) => recent.delete('key'),
      (recent: TtlCache<string>) => recent.deleteWhere(() => false),
      (recent: TtlCache<string>) => recent.clear(),
    ]) {
      const recent = createTtlCache<string>(1000, 10)
      const startedMs = monotonicMs()
      forget(recent)
      recent.set('key', 'from before', startedMs)
      assert.equal(recent.get('key'), undefined)
      recent.set('key', 'from after', monotonicMs() + 0.001)
      assert.equal(recent.get('key'), 'from after')
    }
  })
})
