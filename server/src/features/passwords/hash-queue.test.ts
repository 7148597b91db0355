import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createHashQueue } from './hash-queue.ts'

it('keeps places for known networks, and serves both lines', async () => {
  const queue = createHashQueue(1)
  const { promise: gate, resolve: open } = Promise.withResolvers<void>()
  const order: string[] = []
  const running = queue.run(false, () => gate)
  const others = Array.from({ length: 15 }, () => queue.run(false, async () => void order.push('other')))
  assert.throws(() => queue.refuseWhenFull(false), { code: 'overloaded' })
  queue.refuseWhenFull(true)
  const known = Array.from({ length: 5 }, () => queue.run(true, async () => void order.push('known')))
  assert.throws(() => queue.refuseWhenFull(true), { code: 'overloaded' })
  assert.deepEqual(queue.depth(), { running: 1, waiting: 20 })
  open()
  await Promise.all([running, ...others, ...known])
  assert.deepEqual(order.slice(0, 7), ['known', 'known', 'known', 'other', 'known', 'known', 'other'])
  assert.deepEqual(queue.depth(), { running: 0, waiting: 0 })
})
