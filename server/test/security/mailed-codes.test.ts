import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { Secret, TOTP } from 'otpauth'
import { nowMs, shiftClock } from '../../src/clock.ts'
import { until } from '../harness/wait.ts'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { type Smtp, startSmtp } from '../mail/smtp.ts'

const week = 7 * 24 * 3600
const own = { 'sec-fetch-site': 'same-origin' }

onBothEngines('a mailed code as the second step', (engine) => {
  let service: Service
  let strict: Service
  let smtp: Smtp
  let shifted = 0
  const later = (seconds: number) => {
    shiftClock(seconds)
    shifted += seconds
  }
  before(async () => {
    smtp = await startSmtp()
    const env = {
      ...{ ROSTER_MAIL_URL: smtp.url, ROSTER_SECOND_FACTOR: 'everybody', ROSTER_EMAIL_LINK: 'true' },
      ...{ ROSTER_RATE_LIMITS: 'on' },
    }
    service = await engine.start({ ...env, ROSTER_SECOND_FACTOR_BY_MAIL: 'true' })
    strict = await engine.start(env)
  })
  after(async () => {
    shiftClock(-shifted)
    await smtp.stop()
  })
  const mailsTo = (email: string) => smtp.to(email).filter(({ subject }) => subject.startsWith('Your code'))
  const post = (path: string, body: object, headers: Record<string, string> = {}, at = service) =>
    at.call('POST', path, { body, headers })
  const sessionOf = async (token: string, at = service) =>
    (await at.call('GET', '/auth/session', { as: token })).body
  const login = ({ username }: TestUser, secret = password, at = service) =>
    post('/auth/login', { username, password: secret }, {}, at)
  const mayRead = (token: string, at = service) => at.call('GET', '/users/me', { as: token })

  /** A user whose grace period has ended. */
  const overdue = async (fields: object = { email_verified: true }, at = service) => {
    const user = await at.createUser(fields)
    await sessionOf(user.token, at)
    later(week + 60)
    return user
  }
  const answerWith = (challenge: string, email_code: string) =>
    post('/auth/login/continue', { challenge, email_code })
  /** The first step, and the code of its mail. */
  const begin = async (user: TestUser, secret = password) => {
    const known = mailsTo(user.email).length
    const asked = await login(user, secret)
    assert.deepEqual([asked.status, asked.body.code], [401, 'second_factor_required'], asked.text)
    assert.deepEqual([asked.body.methods, asked.body.trusted_browser_days], [['email_code'], 0])
    const mail = await until(() => mailsTo(user.email)[known], `a code to ${user.email}`)
    return { challenge: asked.body.challenge as string, code: /\b\d{6}\b/.exec(mail.text)![0] }
  }
  const wrongOf = (code: string) => (code === '000000' ? '111111' : '000000')
  const addApp = async (token: string) => {
    const begun = await service.call('POST', '/users/me/totp', {
      as: token,
      body: { current_password: password },
    })
    assert.equal(begun.status, 200, begun.text)
    const code = new TOTP({ secret: Secret.fromBase32(begun.body.secret) }).generate({ timestamp: nowMs() })
    const added = await service.call('PUT', '/users/me/totp', { as: token, body: { code } })
    assert.equal(added.status, 200, added.text)
  }

  it('opens an unrestricted session, once, after the grace period', async () => {
    const user = await service.createUser({ email_verified: true })
    assert.equal((await login(user)).status, 200, 'in the grace the password is enough')
    later(week + 60)
    const { challenge, code } = await begin(user)
    const answers = await Promise.all([1, 2].map(() => answerWith(challenge, code)))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 400])
    const opened = answers.find(({ status }) => status === 200)!
    assert.equal((await answerWith(challenge, code)).body.code, 'invalid_grant')
    const token = opened.body.access_token
    assert.equal((await mayRead(token)).status, 200)
    const { second_factor } = await sessionOf(token)
    assert.deepEqual(second_factor, { required: true, enrolled: false, due_at: null, overdue: false })
    const claims = JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString())
    assert.ok(!claims.amr?.includes('mfa') && claims.acr !== 'aal2', 'one factor of NIST all the same')
    const basic = { username: user.username, password }
    assert.equal((await service.call('GET', '/users/me', { as: basic })).body.code, 'factor_required')
    const refreshed = await post('/auth/refresh', { refresh_token: opened.body.refresh_token })
    assert.equal((await mayRead(refreshed.body.access_token)).status, 200)
    await addApp(token)
    assert.deepEqual((await login(user)).body.methods, ['totp', 'recovery_code'])
  })

  it('opens a browser session that is asked for nothing, and no browser is trusted', async () => {
    const user = await overdue()
    const asked = await post('/auth/session', { username: user.username, password }, own)
    assert.deepEqual(asked.body.methods, ['email_code'])
    const mail = await until(() => mailsTo(user.email)[0], 'the code')
    const email_code = /\b\d{6}\b/.exec(mail.text)![0]
    const body = { challenge: asked.body.challenge, email_code, trust_browser: true }
    const opened = await post('/auth/session/continue', body, own)
    assert.equal(opened.status, 200, opened.text)
    assert.equal(opened.body.second_factor.overdue, false)
    const cookies = opened.headers.getSetCookie()
    assert.equal(cookies.length, 1, cookies.join(' '))
    const cookie = cookies[0]!.split(';')[0]!
    assert.equal((await service.call('GET', '/users/me', { headers: { ...own, cookie } })).status, 200)
  })

  it('takes five tries a challenge, ten wrong codes an hour, and the code of no other challenge', async () => {
    const [user, other] = [await service.createUser({ email_verified: true }), await overdue()]
    await sessionOf(user.token)
    later(week + 60)
    const foreign = await begin(other)
    const first = await begin(user)
    assert.equal((await answerWith(foreign.challenge, first.code)).body.code, 'invalid_code')
    assert.equal((await post('/auth/login/continue', { ...first, totp: first.code })).status, 400)
    const totp = await post('/auth/login/continue', { challenge: first.challenge, totp: first.code })
    assert.equal(totp.status, 401, 'it is no code of an app')
    for (let turn = 0; turn < 4; turn += 1)
      assert.equal((await answerWith(first.challenge, wrongOf(first.code))).body.code, 'invalid_code')
    assert.equal((await answerWith(first.challenge, first.code)).body.code, 'invalid_grant')
    const second = await begin(user)
    for (let turn = 0; turn < 5; turn += 1)
      assert.equal((await answerWith(second.challenge, wrongOf(second.code))).body.code, 'invalid_code')
    const third = await begin(user)
    assert.equal((await answerWith(third.challenge, wrongOf(third.code))).body.code, 'invalid_code')
    const refused = await answerWith(third.challenge, third.code)
    assert.deepEqual([refused.status, refused.body.code], [429, 'too_many_requests'])
    assert.ok(Number(refused.headers.get('retry-after')) > 0)
    assert.equal((await answerWith(foreign.challenge, foreign.code)).status, 200, 'the other is not affected')
    const tooMany = await login(user)
    assert.deepEqual([tooMany.status, tooMany.body.code], [429, 'too_many_requests'], 'three mails')
    assert.ok(Number(tooMany.headers.get('retry-after')) > 0)
    assert.equal(mailsTo(user.email).length, 3)
  })

  it('ends with the time, a factor or another address', async () => {
    const user = await overdue()
    const late = await begin(user)
    later(601)
    assert.equal((await answerWith(late.challenge, late.code)).body.code, 'invalid_grant')
    const [first, second] = [await begin(user), await begin(user)]
    const opened = await answerWith(first.challenge, first.code)
    await addApp(opened.body.access_token)
    assert.equal((await answerWith(second.challenge, second.code)).body.code, 'invalid_grant')

    const other = await overdue()
    const before = await begin(other)
    const { token: as } = await service.admin()
    const changed = await service.call('PATCH', `/users/${other.id}`, {
      as,
      body: { email: `new-${other.email}`, email_verified: true },
    })
    assert.equal(changed.status, 200, changed.text)
    assert.equal((await answerWith(before.challenge, before.code)).body.code, 'invalid_grant')
  })

  it('is not asked of a mailbox twice: the session may only add a factor', async () => {
    const user = await overdue()
    await post('/auth/forgot-password', { email: user.email })
    const mail = await until(() => smtp.to(user.email).find(({ link }) => link?.includes('reset')), 'a link')
    const token = new URL(mail.link).hash.slice('#token='.length)
    const chosen = 'another horse battery'
    const reset = await post('/auth/reset-password', { token, password: chosen })
    assert.ok(reset.status < 300, reset.text)
    const opened = await login(user, chosen)
    assert.equal(opened.status, 200, opened.text)
    assert.equal((await mayRead(opened.body.access_token)).body.code, 'factor_required')

    const body = { password: 'a third horse battery', current_password: chosen }
    const changed = await service.call('PUT', `/users/${user.id}/password`, {
      as: opened.body.access_token,
      body,
    })
    assert.equal(changed.status, 204, changed.text)
    const again = await login(user, body.password)
    assert.equal((await mayRead(again.body.access_token)).body.code, 'factor_required')
    assert.equal(mailsTo(user.email).length, 0)

    const asked = await post('/auth/email-link', { email: user.email })
    const link = await until(
      () => smtp.to(user.email).find(({ subject }) => subject.startsWith('Sign in to')),
      'a mail to sign in',
    )
    const email_code = /\b\d{6}\b/.exec(link.text)![0]
    const entered = await post('/auth/login', { challenge: asked.body.challenge, email_code })
    assert.equal(entered.status, 200, entered.text)
    assert.equal((await mayRead(entered.body.access_token)).body.code, 'factor_required')
  })

  it('is not asked of a mailbox that verified the address with a new password', async () => {
    const user = await overdue({})
    await post('/auth/verify-email/resend', { email: user.email })
    const new_password = 'another horse battery'
    // The link from the creation of the account has ended, and its mail may arrive before or after the other.
    const tried = new Set<string>()
    for (let status = 400; status !== 204; ) {
      const isNext = ({ link, token }: { link: string; token: string }) =>
        link.includes('verify') && !tried.has(token)
      const { token } = await until(() => smtp.to(user.email).find(isNext), 'another link')
      tried.add(token)
      status = (await post('/auth/verify-email', { token, new_password })).status
    }
    const opened = await login(user, new_password)
    assert.equal(opened.status, 200, opened.text)
    assert.equal((await mayRead(opened.body.access_token)).body.code, 'factor_required')
    assert.deepEqual(mailsTo(user.email), [])
  })

  it('is not mailed to an unproven address, and not without the setting', async () => {
    const unproven = await overdue({})
    const plain = await login(unproven)
    assert.equal((await mayRead(plain.body.access_token)).body.code, 'factor_required')
    const user = await overdue({ email_verified: true }, strict)
    const opened = await login(user, password, strict)
    assert.equal(opened.status, 200)
    assert.equal((await mayRead(opened.body.access_token, strict)).body.code, 'factor_required')
    assert.equal((await sessionOf(opened.body.access_token, strict)).second_factor.overdue, true)
    assert.deepEqual([mailsTo(unproven.email), mailsTo(user.email)], [[], []])
  })
})
