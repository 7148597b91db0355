import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { thrown } from '../errors.ts'
import { createWorker } from './worker.ts'

/** A worker whose turns end when the test says so. */
function createTurns() {
  const begun: PromiseWithResolvers<void>[] = []
  let next = Promise.withResolvers<void>()
  const failures: unknown[] = []
  const worker = createWorker({
    work() {
      const turn = Promise.withResolvers<void>()
      begun.push(turn)
      next.resolve()
      next = Promise.withResolvers()
      return turn.promise
    },
    pollMs: () => 3_600_000,
    failed: (error) => failures.push(error),
  })
  return { worker, begun, failures, nextTurn: () => next.promise }
}

/** Waits for the timers without delay that were set before. */
const allTimers = () => new Promise((resolve) => setTimeout(resolve))

describe('a background worker', () => {
  it('takes one turn at a time, and one more when it was woken during a turn', async () => {
    const { worker, begun, nextTurn } = createTurns()
    let turn = nextTurn()
    worker.start()
    await turn
    worker.wake()
    worker.wake()
    await allTimers()
    assert.equal(begun.length, 1)
    turn = nextTurn()
    begun[0]!.resolve()
    await turn
    assert.equal(begun.length, 2)
    begun[1]!.resolve()
    await worker.stop()
    assert.equal(begun.length, 2)
  })

  it('joins the running turn', async () => {
    const { worker, begun } = createTurns()
    const both = [worker.run(), worker.run()]
    assert.equal(begun.length, 1)
    begun[0]!.resolve()
    await Promise.all(both)
  })

  it('reports the first of several failures, and the next one after a success', async () => {
    const { worker, begun, failures } = createTurns()
    const end = async (fault?: Error) => {
      const run = worker.run()
      if (fault) begun.at(-1)!.reject(fault)
      else begun.at(-1)!.resolve()
      await run
    }
    await end(new Error('one'))
    await end(new Error('two'))
    await end()
    await end(new Error('three'))
    assert.deepEqual(
      failures.map((error) => thrown(error).message),
      ['one', 'three'],
    )
  })

  it('waits at its stop for the running turn, and starts no other one', async () => {
    const { worker, begun } = createTurns()
    void worker.run()
    let isStopped = false
    const stopped = worker.stop().then(() => {
      isStopped = true
    })
    await Promise.resolve()
    assert.equal(isStopped, false)
    begun[0]!.resolve()
    await stopped
    worker.wake()
    await allTimers()
    assert.equal(begun.length, 1)
  })
})
