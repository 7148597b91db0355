import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { systemCaller } from '../../src/caller.ts'
import { until } from '../harness/wait.ts'
import { type Answer, onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { countEvents, login } from './replicas.ts'

onBothEngines('a new password', (engine) => {
  let service: Service
  let admin: TestUser
  let count = 0
  before(async () => {
    service = await engine.start({ ROSTER_PASSWORD_MIN_LENGTH: '10', ROSTER_LOG_LEVEL: 'debug' })
    admin = await service.admin()
  })
  const linkFor = async (user: TestUser): Promise<string> => {
    await service.call('POST', `/users/${user.id}/password-reset`, { as: admin.token })
    const line = await until(
      () =>
        service
          .logs()
          .findLast(({ msg, to }) => to === user.email && String(msg).includes('account/reset#token=')),
      'the mail',
    )
    return /reset#token=([\w-]+)/.exec(String(line['msg']))?.[1] ?? ''
  }
  const doors: Record<string, (username: string, typed: string) => Promise<Answer>> = {
    'sign-up': (username, typed) =>
      service.call('POST', '/users', {
        body: { username, email: `${username}@example.com`, password: typed },
      }),
    'an administrator who creates the user': (username, typed) =>
      service.call('POST', '/users', {
        as: admin.token,
        body: { username, email: `${username}@example.com`, password: typed },
      }),
    'a change by the owner': async (username, typed) => {
      const user = await service.createUser({ username })
      return service.call('PUT', '/users/me/password', {
        as: user.token,
        body: { current_password: password, password: typed },
      })
    },
    'a link': async (username, typed) => {
      const user = await service.createUser({ username })
      const token = await linkFor(user)
      return service.call('POST', '/auth/reset-password', { body: { token, password: typed } })
    },
  }
  const next = () => `person${engine.name}${++count}x`
  for (const [door, set] of Object.entries(doors)) {
    it(`is checked in the same way through ${door}`, async () => {
      for (const [typed, code] of [
        ['kiwi-7x-9', 'too_short'],
        ['😀🐙🌵🎻🧊🪁🦔🍉🥝', 'too_short'],
        ['x7'.repeat(8).padEnd(257, 'abcdefghij'), 'too_long'],
        ['password1234567', 'password_blocklisted'],
        ['Roster2026!', 'password_blocklisted'],
        ['$2b$10$0Dn8Togp.Jwv1rH.2Lu9S.q7X9J3Pp5xZmX.y.MAVtBDOuT26HHcm', 'looks_like_a_hash'],
        ['5f4dcc3b5aa765d61d8327deb882cf99', 'looks_like_a_hash'],
      ] as const) {
        const { status, body } = await set(next(), typed)
        assert.deepEqual([status, body.errors?.[0]?.code], [400, code], typed)
      }
      for (const own of [(name: string) => `${name}2026`, (name: string) => `${name}@example.com`]) {
        const username = next()
        const { status, body } = await set(username, own(username))
        assert.deepEqual([status, body.errors?.[0]?.code], [400, 'password_blocklisted'])
      }
      const username = next()
      const typed = '😀🐙🌵🎻🧊🪁🦔🍉🥝 x'
      const { status, text } = await set(username, typed)
      assert.ok(status < 300, text)
      assert.ok(!text.includes(typed) && !/argon2|hash/.test(text))
      assert.equal((await login(service, username, typed, '')).status, 200)
      assert.equal((await login(service, username, password, '')).status, 401)
    })
  }

  it('that is too long costs no hash', async () => {
    /** The least CPU time of several attempts, in milliseconds: hashes are made in this process. */
    const leastOf = async (typed: string, status: number) => {
      let least = Number.POSITIVE_INFINITY
      for (let turn = 0; turn < 5; turn += 1) {
        const before = process.cpuUsage()
        const answer = await doors['sign-up']!(next(), typed)
        const { user, system } = process.cpuUsage(before)
        least = Math.min(least, (user + system) / 1000)
        assert.equal(answer.status, status)
      }
      return least
    }
    const [refused, hashed] = [await leastOf('x7'.repeat(129), 400), await leastOf('orange harbour 41', 201)]
    assert.ok(refused < hashed / 2, `${refused} ms beside ${hashed} ms with a hash`)
  })

  it('is neither in the log nor in the audit events, and its hash is not either', async () => {
    const typed = 'canary-of-new-passwords'
    for (const [at, set] of Object.values(doors).entries()) await set(`canary${engine.name}${at}`, typed)
    const events = await service.roster.database.scan.selectFrom('audit_events').selectAll().execute()
    for (const text of [JSON.stringify(events), JSON.stringify(service.logs())]) {
      assert.ok(text.length > 1000)
      assert.ok(!text.includes(typed) && !text.includes('$argon2'))
    }
  })
})

onBothEngines('the password that confirms a change', (engine) => {
  it('counts as a sign-in: after five wrong ones there is a wait; a hundred disable the password and the owner gets a mail', async () => {
    const service = await engine.start({ ROSTER_RATE_LIMITS: 'on' })
    const user = await service.createUser()
    const wrong = { current_password: 'not my password', password: 'another fine password' }
    const statuses: string[] = []
    for (let at = 0; at < 6; at += 1) {
      const { status, body } = await service.call('PUT', '/users/me/password', {
        as: user.token,
        body: wrong,
      })
      statuses.push(`${status} ${body.code}`)
    }
    assert.deepEqual(statuses, [...Array(5).fill('401 invalid_credentials'), '429 too_many_requests'])
    assert.equal(await countEvents(service, 'auth.step_up.failure', user.id), 5)
    const failures = async () =>
      Number(
        (
          await service.roster.database.scan
            .selectFrom('passwords')
            .select('failures')
            .where('user_id', '=', user.id)
            .executeTakeFirstOrThrow()
        ).failures,
      )
    assert.equal(await failures(), 0, 'those from a network that the account knows count there')
    await service.roster.database.transaction(async (tx) => {
      await tx.updateTable('passwords').set({ failures: 99 }).where('user_id', '=', user.id).execute()
      await tx.deleteFrom('attempts').execute()
    })
    const mails = async () =>
      (
        await service.roster.database.scan
          .selectFrom('mail_outbox')
          .select('id')
          .where('template', '=', 'password-disabled')
          .execute()
      ).length
    assert.equal(await mails(), 0)
    await service.call('DELETE', '/users/me', { as: user.token, body: { password: 'wrong as well' } })
    assert.equal(await countEvents(service, 'password.disabled_after_100', user.id), 1)
    assert.equal(await mails(), 1)
    assert.equal((await login(service, user.username, password, '')).status, 401)
    assert.ok(await service.roster.users.find(user.id), 'and the account is still there')
  })
})

onBothEngines('an account that cannot be entered', (engine) => {
  it('answers like one that is not there: closed, unverified, disabled, deleted, without a password', async () => {
    const service = await engine.start({ ROSTER_REQUIRE_VERIFIED_EMAIL: 'true' })
    const admin = await service.roster.users.create(systemCaller, {
      username: 'root',
      email: 'root@example.com',
      roles: ['admin'],
      email_verified: true,
      password,
    })
    const { body: pair } = await login(service, 'root', password, '')
    const make = async (username: string, fields: object) => {
      const email = `${username}@example.com`
      const { user } = await service.roster.users.create(systemCaller, {
        username,
        email,
        email_verified: true,
        password,
        ...fields,
      } as never)
      return user.id
    }
    assert.ok(admin.user.id)
    const closed = await make('closed', {})
    await service.roster.database.transaction((tx) =>
      tx.updateTable('passwords').set({ failures: 100 }).where('user_id', '=', closed).execute(),
    )
    await make('unverified', { email_verified: false })
    const disabled = await make('disabled', {})
    await service.call('PATCH', `/users/${disabled}`, { as: pair.access_token, body: { status: 'disabled' } })
    const deleted = await make('deleted', {})
    await service.call('DELETE', `/users/${deleted}`, { as: pair.access_token })
    await make('without', { password: undefined })
    await make('good', {})
    const seen = new Set<string>()
    for (const name of ['closed', 'unverified', 'disabled', 'deleted', 'without', 'nobody-at-all', 'good']) {
      for (const typed of [...(name === 'good' ? [] : [password]), 'wrong password']) {
        const answer = await login(service, name, typed, '')
        const shown = [...answer.headers].filter(([header]) => !/^(x-request-id|date|ratelimit)/.test(header))
        seen.add(`${answer.status} ${JSON.stringify(shown)} ${answer.text.replace(answer.body.instance, '')}`)
        const basic = await service.call('GET', '/users/me', { as: { username: name, password: typed } })
        assert.deepEqual([basic.status, basic.body.code], [401, 'invalid_credentials'], name)
      }
    }
    assert.equal(seen.size, 1, [...seen].join('\n'))
    assert.equal((await login(service, 'good', password, '')).status, 200)
  })
})
