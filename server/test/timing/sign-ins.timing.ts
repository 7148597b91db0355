/** How long a refused sign-in takes tells nothing about the account. */
import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { onBothEngines, type Service } from '../harness.ts'
import { login } from '../security/replicas.ts'
import { areaUnderCurve } from './statistics.ts'

const probes = 300
const rounds = 3

onBothEngines('the time of a refused sign-in', (engine) => {
  let service: Service
  before(async () => {
    service = await engine.start()
    const admin = await service.admin()
    await service.createUser({ username: 'known-user' })
    const disabled = await service.createUser({ username: 'disabled-user' })
    await service.call('PATCH', `/users/${disabled.id}`, { as: admin.token, body: { status: 'disabled' } })
    await service.call('POST', '/users', {
      body: { username: 'no-password', email: 'no-password@example.com' },
    })
  })

  for (const [name, account] of [
    ['unknown-user', 'an unknown name'],
    ['disabled-user', 'a disabled account'],
    ['no-password', 'an account without a password'],
  ] as const) {
    it(`is that of a known account for ${account}`, async () => {
      const curves: number[] = []
      for (let round = 0; round < rounds; round += 1) {
        const auc = await measure(service, 'known-user', name)
        if (auc >= 0.45 && auc <= 0.55) return
        curves.push(auc)
      }
      assert.fail(`AUC ${curves.map((auc) => auc.toFixed(3)).join(', ')}`)
    })
  }
})

async function measure(service: Service, a: string, b: string): Promise<number> {
  const times = new Map<string, number[]>([
    [a, []],
    [b, []],
  ])
  for (let probe = 0; probe < probes; probe += 1)
    for (const name of probe % 2 ? [a, b] : [b, a]) {
      const startedMs = performance.now()
      await login(service, name, 'wrong password', '')
      times.get(name)!.push(performance.now() - startedMs)
    }
  return areaUnderCurve(times.get(a)!, times.get(b)!)
}
