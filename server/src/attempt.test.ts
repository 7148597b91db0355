import assert from 'node:assert/strict'
import { it } from 'node:test'
import { giveUp, newAttempt, partOfAttempt, runAttempt } from './attempt.ts'

const nothing = async () => {}

it('refuses the transactions of a request that was given up, before their work and before their commit', async () => {
  const attempt = newAttempt()
  await runAttempt(attempt, async () => {
    const during = partOfAttempt().decide(async () => assert.equal(giveUp(attempt), true))
    await assert.rejects(during, { code: 'overloaded' })
    let ran = false
    await assert.rejects(
      partOfAttempt().decide(async () => {
        ran = true
      }),
      { code: 'overloaded' },
    )
    assert.equal(ran, false)
  })
})

it('gives up no request that has changed something, or is about to', async () => {
  const attempt = newAttempt()
  const part = runAttempt(attempt, partOfAttempt)
  await part.decide(nothing)
  assert.equal(giveUp(attempt), false)
  await runAttempt(attempt, partOfAttempt).decide(nothing)
  part.rolledBack()
  assert.equal(giveUp(attempt), false, 'the other transaction stays')
})

it('counts a transaction that is tried again, or fails in the end, as no change', async () => {
  const attempt = newAttempt()
  const part = runAttempt(attempt, partOfAttempt)
  await part.decide(nothing)
  await part.decide(nothing)
  part.rolledBack()
  part.rolledBack()
  assert.equal(giveUp(attempt), true)
})

it('leaves work outside of requests alone', async () => {
  assert.equal(await partOfAttempt().decide(async () => 1), 1)
})
