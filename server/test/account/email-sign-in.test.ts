import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { Secret, TOTP } from 'otpauth'
import { nowMs, shiftClock } from '../../src/clock.ts'
import { until } from '../harness/wait.ts'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { type Smtp, startSmtp } from '../mail/smtp.ts'

const own = { 'sec-fetch-site': 'same-origin' }

onBothEngines('signing in by mail', (engine) => {
  let service: Service
  let smtp: Smtp
  before(async () => {
    smtp = await startSmtp()
    service = await engine.start({
      ...{ ROSTER_MAIL_URL: smtp.url, ROSTER_EMAIL_LINK: 'true', ROSTER_RATE_LIMITS: 'on' },
    })
  })
  after(() => smtp.stop())
  const call: Service['call'] = (...args) => service.call(...args)
  const mailsTo = (email: string) => smtp.to(email).filter(({ subject }) => subject.startsWith('Sign in to'))
  const ask = async (email: string, headers: Record<string, string> = {}, more: object = {}) => {
    const known = mailsTo(email).length
    const asked = await call('POST', '/auth/email-link', { body: { email, ...more }, headers })
    assert.equal(asked.status, 202, asked.text)
    assert.equal(asked.body.expires_in, 600)
    const mail = async () => {
      const found = await until(() => mailsTo(email)[known], `a mail to ${email}`)
      return { ...found, code: /\b\d{6}\b/.exec(found.text)![0] }
    }
    const cookie = asked.headers.get('set-cookie')!.split(';')[0]!
    return { challenge: asked.body.challenge as string, cookie, mail }
  }
  const login = (body: object) => call('POST', '/auth/login', { body })
  const wrongOf = (code: string) => (code === '000000' ? '111111' : '000000')
  const addApp = async (user: TestUser) => {
    const begun = await call('POST', '/users/me/totp', {
      as: user.token,
      body: { current_password: password },
    })
    const totp = new TOTP({ secret: Secret.fromBase32(begun.body.secret) })
    const code = totp.generate({ timestamp: nowMs() })
    assert.equal((await call('PUT', '/users/me/totp', { as: user.token, body: { code } })).status, 200)
    shiftClock(30)
    return () => totp.generate({ timestamp: nowMs() })
  }

  it('a code opens a session once, for the program that asked', async () => {
    const user = await service.createUser({ email_verified: true })
    const first = await ask(user.email)
    const { code } = await first.mail()
    const other = await ask(user.email)
    const { code: otherCode } = await other.mail()
    const crossed = await login({
      challenge: other.challenge,
      email_code: code === otherCode ? wrongOf(code) : code,
    })
    assert.deepEqual([crossed.status, crossed.body.code], [401, 'invalid_code'])
    const typed = ` ${code.slice(0, 3)} ${code.slice(3)}`
    const twice = await Promise.all(
      [1, 2, 3].map(() => login({ challenge: first.challenge, email_code: typed })),
    )
    assert.deepEqual(twice.map(({ status }) => status).sort(), [200, 400, 400])
    const opened = twice.find(({ status }) => status === 200)!
    assert.equal(opened.body.user.id, user.id)
    assert.equal((await call('GET', '/users/me', { as: opened.body.access_token })).status, 200)
    await service.roster.signIn.settled()
    const { token: as } = await service.admin()
    const events = await call('GET', `/audit-events?target=${user.id}`, { as })
    const types = events.body.map(({ type }: { type: string }) => type)
    for (const type of ['auth.email_link.requested', 'auth.login.success', 'auth.login.failure'])
      assert.ok(types.includes(type), `${type} is not among ${types.join(' ')}`)
  })

  it('a link opens a session in the browser that asked, and in no other', async () => {
    const user = await service.createUser({ email_verified: true })
    const asked = await ask(user.email, own, { return_to: '/oauth2/x?y=1', shared_computer: true })
    const mail = await asked.mail()
    const link = new URL(mail.link)
    assert.equal(link.pathname, '/sign-in')
    assert.equal(link.searchParams.get('return_to'), '/oauth2/x?y=1')
    assert.equal(link.searchParams.get('shared_computer'), 'true')
    const email_token = link.hash.slice('#token='.length)
    // A scanner of mails opens the link, in other clothes and without the cookie.
    for (const method of ['GET', 'HEAD'])
      await fetch(`${service.url}${link.pathname}${link.search}`, { method })
    const open = (cookie?: string) =>
      call('POST', '/auth/session', {
        headers: { ...own, ...(cookie !== undefined && { cookie }) },
        body: { email_token, shared_computer: true },
      })
    assert.equal((await open()).status, 400)
    const stranger = await ask('stranger@example.com')
    assert.equal((await open(stranger.cookie)).body.code, 'invalid_code')
    const opened = await open(asked.cookie)
    assert.equal(opened.status, 200, opened.text)
    assert.match(opened.headers.get('set-cookie') ?? '', /HttpOnly/)
    assert.equal((await open(asked.cookie)).body.code, 'invalid_grant')
    const away = await ask(user.email, own, { return_to: 'https://evil.example/' })
    assert.equal(new URL((await away.mail()).link).search, '')
  })

  it('five wrong codes end a challenge, and ten minutes', async () => {
    const user = await service.createUser({ email_verified: true })
    const asked = await ask(user.email)
    const { code } = await asked.mail()
    const guess = (email_code: string) => login({ challenge: asked.challenge, email_code })
    for (let turn = 0; turn < 5; turn += 1) assert.equal((await guess(wrongOf(code))).status, 401)
    assert.equal((await guess(code)).body.code, 'invalid_grant')
    const late = await ask(user.email)
    const { code: lateCode } = await late.mail()
    shiftClock(601)
    assert.equal(
      (await login({ challenge: late.challenge, email_code: lateCode })).body.code,
      'invalid_grant',
    )
  })

  it('an address without an account, or of a disabled one, gets the same answers and no mail', async () => {
    const admin = await service.admin()
    const user = await service.createUser({ email_verified: true })
    const disabled = await service.createUser({ email_verified: true })
    await call('PATCH', `/users/${disabled.id}`, {
      as: { username: admin.username, password },
      body: { status: 'disabled' },
    })
    const answers = []
    for (const email of [user.email, disabled.email, `nobody-${engine.name}@example.com`]) {
      const { challenge } = await ask(email)
      const guesses = []
      for (let turn = 0; turn < 6; turn += 1)
        guesses.push((await login({ challenge, email_code: '12345678' })).body.code)
      answers.push(guesses)
    }
    assert.deepEqual(answers[0], [...Array(5).fill('invalid_code'), 'invalid_grant'])
    assert.deepEqual(answers[1], answers[0])
    assert.deepEqual(answers[2], answers[0])
    await until(() => mailsTo(user.email)[0], 'the mail')
    assert.equal(mailsTo(disabled.email).length, 0)
    assert.equal(mailsTo(`nobody-${engine.name}@example.com`).length, 0)
  })

  it('a user who was disabled, deleted or got another address after the mail cannot sign in with it', async () => {
    const as = { username: (await service.admin()).username, password }
    const changes: [string, string, object?][] = [
      ['PATCH', '', { status: 'disabled' }],
      ['PATCH', '', { email: `moved-${engine.name}@example.com` }],
      ['DELETE', ''],
    ]
    for (const [method, path, body] of changes) {
      const user = await service.createUser({ email_verified: true })
      const asked = await ask(user.email)
      const { code } = await asked.mail()
      const changed = await call(method, `/users/${user.id}${path}`, { as, ...(body && { body }) })
      assert.ok(changed.status < 300, changed.text)
      const answer = await login({ challenge: asked.challenge, email_code: code })
      assert.deepEqual([answer.status, answer.body.code], [400, 'invalid_grant'])
    }
  })

  it('the second factor is asked for', async () => {
    const user = await service.createUser({ email_verified: true })
    const app = await addApp(user)
    const asked = await ask(user.email)
    const first = await login({ challenge: asked.challenge, email_code: (await asked.mail()).code })
    assert.deepEqual([first.status, first.body.code], [401, 'second_factor_required'])
    assert.deepEqual(first.body.methods, ['totp', 'recovery_code'])
    const body = { challenge: first.body.challenge, totp: app() }
    const second = await call('POST', '/auth/login/continue', { body })
    assert.equal(second.status, 200, second.text)
    const claims = JSON.parse(Buffer.from(second.body.access_token.split('.')[1], 'base64url').toString())
    assert.deepEqual(claims.amr, ['email', 'otp', 'mfa'])
  })

  it('the first sign-in by mail proves the address, and ends what a stranger could have left', async () => {
    const user = await service.createUser()
    await addApp(user)
    const asked = await ask(user.email)
    const opened = await login({ challenge: asked.challenge, email_code: (await asked.mail()).code })
    assert.equal(opened.status, 200, opened.text)
    assert.equal(opened.body.user.email_verified, true)
    assert.equal((await login({ username: user.username, password })).body.code, 'invalid_credentials')
    assert.equal((await call('GET', '/users/me', { as: user.token })).status, 401)
    const { body } = await call('GET', '/users/me/factors', { as: opened.body.access_token })
    assert.equal(body.totp, null)
  })

  it('exactly one way is taken, and nothing of it is stored or logged in readable form', async () => {
    const user = await service.createUser({ email_verified: true })
    const asked = await ask(user.email)
    const { code, token } = await asked.mail()
    const { challenge } = asked
    for (const body of [
      { challenge, email_code: code, email_token: token },
      { challenge, email_code: code, username: user.username, password },
      { email_code: code },
      { challenge, email_code: 5 },
      { challenge, email_code: '' },
    ])
      assert.equal((await login(body)).status, 400)
    const { read } = service.roster.database
    const stored = JSON.stringify([
      await read.selectFrom('email_sign_ins').selectAll().execute(),
      await read.selectFrom('mail_outbox').selectAll().execute(),
      await read.selectFrom('audit_events').selectAll().execute(),
      service.logs(),
    ])
    for (const hidden of [challenge, token]) assert.ok(!stored.includes(hidden))
    assert.equal((await login({ challenge, email_token: token })).status, 200)
  })

  it('after ten wrong codes a day an account opens by the link alone', async () => {
    const user = await service.createUser({ email_verified: true })
    for (let round = 0; round < 2; round += 1) {
      const { challenge, mail } = await ask(user.email)
      const email_code = wrongOf((await mail()).code)
      for (let turn = 0; turn < 5; turn += 1)
        assert.equal((await login({ challenge, email_code })).body.code, 'invalid_code')
    }
    const { challenge, mail } = await ask(user.email)
    const { code, text } = await mail()
    assert.equal((await login({ challenge, email_code: code })).body.code, 'invalid_code')
    const email_token = /#token=([\w-]+)/.exec(text)![1]
    assert.equal((await login({ challenge, email_token })).status, 200)
  })

  it('an address gets three mails in a quarter of an hour, with or without an account', async () => {
    const user = await service.createUser({ email_verified: true })
    const { read } = service.roster.database
    const count = async () => (await read.selectFrom('email_sign_ins').select('hash').execute()).length
    for (const email of [user.email, `few-${engine.name}@example.com`]) {
      const before = await count()
      for (let turn = 0; turn < 5; turn += 1)
        assert.equal((await call('POST', '/auth/email-link', { body: { email } })).status, 202)
      assert.equal((await count()) - before, 3)
    }
  })
})
