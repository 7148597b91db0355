import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { createHashBudget } from './hash-budget.ts'

/** Tasks that end when the test says so; `running` has the names of those that have started. */
function tasks(budget: ReturnType<typeof createHashBudget>) {
  const running: string[] = []
  const ends = new Map<string, () => void>()
  return {
    running,
    start(name: string, memoryMiB: number) {
      const cost = { memoryKiB: memoryMiB * 1024, work: 1 }
      const task = () => {
        running.push(name)
        return new Promise<void>((resolve) => ends.set(name, resolve))
      }
      return budget.run(cost, task)
    },
    async end(name: string) {
      running.splice(running.indexOf(name), 1)
      ends.get(name)!()
      await setImmediate()
    },
  }
}

describe('the memory of imported hashes', () => {
  it('is taken up to the budget, in the order of the requests', async () => {
    const budget = createHashBudget(256)
    const { running, start, end } = tasks(budget)
    start('a', 256)
    start('b', 256)
    start('c', 64)
    start('d', 64)
    assert.deepEqual(running, ['a'])
    await end('a')
    assert.deepEqual(running, ['b'])
    await end('b')
    assert.deepEqual(running, ['c', 'd'])
    assert.deepEqual(budget.spent(), { work: 4, mostKiB: 256 * 1024 })
  })

  it('does not hold up what needs none', () => {
    const { running, start } = tasks(createHashBudget(256))
    start('a', 256)
    start('b', 256)
    start('ours', 0)
    assert.deepEqual(running, ['a', 'ours'])
  })

  it('is given to a single hash that exceeds the budget', async () => {
    const { running, start, end } = tasks(createHashBudget(32))
    start('a', 64)
    start('b', 8)
    assert.deepEqual(running, ['a'])
    await end('a')
    assert.deepEqual(running, ['b'])
  })

  it('is given back by a task that fails', async () => {
    const budget = createHashBudget(64)
    const cost = { memoryKiB: 64 * 1024, work: 1 }
    await assert.rejects(budget.run(cost, () => Promise.reject(new Error('no'))))
    assert.equal(await budget.run(cost, async () => 'free'), 'free')
  })
})
