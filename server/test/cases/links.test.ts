import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, it } from 'node:test'
import { Secret, TOTP } from 'otpauth'
import { nowMs } from '../../src/clock.ts'
import { askForLink, resetMails } from '../account/forgot.ts'
import { patiently, until } from '../harness/wait.ts'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { untilMailsAreSent } from '../mail/sent.ts'
import { type Smtp, startSmtp } from '../mail/smtp.ts'
import { sendRaw } from './table.ts'

const better = 'another good one'

onBothEngines('verification, reset, change of address', (engine) => {
  let service: Service
  let smtp: Smtp
  let admin: TestUser
  before(async () => {
    smtp = await startSmtp()
    service = await engine.start({ ROSTER_MAIL_URL: smtp.url })
    admin = await service.admin()
  })
  after(() => smtp.stop())
  const post = (path: string, body?: object, as?: string) =>
    service.call('POST', path, { ...(body ? { body } : {}), ...(as ? { as } : {}) })
  const login = (username: string, secret: string) => post('/auth/login', { username, password: secret })
  const person = () => service.createUser({ email_verified: true })
  const resetLinks = (email: string) => resetMails(smtp, email)
  const forgot = (email: string) => askForLink(service, smtp, email)
  const reset = (token: unknown, secret = better) =>
    post('/auth/reset-password', { token, password: secret } as object)
  const changeEmail = async (user: TestUser, email: string) => {
    const body = { email, current_password: password }
    const { status } = await service.call('PATCH', `/users/${user.id}`, { body, as: user.token })
    assert.equal(status, 200)
    return smtp.next(email, 0)
  }

  it('the link of a mail leads to the configured address, not to a host that the request names', async () => {
    const user = await person()
    const body = JSON.stringify({ email: user.email })
    const rest = `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
    const requests = [
      `POST /auth/forgot-password HTTP/1.1\r\nhost: evil.example\r\n${rest}`,
      `POST /auth/forgot-password HTTP/1.1\r\nhost: roster.test\r\nx-forwarded-host: evil.example\r\n${rest}`,
      `POST /auth/forgot-password HTTP/1.1\r\nhost: roster.test\r\nx-forwarded-server: evil.example\r\nx-forwarded-proto: evil\r\n${rest}`,
      `POST /auth/forgot-password HTTP/1.1\r\nhost: roster.test\r\nforwarded: host=evil.example;proto=https\r\n${rest}`,
      `POST /auth/forgot-password HTTP/1.1\r\nhost: roster.test\r\norigin: https://evil.example\r\nreferer: https://evil.example/\r\n${rest}`,
    ]
    for (const [index, request] of requests.entries()) {
      const answer = await patiently(() => sendRaw(service.url, request))
      assert.equal(answer.status, 202)
      const mail = await until(() => resetLinks(user.email)[index], 'the mail')
      assert.match(mail.link, /^http:\/\/roster\.test\/account\/reset#token=[\w-]{43}$/)
      assert.doesNotMatch(mail.head + mail.text + mail.html, /evil/)
    }
    const absolute = `POST http://evil.example/auth/forgot-password HTTP/1.1\r\nhost: evil.example\r\n${rest}`
    assert.equal((await sendRaw(service.url, absolute)).status, 400)
    await untilMailsAreSent(service.roster.database)
    assert.equal(resetLinks(user.email).length, requests.length)
  })

  it('a link ends after its use, the use of another one, and a change of password or address', async () => {
    const user = await person()
    const [older, newer] = [await forgot(user.email), await forgot(user.email)]
    assert.equal((await reset(older.token)).status, 204, 'anybody may ask for a newer one')
    for (const { token } of [older, newer])
      assert.deepEqual([(await reset(token)).status, (await reset(token)).body.code], [400, 'invalid_grant'])
    const moving = await person()
    const waiting = await forgot(moving.email)
    const first = await changeEmail(moving, `first-${moving.email}`)
    const second = await changeEmail(moving, `second-${moving.email}`)
    assert.equal(
      (await post('/auth/confirm-email', { token: first.token, password })).body.code,
      'invalid_grant',
    )
    assert.equal((await post('/auth/confirm-email', { token: second.token, password })).status, 204)
    assert.equal(
      (await post('/auth/confirm-email', { token: second.token, password })).body.code,
      'invalid_grant',
    )
    assert.equal((await reset(waiting.token)).body.code, 'invalid_grant')
    const changing = await person()
    const pending = await changeEmail(changing, `pending-${changing.email}`)
    const body = { current_password: password, password: better }
    const changed = await service.call('PUT', '/users/me/password', { body, as: changing.token })
    assert.equal(changed.status, 204)
    assert.equal(
      (await post('/auth/confirm-email', { token: pending.token, password: better })).body.code,
      'invalid_grant',
    )
    assert.equal((await login(changing.email, better)).status, 200)
  })

  it('a link of A with the names of B changes neither', async () => {
    const [a, b] = [await person(), await person()]
    const { token } = await forgot(a.email)
    for (const other of [{ email: b.email }, { user_id: b.id }, { id: b.id }, { username: b.username }]) {
      const answer = await post('/auth/reset-password', { token, password: better, ...other })
      assert.deepEqual([answer.status, answer.body.errors[0].code], [400, 'unknown_field'])
    }
    const verify = await post('/auth/verify-email', { token, email: b.email })
    assert.deepEqual([verify.status, verify.body.errors[0].code], [400, 'unknown_field'])
    for (const user of [a, b]) assert.equal((await login(user.email, password)).status, 200)
    assert.equal((await reset(token)).status, 204)
    assert.equal((await login(b.email, better)).status, 401)
  })

  for (const path of ['/auth/reset-password', '/auth/verify-email', '/auth/confirm-email'])
    it(`400 at ${path} for an empty, missing, null or strange token`, async () => {
      const user = await service.createUser()
      const more = path === '/auth/reset-password' ? { password: better } : {}
      const before = await service.call('GET', '/users/me', { as: user.token })
      for (const token of ['', null, undefined, 0, false, [], {}, [''], 'x'.repeat(101)]) {
        const { status, body } = await post(path, { ...more, token } as object)
        assert.deepEqual([status, body.code, body.errors[0].pointer], [400, 'invalid_input', '/token'])
      }
      for (const token of ['null', 'undefined', ' ', '%', "' or '1'='1", 'A'.repeat(43), user.id]) {
        const { status, body } = await post(path, { ...more, token })
        assert.deepEqual([status, body.code], [400, 'invalid_grant'])
      }
      const after = await service.call('GET', '/users/me', { as: user.token })
      assert.deepEqual(after.body, before.body)
    })

  it('a reset opens no session', async () => {
    const user = await person()
    const { token } = await forgot(user.email)
    const answer = await reset(token)
    assert.deepEqual([answer.status, answer.text, answer.headers.get('set-cookie')], [204, '', null])
    const sessions = await service.call('GET', `/users/${user.id}/sessions`, { as: admin.token })
    assert.deepEqual(sessions.body, [])
  })

  it('a reset of an account with a second factor keeps the factor, which the next sign-in asks for', async () => {
    const user = await person()
    const factor = (method: string, body: object) =>
      service.call(method, '/users/me/totp', { as: user.token, body })
    const { body: app } = await factor('POST', { current_password: password })
    const code = new TOTP({ secret: Secret.fromBase32(app.secret) }).generate({ timestamp: nowMs() })
    const { body: added } = await factor('PUT', { code })
    const { token } = await forgot(user.email)
    const done = await reset(token)
    assert.deepEqual([done.status, done.text, done.headers.get('set-cookie')], [204, '', null])
    const first = await login(user.username, better)
    assert.deepEqual([first.status, first.body.code], [401, 'second_factor_required'])
    const { challenge } = first.body
    const second = await post('/auth/login/continue', { challenge, recovery_code: added.recovery_codes[0] })
    assert.equal(second.status, 200)
  })

  it('opening a link without sending its form changes nothing', async () => {
    const user = await person()
    const { token, link } = await forgot(user.email)
    const path = new URL(link).pathname
    for (const method of ['GET', 'HEAD', 'GET']) {
      for (const target of [path, `${path}?utm_source=scanner`]) {
        const { status } = await service.call(method, target)
        assert.ok(status === 200 || status === 400, `${method} ${target}: ${status}`)
      }
      const api = await service.call(method, '/auth/reset-password')
      assert.deepEqual([api.status, api.headers.get('allow')], [405, 'POST, OPTIONS'])
    }
    assert.equal((await login(user.email, password)).status, 200)
    assert.equal((await reset(token)).status, 204)
  })

  it('until the new address is confirmed, sign-in and reset use the old one', async () => {
    const user = await person()
    const email = `new-${user.email}`
    await changeEmail(user, email)
    const told = smtp.to(user.email).map(({ subject }) => subject)
    assert.ok(told.includes('Your e-mail address is about to change') || (await smtp.next(user.email, 0)))
    assert.equal((await login(email, password)).status, 401)
    await post('/auth/forgot-password', { email })
    const { token } = await forgot(user.email)
    await untilMailsAreSent(service.roster.database)
    assert.deepEqual(resetLinks(email), [])
    assert.equal((await reset(token)).status, 204)
    assert.equal((await login(user.email, better)).status, 200)
    const { body } = await service.call('GET', `/users/${user.id}`, { as: admin.token })
    assert.equal(body.email, user.email)
  })

  it('a user who is invited to an account of another person gets no sessions or keys of theirs', async () => {
    const name = `h15-${randomBytes(4).toString('hex')}`
    const email = `${name}@example.com`
    const { body: made } = await post('/users', { username: name, email, password })
    const session = (await login(email, password)).body
    await smtp.next(email, 0)
    assert.equal((await post(`/users/${made.id}/password-reset`, undefined, admin.token)).status, 202)
    const { token } = await until(() => resetLinks(email)[0], 'the link')
    assert.equal((await reset(token)).status, 204)
    assert.equal((await service.call('GET', '/users/me', { as: session.access_token })).status, 401)
    const refresh = await post('/auth/refresh', { refresh_token: session.refresh_token })
    assert.equal(refresh.status, 400)
    assert.equal((await login(email, password)).status, 401)
    assert.equal((await login(email, better)).status, 200)
  })

  it('no answer and no line of the log has a token or a link', async () => {
    const name = `h18-${randomBytes(4).toString('hex')}`
    const email = `${name}@example.com`
    const answers = [await post('/users', { username: name, email, password })]
    const session = (await login(email, password)).body
    answers.push(await post('/auth/verify-email/resend', { email }))
    answers.push(await post('/auth/forgot-password', { email }))
    answers.push(await post(`/users/${answers[0]!.body.id}/password-reset`, undefined, admin.token))
    await changeEmail({ ...session.user, token: session.access_token }, `new-${email}`)
    await until(() => resetLinks(email)[1], 'all mails')
    const tokens = smtp.received.map(({ token }) => token).filter((token) => token !== '')
    answers.push(
      await service.call('GET', `/users/${answers[0]!.body.id}/data`, { as: session.access_token }),
    )
    const used = await reset(resetLinks(email)[1]!.token)
    const seen = `${JSON.stringify([...answers, used].map(({ text, headers }) => [text, [...headers]]))}${JSON.stringify(service.logs())}`
    assert.ok(tokens.length >= 5)
    for (const token of tokens) assert.equal(seen.includes(token.slice(0, 12)), false)
    assert.doesNotMatch(seen, /#token=/)
    assert.doesNotMatch(JSON.stringify(service.logs()), new RegExp(email))
  })
})

onBothEngines('guessing links', (engine) => {
  it('429 after 60 guesses a minute from one address; the right link is not used up by that', async (t) => {
    const smtp = await startSmtp()
    t.after(() => smtp.stop())
    const service = await engine.start({ ROSTER_MAIL_URL: smtp.url, ROSTER_RATE_LIMITS: 'on' })
    const user = await service.createUser({ email_verified: true })
    await service.call('POST', '/auth/forgot-password', { body: { email: user.email } })
    const { token } = await smtp.next(user.email, 0)
    const paths = ['/auth/reset-password', '/auth/verify-email', '/auth/confirm-email']
    const answers = await Promise.all(
      Array.from({ length: 150 }, (_, index) => {
        const guess = randomBytes(32).toString('base64url')
        const path = paths[index % 3]!
        return service.call('POST', path, {
          body: { token: guess, ...(path === paths[0] ? { password: better } : {}) },
        })
      }),
    )
    const refused = answers.filter(({ status }) => status === 429)
    assert.equal(answers.filter(({ status }) => status === 400).length, 60)
    assert.equal(refused.length, 90)
    assert.ok(refused.every(({ headers }) => Number(headers.get('retry-after')) <= 60))
    const right = () => service.call('POST', paths[0]!, { body: { token, password: better } })
    assert.equal((await right()).status, 429)
    // It was not used up by that.
    const links = await service.roster.database.read
      .selectFrom('one_time_tokens')
      .select('user_id')
      .where('purpose', '=', 'reset_password')
      .execute()
    assert.deepEqual(links, [{ user_id: user.id }])
  })
})
