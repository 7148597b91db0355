import assert from 'node:assert/strict'
import { it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '../harness/wait.ts'
import { onBothEngines, type Service } from '../harness.ts'
import { startBlackHole, startSmtp } from '../mail/smtp.ts'

const requests = 250
const slices = 3

onBothEngines('requests while the mail server is gone', (engine) => {
  it('all succeed, at most 20 ms later at the 99th percentile, and no mail is lost', async (t) => {
    const smtp = await startSmtp()
    const hole = await startBlackHole()
    t.after(() => hole.stop())
    const usual = await measure(smtp.url)
    await smtp.stop()
    for (const [name, url] of [
      ['refused', smtp.url],
      ['black hole', hole.url],
    ] as const) {
      let now = await measure(url)
      // Other work of the machine can slow one measurement; three in a row count.
      for (let again = 0; again < 2 && now.p99 > usual.p99 + 20; again += 1) now = await measure(url)
      console.log(
        `# ${engine.name}, ${name}: p99 ${now.p99.toFixed(1)} ms, usually ${usual.p99.toFixed(1)} ms; p50 ${now.p50.toFixed(1)} and ${usual.p50.toFixed(1)} ms`,
      )
      assert.ok(now.p99 <= usual.p99 + 20, `${now.p99} ms instead of ${usual.p99} ms`)
      assert.equal(now.waiting, requests * slices)
    }
  })

  /** The middle one of some slices: a pause of the garbage collector is not the mail server's. */
  async function measure(url: string) {
    const service = await engine.start({ ROSTER_MAIL_URL: url })
    const users = await Promise.all(
      Array.from({ length: 20 }, () => service.createUser({ email_verified: true })),
    )
    const all: { p50: number; p99: number }[] = []
    for (let slice = 0; slice < slices; slice += 1) all.push(await load(service, users))
    const { read } = service.roster.database
    const noted = () => read.selectFrom('account_requests').select('id').executeTakeFirst()
    await until(async () => (await noted()) === undefined, 'all requests to be fulfilled')
    const rows = await read
      .selectFrom('mail_outbox')
      .select('id')
      .where('sent_at', 'is', null)
      .where('failed_at', 'is', null)
      .execute()
    await service.stop()
    const middle = (name: 'p50' | 'p99') =>
      all.map((one) => one[name]).sort((a, b) => a - b)[Math.floor(slices / 2)]!
    return { p50: middle('p50'), p99: middle('p99'), waiting: rows.length }
  }
})

async function load(service: Service, users: readonly { email: string }[]) {
  const times: number[] = []
  let next = 0
  const client = async () => {
    while (next < requests) {
      const { email } = users[next++ % users.length]!
      const started = performance.now()
      const { status } = await service.call('POST', '/auth/forgot-password', { body: { email } })
      times.push(performance.now() - started)
      assert.equal(status, 202)
      // The same load whatever the server is doing, not as much as it takes.
      await sleep(20)
    }
  }
  await Promise.all([client(), client(), client(), client()])
  times.sort((a, b) => a - b)
  return { p50: times[Math.floor(requests * 0.5)]!, p99: times[Math.floor(requests * 0.99)]! }
}
