import assert from 'node:assert/strict'
import { it } from 'node:test'
import { adaptHeapGrowth, growthOf } from './heap-growth.ts'

const mebibyte = 2 ** 20

it('the heap may grow more while the process is small, in a small container only while it is smaller', () => {
  const machine = 16_000 * mebibyte
  assert.deepEqual([growthOf(150 * mebibyte, machine), growthOf(200 * mebibyte, machine)], [80, 20])
  const container = 256 * mebibyte
  assert.deepEqual([growthOf(100 * mebibyte, container), growthOf(150 * mebibyte, container)], [80, 20])
})

it('the growth is set when it changes, and not again', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  let resident = 0
  t.mock.method(process.memoryUsage, 'rss', () => resident)
  const set: number[] = []
  const { stop } = adaptHeapGrowth((growth) => set.push(growth))
  for (resident of [100, 120, 300, 310, 100].map((size) => size * mebibyte)) t.mock.timers.tick(1_000)
  stop()
  assert.deepEqual(set, [80, 20, 80])
})
