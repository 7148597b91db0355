import assert from 'node:assert/strict'
import { it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { onBothEngines, type Service } from '../harness.ts'
import { startBlackHole, startSmtp, until } from './smtp.ts'

const requests = 400

onBothEngines('requests while the mail server is gone', (engine) => {
  it('all succeed, at most 20 ms later at the 99th percentile, and no mail is lost', async (t) => {
    const smtp = await startSmtp()
    const alive = await engine.start({ ROSTER_MAIL_URL: smtp.url })
    const users = await Promise.all(
      Array.from({ length: 20 }, () => alive.createUser({ email_verified: true })),
    )
    await load(alive, users, 100)
    const usual = await load(alive, users, requests)
    await alive.stop()
    await smtp.stop()
    const hole = await startBlackHole()
    t.after(() => hole.stop())
    for (const [name, url] of [
      ['refused', smtp.url],
      ['black hole', hole.url],
    ] as const) {
      const service = await engine.start({ ROSTER_MAIL_URL: url })
      const others = await Promise.all(
        Array.from({ length: 20 }, () => service.createUser({ email_verified: true })),
      )
      await load(service, others, 100)
      const now = await load(service, others, requests)
      console.log(
        `# ${engine.name}, ${name}: p99 ${now.p99.toFixed(1)} ms, usually ${usual.p99.toFixed(1)} ms; p50 ${now.p50.toFixed(1)} and ${usual.p50.toFixed(1)} ms`,
      )
      assert.ok(now.p99 <= usual.p99 + 20, `${now.p99} ms instead of ${usual.p99} ms`)
      const rows = await service.roster.database.read
        .selectFrom('mail_outbox')
        .select('id')
        .where('sent_at', 'is', null)
        .where('failed_at', 'is', null)
        .execute()
      assert.equal(rows.length, requests + 100)
      const stopped = performance.now()
      await service.stop()
      await until(() => performance.now() - stopped < 15_000, 'the end')
    }
  })
})

async function load(service: Service, users: readonly { email: string }[], count: number) {
  const times: number[] = []
  let next = 0
  const client = async () => {
    while (next < count) {
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
  return { p50: times[Math.floor(count * 0.5)]!, p99: times[Math.floor(count * 0.99)]! }
}
