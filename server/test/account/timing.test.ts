import assert from 'node:assert/strict'
import { it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { onBothEngines, type Service } from '../harness.ts'
import { startSmtp } from '../mail/smtp.ts'

const rounds = 300

onBothEngines('what the answers tell', (engine) => {
  for (const path of ['/auth/forgot-password', '/auth/verify-email/resend']) {
    it(`POST ${path} takes as long for an address that nobody has, and says the same`, async (t) => {
      const smtp = await startSmtp()
      t.after(() => smtp.stop())
      const service = await engine.start({ ROSTER_MAIL_URL: smtp.url })
      const users = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          service.createUser({ username: `known-user-${index}`, email_verified: path.includes('forgot') }),
        ),
      )
      const known = (index: number) => users[index % 10]!.email
      const unknown = (index: number) => `nobody-here-${index % 10}@example.com`
      for (let index = 0; index < 30; index += 1)
        for (const email of [known(index), unknown(index)]) await probe(service, path, email)
      const times: { known: number[]; unknown: number[] } = { known: [], unknown: [] }
      const answers = new Set<string>()
      for (let index = 0; index < rounds; index += 1) {
        const both = [
          ['known', known(index)],
          ['unknown', unknown(index)],
        ] as const
        for (const [kind, email] of index % 2 === 0 ? both : [...both].reverse()) {
          const { ms, answer } = await probe(service, path, email)
          times[kind].push(ms)
          answers.add(answer)
        }
      }
      const auc = areaUnderCurve(times.known, times.unknown)
      console.log(
        `# ${engine.name} ${path}: AUC ${auc.toFixed(3)}, medians ${median(times.known).toFixed(2)} and ${median(times.unknown).toFixed(2)} ms`,
      )
      assert.equal(answers.size, 1)
      assert.ok(auc > 0.42 && auc < 0.58, `AUC ${auc}`)
      await sleep(500)
      assert.ok(smtp.received.every(({ to }) => to.startsWith('known-user-')))
    })
  }
})

async function probe(service: Service, path: string, email: string): Promise<{ ms: number; answer: string }> {
  const started = performance.now()
  const { status, text, headers } = await service.call('POST', path, { body: { email } })
  const ms = performance.now() - started
  const shown = [...headers].filter(([name]) => name !== 'x-request-id' && name !== 'date')
  return { ms, answer: JSON.stringify([status, text, shown]) }
}

/** How often a known address takes longer than an unknown one: 0.5 tells nothing. */
function areaUnderCurve(some: readonly number[], others: readonly number[]): number {
  let wins = 0
  for (const a of some) for (const b of others) wins += a > b ? 1 : a === b ? 0.5 : 0
  return wins / (some.length * others.length)
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!
}
