import assert from 'node:assert/strict'
import { it } from 'node:test'
import { until } from '../harness/wait.ts'
import { onBothEngines, type Service } from '../harness.ts'
import { startBlackHole, startSmtp } from './smtp.ts'

const requests = 40

onBothEngines('requests while the mail server is gone', (engine) => {
  it('all succeed, and no mail is lost', async (t) => {
    const smtp = await startSmtp()
    await smtp.stop()
    const hole = await startBlackHole()
    t.after(() => hole.stop())
    for (const url of [smtp.url, hole.url]) {
      const service = await engine.start({ ROSTER_MAIL_URL: url })
      const user = await service.createUser({ email_verified: true })
      const body = { email: user.email }
      const answers = await Promise.all(
        Array.from({ length: requests }, () => service.call('POST', '/auth/forgot-password', { body })),
      )
      assert.deepEqual([...new Set(answers.map(({ status }) => status))], [202])
      await until(async () => (await waiting(service)) === requests, 'a mail for each request')
      await service.stop()
    }
  })
})

async function waiting(service: Service): Promise<number> {
  const rows = await service.roster.database.read
    .selectFrom('mail_outbox')
    .select('id')
    .where('sent_at', 'is', null)
    .where('failed_at', 'is', null)
    .execute()
  return rows.length
}
