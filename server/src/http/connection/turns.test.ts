import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { takeTurns } from './turns.ts'

describe('requests that arrive together', () => {
  it('begin in their order, a few in each turn of the loop', async () => {
    let ms = 0
    const begun: number[] = []
    const inTurn = takeTurns(10, () => ms)
    for (const id of [1, 2, 3, 4, 5, 6])
      inTurn(() => {
        begun.push(id)
        ms += 4
      })
    assert.deepEqual(begun, [1, 2, 3])
    await turn()
    assert.deepEqual(begun, [1, 2, 3, 4, 5, 6])
  })

  it('continue when one of them takes the whole turn', async () => {
    let ms = 0
    const begun: string[] = []
    const inTurn = takeTurns(10, () => ms)
    const work = (name: string, takes: number) =>
      inTurn(() => {
        begun.push(name)
        ms += takes
      })
    work('long', 50)
    work('second', 50)
    work('third', 1)
    assert.deepEqual(begun, ['long'])
    await turn()
    assert.deepEqual(begun, ['long', 'second'])
    work('fourth', 1)
    assert.deepEqual(begun, ['long', 'second'], 'the order is kept')
    await turn()
    assert.deepEqual(begun, ['long', 'second', 'third', 'fourth'])
  })
})
