import assert from 'node:assert/strict'
import { it } from 'node:test'
import { giveUp, newAttempt, outsideAttempt, partOfAttempt, runAttempt } from './attempt.ts'

const nothing = async () => {}

it('refuses the transactions of an abandoned request, before their work and before their commit', async () => {
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

it('abandons no request that has changed something, or is about to commit', async () => {
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

it('does not refuse work outside of requests', async () => {
  assert.equal(await partOfAttempt().decide(async () => 1), 1)
})

it('does not stop work that an abandoned request began for others too', async () => {
  const attempt = newAttempt()
  const later = (begin: (work: () => void) => void) =>
    new Promise<number>((resolve, reject) => {
      runAttempt(attempt, () =>
        begin(() => {
          partOfAttempt()
            .decide(async () => 1)
            .then(resolve, reject)
        }),
      )
    })
  giveUp(attempt)
  await assert.rejects(
    later((work) => setTimeout(work, 1)),
    { code: 'overloaded' },
  )
  assert.equal(await later((work) => outsideAttempt(() => setTimeout(work, 1))), 1)
})
