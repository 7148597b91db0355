import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Permission } from '../../src/caller.ts'
import { systemCaller } from '../../src/caller.ts'
import { shiftClock } from '../../src/clock.ts'
import { jsonText } from '../../src/encoding/json-text.ts'
import { until } from '../harness/wait.ts'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { untilMailsAreSent } from '../mail/sent.ts'
import { type Smtp, startSmtp } from '../mail/smtp.ts'
import { askForLink } from './forgot.ts'

const times = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, at) => make(at))

onBothEngines('links of mails', (engine) => {
  let service: Service
  let smtp: Smtp
  let admin: TestUser
  before(async () => {
    smtp = await startSmtp()
    service = await engine.start({ ROSTER_MAIL_URL: smtp.url })
    admin = await service.admin()
  })
  after(() => smtp.stop())
  const call: Service['call'] = (...args) => service.call(...args)
  const reset = (token: unknown, secret = 'another good one') =>
    call('POST', '/auth/reset-password', { body: { token, password: secret } })
  /** Asks for a link and gives its token. */
  const forgot = (email: string, headers?: Record<string, string>) =>
    askForLink(service, smtp, email, headers)

  it('each link is used once, though twenty try at the same time', async () => {
    for (const user of await Promise.all(times(5, () => service.createUser({ email_verified: true })))) {
      const { token } = await forgot(user.email)
      const answers = await Promise.all(times(20, (index) => reset(token, `another good one ${index}`)))
      const done = answers.filter(({ status }) => status === 204)
      assert.equal(done.length, 1)
      assert.ok(answers.every(({ status, body }) => status === 204 || body.code === 'invalid_grant'))
    }
    const verify = async (name: string) => {
      const email = `${name}@${engine.name}.example.com`
      const body = { username: `${name}-${engine.name}`, email, password }
      assert.equal((await call('POST', '/users', { body })).status, 201)
      const { token } = await smtp.next(email, 0)
      const signedIn = await call('POST', '/auth/login', { body: { username: email, password } })
      const as = signedIn.body.access_token
      const answers = await Promise.all(
        times(20, () => call('POST', '/auth/verify-email', { as, body: { token } })),
      )
      assert.deepEqual(answers.map(({ status }) => status).sort(), [204, ...times(19, () => 400)])
    }
    for (let batch = 0; batch < 4; batch += 1)
      await Promise.all(times(5, (index) => verify(`v${batch}-${index}`)))
  })

  it('400 for a token of another purpose, an unknown, an empty or a missing one, and null', async () => {
    const user = await service.createUser({ email_verified: true })
    const { token } = await forgot(user.email)
    for (const path of ['/auth/verify-email', '/auth/confirm-email'])
      assert.equal((await call('POST', path, { body: { token } })).body.code, 'invalid_grant')
    assert.equal((await reset('A'.repeat(43))).body.code, 'invalid_grant')
    for (const bad of ['', null, undefined, 5, [token], 'x'.repeat(101)])
      assert.deepEqual([(await reset(bad)).status, (await reset(bad)).body.code], [400, 'invalid_input'])
    const other = await call('POST', '/auth/reset-password', {
      body: { token, password: 'another good one', email: admin.email, user_id: admin.id },
    })
    assert.deepEqual([other.status, other.body.errors[0].code], [400, 'unknown_field'])
    assert.equal((await reset(token)).status, 204)
  })

  it('400 when it has expired, when the password was changed, when the user is disabled', async () => {
    const user = await service.createUser({ email_verified: true })
    const late = await forgot(user.email)
    shiftClock(31 * 60)
    assert.equal((await reset(late.token)).body.code, 'invalid_grant')
    shiftClock(-31 * 60)
    const first = await forgot(user.email)
    const body = { current_password: password, password: 'another good one' }
    assert.equal((await call('PUT', '/users/me/password', { body, as: user.token })).status, 204)
    assert.equal((await reset(first.token)).body.code, 'invalid_grant')
    const second = await forgot(user.email)
    await call('PATCH', `/users/${user.id}`, { body: { status: 'disabled' }, as: admin.token })
    assert.equal((await reset(second.token)).body.code, 'invalid_grant')
    await call('PATCH', `/users/${user.id}`, { body: { status: 'active' }, as: admin.token })
    assert.equal((await reset(second.token)).body.code, 'invalid_grant')
    const third = await forgot(user.email)
    const email = `moved-${user.username}@example.com`
    await call('PATCH', `/users/${user.id}`, { body: { email }, as: admin.token })
    assert.equal((await reset(third.token)).body.code, 'invalid_grant')
  })

  it('names the public address, whatever the request says', async () => {
    const user = await service.createUser({ email_verified: true })
    const headers = { 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' }
    const mail = await forgot(user.email, headers)
    assert.match(mail.link, /^http:\/\/roster\.test\/account\/reset#token=/)
    assert.doesNotMatch(mail.text + mail.html + mail.head, /evil/)
  })

  it('stores no token, and logs none', async () => {
    const user = await service.createUser({ email_verified: true })
    const { token } = await forgot(user.email)
    const rows = await service.roster.database.read.selectFrom('one_time_tokens').selectAll().execute()
    assert.doesNotMatch(JSON.stringify(rows), new RegExp(token))
    const outbox = await service.roster.database.read.selectFrom('mail_outbox').selectAll().execute()
    assert.doesNotMatch(JSON.stringify(outbox), new RegExp(`${token}|${user.email}`))
    await reset(token)
    assert.doesNotMatch(JSON.stringify(service.logs()), new RegExp(`${token}|${user.email}|another good one`))
    const events = await service.roster.database.read.selectFrom('audit_events').selectAll().execute()
    assert.doesNotMatch(JSON.stringify(events), new RegExp(`${token}|${user.email}`))
  })

  it('a reset enables the password that a hundred wrong ones disabled, and the owner gets a mail', async () => {
    const user = await service.createUser({ email_verified: true })
    const known = smtp.to(user.email).length
    const login = (secret: string) =>
      call('POST', '/auth/login', { body: { username: user.username, password: secret } })
    for (let batch = 0; batch < 10; batch += 1) await Promise.all(times(10, () => login('wrong one')))
    assert.equal((await login(password)).status, 401)
    const mail = await smtp.next(user.email, known)
    assert.equal(mail.subject, 'Sign-in with your password is switched off')
    assert.equal((await reset(mail.token)).status, 204)
    assert.equal((await login('another good one')).status, 200)
  })

  it('sessions and keys of another person end when the owner of the address claims the account', async () => {
    const email = `victim-${engine.name}@example.com`
    const made = await call('POST', '/users', { body: { username: `thief-${engine.name}`, email, password } })
    const session = await call('POST', '/auth/login', { body: { username: email, password } })
    const as = session.body.access_token
    const key = await service.roster.database.transaction(async (tx) => {
      const at = new Date().toISOString()
      const id = made.body.id
      const row = {
        id,
        user_id: id,
        name: 'key',
        secret_hash: 'x',
        permissions: jsonText<Permission[]>([]),
        version: 1,
        created_at: at,
        updated_at: at,
        expires_at: '2099-01-01T00:00:00.000Z',
        last_used_at: null,
        revoked_at: null,
      }
      await tx.insertInto('api_keys').values(row).execute()
      return id
    })
    await smtp.next(email, 0)
    const { token } = await forgot(email)
    assert.equal((await reset(token)).status, 204)
    assert.equal((await call('GET', '/users/me', { as })).status, 401)
    const row = await service.roster.database.read
      .selectFrom('api_keys')
      .selectAll()
      .where('id', '=', key)
      .executeTakeFirstOrThrow()
    assert.notEqual(row.revoked_at, null)
  })

  describe('POST /users/{id}/password-reset', () => {
    it('sends an invitation to a user without a password, and a link for a new password to others', async () => {
      const body = { username: `guest-${engine.name}`, email: `guest-${engine.name}@example.com` }
      const made = await call('POST', '/users', { body, as: admin.token })
      const first = await smtp.next(body.email, 0)
      assert.equal(first.subject, 'Your account at roster.test')
      assert.match(first.link, /\/account\/invitation#token=/)
      const again = await call('POST', `/users/${made.body.id}/password-reset`, { as: admin.token })
      assert.equal(again.status, 202)
      const second = await smtp.next(body.email, 1)
      assert.equal((await reset(first.token)).status, 400)
      assert.equal((await reset(second.token)).status, 204)
      const user = await call('GET', `/users/${made.body.id}`, { as: admin.token })
      assert.equal(user.body.email_verified, true)
      const login = { username: body.username, password: 'another good one' }
      assert.equal((await call('POST', '/auth/login', { body: login })).status, 200)
      await call('POST', `/users/${made.body.id}/password-reset`, { as: admin.token })
      const isReset = ({ subject }: { subject: string }) => subject.startsWith('Set a new password')
      const third = await until(() => smtp.to(body.email).find(isReset), 'the third')
      assert.match(third.link, /\/account\/reset#token=/)
    })

    it('401, 403 and 404 for other callers, 403 for a user with more rights', async () => {
      const user = await service.createUser({ email_verified: true })
      const path = `/users/${admin.id}/password-reset`
      assert.equal((await call('POST', path)).status, 401)
      assert.equal((await call('POST', path, { as: user.token })).status, 403)
      const unknown = '/users/018f0000-0000-7000-8000-00000000000a/password-reset'
      assert.equal((await call('POST', unknown, { as: admin.token })).status, 404)
      await call('POST', '/roles', {
        body: { name: `desk-${engine.name}`, description: '', permissions: ['users:read', 'users:write'] },
        as: admin.token,
      })
      await service.roster.users.patch(
        systemCaller,
        { id: user.id, ifMatch: null },
        { roles: [`desk-${engine.name}`] },
      )
      const refused = await call('POST', path, { as: user.token })
      assert.deepEqual([refused.status, refused.body.code], [403, 'permission_not_held'])
    })
  })

  describe('POST /auth/verify-email/resend', () => {
    it('sends a mail by address, or to the signed-in user; none to a verified address', async () => {
      const user = await service.createUser()
      await smtp.next(user.email, 0)
      const resend = (request: Parameters<Service['call']>[2]) =>
        call('POST', '/auth/verify-email/resend', request)
      assert.equal((await resend({ body: { email: user.email } })).status, 202)
      const second = await smtp.next(user.email, 1)
      assert.equal((await resend({ as: user.token })).status, 202)
      const third = await smtp.next(user.email, 2)
      assert.equal(
        (await call('POST', '/auth/verify-email', { as: user.token, body: { token: second.token } })).status,
        204,
      )
      assert.equal((await call('POST', '/auth/verify-email', { body: { token: third.token } })).status, 400)
      assert.equal((await resend({ as: user.token })).status, 202)
      assert.equal((await resend({ body: { email: 'nobody@example.com' } })).status, 202)
      const missing = await resend({})
      assert.deepEqual([missing.status, missing.body.errors[0].pointer], [400, '/email'])
      await untilMailsAreSent(service.roster.database)
      assert.equal(smtp.to(user.email).length, 3)
    })
  })
})

onBothEngines('mails to one address are bounded', (engine) => {
  it('a hundred requests: all 202, three mails in 15 minutes, ten a day', async (t) => {
    const smtp = await startSmtp()
    t.after(() => smtp.stop())
    const service = await engine.start({ ROSTER_MAIL_URL: smtp.url, ROSTER_RATE_LIMITS: 'on' })
    const user = await service.createUser({ email_verified: true })
    const ask = async () => {
      const answers = await Promise.all(
        times(25, () => service.call('POST', '/auth/forgot-password', { body: { email: user.email } })),
      )
      assert.ok(answers.every(({ status }) => status === 202))
    }
    const arrive = (count: number) =>
      until(() => smtp.to(user.email).length >= count, `mail ${count}`).then(() =>
        untilMailsAreSent(service.roster.database),
      )
    for (let batch = 0; batch < 4; batch += 1) await ask()
    await arrive(3)
    assert.equal(smtp.to(user.email).length, 3)
    for (let quarter = 1; quarter <= 5; quarter += 1) {
      shiftClock(15 * 60 + 1)
      await ask()
      await arrive(Math.min(10, 3 + 3 * quarter))
    }
    shiftClock(-5 * (15 * 60 + 1))
    assert.equal(smtp.to(user.email).length, 10)
  })
})
