/**
 * Claims: a sign-in with a passkey takes at most 2 ms of CPU beside the transaction that opens the session, and a sign-in of
 * an account without a second factor at most 0.1 ms more than without the question. Prints medians of rounds in CPU time of
 * this process, which other work on the machine disturbs little.
 */
import assert from 'node:assert/strict'
import { systemCaller } from '../server/src/caller.ts'
import { createFactorStore } from '../server/src/features/factors/store.ts'
import { createEngine } from '../server/test/harness.ts'
import { type Algorithm, createAuthenticator } from '../server/test/security/authenticator.ts'
import { median } from './service.ts'

const rounds = 9
const times = 200

const { engine, cleanUp } = createEngine('sqlite')
const service = await engine.start()
const { passkeys } = service.roster.features

/** Milliseconds of CPU for each of many calls, the median of the rounds. */
async function costOf(work: () => Promise<unknown>, prepare: () => Promise<void> = async () => {}) {
  const costs: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    await prepare()
    const before = process.cpuUsage()
    for (let turn = 0; turn < times; turn += 1) await work()
    const { user, system } = process.cpuUsage(before)
    costs.push((user + system) / 1000 / times)
  }
  return median(costs)
}

const results: Record<string, number> = {}
for (const algorithm of ['ES256', 'EdDSA', 'RS256'] satisfies Algorithm[]) {
  const { token: as, id } = await service.createUser()
  const device = createAuthenticator(algorithm, { counts: false })
  const { options } = (await service.call('POST', '/users/me/passkeys/options', { as })).body
  const body = { name: 'Key', passkey: device.make(options) }
  assert.equal((await service.call('POST', '/users/me/passkeys', { as, body })).status, 201)
  const asked = () =>
    passkeys.signatureOptions(systemCaller, { purpose: 'sign_in' }) as Promise<{
      challenge: string
      options: { challenge: string; rpId: string }
    }>
  results[`${algorithm}: making the options`] = await costOf(asked)
  let answers: [string, ReturnType<typeof device.sign>][] = []
  results[`${algorithm}: the answer, with the statement that uses its challenge up`] = await costOf(
    async () => {
      const [challenge, passkey] = answers.pop()!
      assert.equal((await passkeys.identify(challenge, passkey)).userId, id)
    },
    async () => {
      const all = await Promise.all(Array.from({ length: times }, asked))
      answers = all.map((one) => [one.challenge, device.sign(one.options)])
    },
  )
}
const { isRequired } = createFactorStore(service.roster.database)
const { id } = await service.createUser()
results['whether an account has a second factor'] = await costOf(() => isRequired(id))
for (const [name, ms] of Object.entries(results)) console.log(`${name}: ${ms.toFixed(3)} ms of CPU`)
await cleanUp()
assert.ok(Object.entries(results).every(([name, ms]) => ms <= (name.startsWith('whether') ? 0.1 : 2)))
