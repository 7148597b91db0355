import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { onBothEngines, type Service } from '../harness.ts'
import { startSmtp } from '../mail/smtp.ts'
import { areaUnderCurve, median } from './statistics.ts'

const rounds = 300
/**
 * Of 300 times each way, chance alone leaves the bounds about once in 25 series, more often on a machine that is busy with
 * something else. More times make it certain: up to eight series are asked, and all of them are judged together after each.
 */
const mostSeries = 8

type Times = { known: number[]; unknown: number[] }

onBothEngines('what the answers tell', (engine) => {
  for (const path of ['/auth/forgot-password', '/auth/verify-email/resend']) {
    it(`POST ${path} takes as long for an unknown address, and answers the same`, async (t) => {
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
      for (let index = 0; index < 50; index += 1)
        for (const email of [known(index), unknown(index)]) await probe(service, path, email)
      const times: Times = { known: [], unknown: [] }
      const answers = new Set<string>()
      for (let index = 0; index < rounds * mostSeries; index += 1) {
        const both = [
          ['known', known(index)],
          ['unknown', unknown(index)],
        ] as const
        // By chance, for what runs in the background has a rhythm of its own.
        for (const [kind, email] of randomInt(2) === 0 ? both : [...both].reverse()) {
          const { ms, answer } = await probe(service, path, email)
          times[kind].push(ms)
          answers.add(answer)
        }
        if (index % rounds === rounds - 1 && isEven(times)) break
      }
      const { auc, medians, shift } = judge(times)
      console.log(
        `# ${engine.name} ${path}: ${times.known.length} times each, AUC ${auc.toFixed(3)}, medians ${medians.map((ms) => ms.toFixed(2)).join(' and ')} ms, ${(shift * 100).toFixed(1)}% apart in pairs`,
      )
      assert.equal(answers.size, 1)
      assert.match([...answers][0]!, /^\[202,"",/)
      assert.ok(isEven(times), `AUC ${auc}, medians ${medians}, shift ${shift}`)
      await sleep(700)
      assert.ok(smtp.received.length >= 10)
      assert.ok(smtp.received.every(({ to }) => to.startsWith('known-user-')))
    })
  }
})

function judge({ known, unknown }: Times): { auc: number; medians: [number, number]; shift: number } {
  const medians: [number, number] = [median(known), median(unknown)]
  const differences = known.map((ms, index) => ms - unknown[index]!)
  return { auc: areaUnderCurve(known, unknown), medians, shift: median(differences) / Math.min(...medians) }
}

/**
 * The medians drift with what else the disk does; the middle of the differences of pairs, which were asked one after
 * the other, says more exactly how far they are apart. One of both must be within 5%.
 */
function isEven(times: Times): boolean {
  const { auc, medians, shift } = judge(times)
  const isNear = Math.max(...medians) <= 1.05 * Math.min(...medians) || Math.abs(shift) <= 0.05
  return auc >= 0.45 && auc <= 0.55 && isNear
}

async function probe(service: Service, path: string, email: string): Promise<{ ms: number; answer: string }> {
  const started = performance.now()
  const { status, text, headers } = await service.call('POST', path, { body: { email } })
  const ms = performance.now() - started
  const shown = [...headers].filter(([name]) => !/^(x-request-id|date|connection|keep-alive)$/.test(name))
  return { ms, answer: JSON.stringify([status, text, shown]) }
}
