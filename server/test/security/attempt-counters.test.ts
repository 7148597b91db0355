import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { type Answer, onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { type Outsider, outsider, sharedDatabase } from '../shared-database.ts'
import { countEvents, login } from './replicas.ts'

const limits = { ROSTER_RATE_LIMITS: 'on', ROSTER_TRUSTED_PROXIES: '127.0.0.1' }
const fresh = 'another fine password'

function assertUnavailable({ status, body, headers }: Answer, what: string): void {
  assert.deepEqual([status, body.code], [503, 'dependency_unavailable'], what)
  assert.match(headers.get('retry-after') ?? '', /^\d+$/, what)
}

describe('when attempts cannot be counted', () => {
  onBothEngines('no password is compared', (engine) => {
    let service: Service
    let user: TestUser
    let other: Outsider
    before(async () => {
      const DATABASE_URL = await sharedDatabase(engine)
      service = await engine.start({ ...limits, DATABASE_URL }, { isPatient: false })
      user = await service.createUser()
      other = await outsider(DATABASE_URL)
    })
    const from = (address: string) => ({ headers: { 'x-forwarded-for': address } })
    const basic = (typed: string) =>
      service.call('GET', '/users/me', {
        as: { username: user.username, password: typed },
        ...from('198.51.100.3'),
      })
    const lock = engine.name === 'sqlite' ? 'begin immediate' : 'begin; lock table attempts in exclusive mode'

    it('503 for sign-in, Basic and everything that sets a password, right or wrong, while the counters are locked', async () => {
      const link = await service.call('POST', '/auth/forgot-password', { body: { email: user.email } })
      assert.equal(link.status, 202)
      await other.run(lock)
      try {
        const answers = await Promise.all([
          login(service, user.username, password, '198.51.100.1'),
          login(service, user.username, 'wrong password', '198.51.100.2'),
          login(service, 'nobody-at-all', password, '198.51.100.2'),
          basic(password),
          basic('wrong password'),
          service.call('POST', '/auth/forgot-password', {
            body: { email: user.email },
            ...from('198.51.100.4'),
          }),
          service.call('POST', '/auth/reset-password', {
            body: { token: 'A'.repeat(43), password: fresh },
            ...from('198.51.100.4'),
          }),
          service.call('PUT', '/users/me/password', {
            as: user.token,
            body: { current_password: password, password: fresh },
          }),
        ])
        for (const [at, answer] of answers.entries()) {
          // An unknown link is refused without counting if only the counters are locked.
          if (at === 6 && engine.name === 'postgres') assert.equal(answer.status, 400)
          else assertUnavailable(answer, `request ${at}`)
        }
        assert.equal((await service.call('GET', '/users/me', { as: user.token })).status, 200)
      } finally {
        await other.run('rollback')
      }
      assert.equal(await countEvents(service, 'auth.login.success', user.id), 1, 'only the one before')
      assert.equal(await countEvents(service, 'auth.login.failure'), 0)
      assert.equal((await login(service, user.username, password, '198.51.100.1')).status, 200)
      assert.equal((await basic(password)).status, 200)
    })

    it('503 as well when the counters are gone', async () => {
      await other.run('drop table attempts')
      await other.close()
      assertUnavailable(await login(service, user.username, password, '198.51.100.1'), 'right')
      assertUnavailable(await login(service, user.username, 'wrong password', '198.51.100.2'), 'wrong')
      assertUnavailable(await basic('wrong password'), 'Basic')
      assert.equal(await countEvents(service, 'auth.login.success', user.id), 2, 'only those before')
    })
  })
})
