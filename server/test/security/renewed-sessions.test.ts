/** A user who signs in again in the same browser keeps the session; its former cookie is refused. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { Secret, TOTP } from 'otpauth'
import { fromNow, nowMs, passTime, shiftClock } from '../../src/clock.ts'
import { until } from '../harness/wait.ts'
import { type Answer, onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { isNext, publicUrl, signingIn } from '../identity-providers/signing-in.ts'
import { startUpstream, type Upstream } from '../identity-providers/upstream.ts'
import { type Smtp, startSmtp } from '../mail/smtp.ts'
import { createAuthenticator } from './authenticator.ts'
import { replicas } from './replicas.ts'

const own = { 'sec-fetch-site': 'same-origin' }

onBothEngines('a session that is renewed by a sign-in', (engine) => {
  let here: Service
  let there: Service
  let admin: TestUser
  let smtp: Smtp
  let upstream: Upstream
  const provider = signingIn(
    () => here,
    () => admin,
  )
  before(async () => {
    smtp = await startSmtp()
    upstream = await startUpstream([`${publicUrl}/auth/providers/corp/callback`])
    ;[here, there] = await replicas(engine, {
      ...{ ROSTER_MAIL_URL: smtp.url, ROSTER_EMAIL_LINK: 'true', ROSTER_OUTGOING_NETWORKS: '127.0.0.0/8' },
    })
    admin = await here.admin()
  })
  after(async () => {
    await smtp.stop()
    await upstream.stop()
  })

  const post = (path: string, cookie: string, body: object, more: Record<string, string> = {}) =>
    here.call('POST', path, { headers: { ...own, ...(cookie && { cookie }), ...more }, body })
  const cookieOf = ({ headers }: Answer) => headers.get('set-cookie')?.split(';')[0] ?? ''
  const entered = (answer: Answer) => {
    assert.equal(answer.status, 200, answer.text)
    return { cookie: cookieOf(answer), id: answer.body.session.id as string, session: answer.body.session }
  }
  const enter = async ({ username }: TestUser, cookie = '', more: object = {}) =>
    entered(await post('/auth/session', cookie, { username, password, ...more }))
  const sessionAt = async (service: Service, cookie: string) =>
    (await service.call('GET', '/auth/session', { headers: { ...own, cookie } })).status
  const rowsOf = (userId: string) =>
    here.roster.database.read
      .selectFrom('sessions')
      .selectAll()
      .where('user_id', '=', userId)
      .where('kind', '=', 'browser')
      .orderBy('created_at')
      .orderBy('id')
      .execute()
  const eventsOf = async (id: string) => {
    const { body } = await here.call('GET', `/audit-events?target=${id}`, { as: admin.token })
    return (body as { type: string; session_id: string | null }[]).map(({ type }) => type)
  }

  it('works with the new cookie; the former one is refused, on other replicas within a second', async () => {
    const user = await here.createUser()
    const first = await enter(user)
    assert.deepEqual([await sessionAt(here, first.cookie), await sessionAt(there, first.cookie)], [200, 200])
    const second = await enter(user, first.cookie)
    assert.equal(second.id, first.id)
    assert.deepEqual(
      [await sessionAt(here, second.cookie), await sessionAt(there, second.cookie)],
      [200, 200],
    )
    assert.equal(await sessionAt(here, first.cookie), 401)
    passTime(1)
    assert.equal(await sessionAt(there, first.cookie), 401)
    assert.deepEqual(
      [await sessionAt(here, second.cookie), await sessionAt(there, second.cookie)],
      [200, 200],
    )
    const again = await enter(user, first.cookie)
    assert.notEqual(again.id, first.id)
    assert.equal(await sessionAt(here, second.cookie), 200)
  })

  it('is as a new one: proof, program, end and shared computer, with its events and the notice', async () => {
    const user = await here.createUser()
    const first = await enter(user)
    const [before] = await rowsOf(user.id)
    shiftClock(60)
    const body = { username: user.username, password, shared_computer: true }
    const answer = await post('/auth/session', first.cookie, body, { 'user-agent': 'Another Browser' })
    const second = entered(answer)
    assert.doesNotMatch(answer.headers.get('set-cookie')!, /Max-Age|Expires/i)
    const kept = await rowsOf(user.id)
    assert.equal(kept.length, 1)
    const [row] = kept
    assert.deepEqual([row!.created_at, row!.ended_at], [before!.created_at, null])
    for (const name of ['proven_at', 'last_seen_at'] as const) assert.ok(row![name]! > before![name]!, name)
    const hours = (end: string | null) =>
      Math.round((Date.parse(end!) - Date.parse(row!.proven_at!)) / 3_600_000)
    assert.deepEqual([hours(row!.latest_expiry), hours(row!.expires_at)], [12, 12])
    assert.deepEqual(
      [second.session.user_agent, second.session.auth_time],
      ['Another Browser', row!.proven_at],
    )
    assert.deepEqual(await eventsOf(first.id), ['session.renewed', 'session.created'])
    const types = await eventsOf(user.id)
    assert.equal(types.filter((type) => type === 'auth.login.success').length, 3, types.join())
    assert.ok(types.includes('auth.new_device'))
    const long = await enter(user, second.cookie)
    assert.ok(Date.parse(long.session.expires_at) - Date.parse(long.session.last_seen_at) > 6 * 86_400_000)
  })

  it('has the factors of the last sign-in, also when that took two steps', async () => {
    const user = await here.createUser()
    const begun = await here.call('POST', '/users/me/totp', {
      as: user.token,
      body: { current_password: password },
    })
    const totp = new TOTP({ secret: Secret.fromBase32(begun.body.secret) })
    const code = () => totp.generate({ timestamp: nowMs() })
    assert.equal(
      (await here.call('PUT', '/users/me/totp', { as: user.token, body: { code: code() } })).status,
      200,
    )
    shiftClock(30)
    const answer = async (cookie: string) => {
      const asked = await post('/auth/session', cookie, { username: user.username, password })
      assert.equal(asked.body.code, 'second_factor_required')
      return post('/auth/session/continue', cookie, { challenge: asked.body.challenge, totp: code() })
    }
    const second = entered(await answer(''))
    shiftClock(30)
    const third = entered(await answer(second.cookie))
    assert.deepEqual([third.id, third.session.acr], [second.id, 'aal2'])
    assert.deepEqual(third.session.amr, ['pwd', 'otp', 'mfa'])
    assert.equal(await sessionAt(here, second.cookie), 401)
    // Also one in which the user may only replace the password.
    const due = { as: admin.token, body: { must_change_password: true } }
    assert.equal((await here.call('PATCH', `/users/${user.id}`, due)).status, 200)
    shiftClock(30)
    const fourth = entered(await answer(third.cookie))
    assert.deepEqual([fourth.id, await sessionAt(here, third.cookie)], [third.id, 401])
    const limited = await here.call('GET', '/users/me', { headers: { ...own, cookie: fourth.cookie } })
    assert.equal(limited.body.code, 'password_change_required')
  })

  it('is kept by a passkey, a mail and a provider', async () => {
    const user = await here.createUser({ email_verified: true })
    const device = createAuthenticator()
    const as = user.token
    const { body: wanted } = await here.call('POST', '/users/me/passkeys/options', { as })
    const passkey = device.make(wanted.options)
    const added = await here.call('POST', '/users/me/passkeys', { as, body: { name: 'Key', passkey } })
    assert.equal(added.status, 201, added.text)
    const asked = await here.call('POST', '/auth/passkeys/options', { body: {} })
    const body = { challenge: asked.body.challenge, passkey: device.sign(asked.body.options) }
    const { cookie, id } = entered(await post('/auth/session', '', body))
    const next = await here.call('POST', '/auth/passkeys/options', { body: {} })
    const signed = { challenge: next.body.challenge, passkey: device.sign(next.body.options) }
    const renewed = entered(await post('/auth/session', cookie, signed))
    assert.deepEqual([renewed.id, await sessionAt(here, cookie)], [id, 401])

    const reader = await here.createUser({ email_verified: true })
    const first = await enter(reader)
    const mailed = await here.call('POST', '/auth/email-link', { body: { email: reader.email } })
    const isSignIn = ({ subject }: { subject: string }) => subject.startsWith('Sign in to')
    const mail = await until(() => smtp.to(reader.email).find(isSignIn), 'a mail to sign in')
    const email_code = /\b\d{6}\b/.exec(mail.text)![0]
    const { challenge } = mailed.body
    const byMail = entered(await post('/auth/session', first.cookie, { challenge, email_code }))
    assert.deepEqual([byMail.id, byMail.session.amr], [first.id, ['email']])
    assert.equal(await sessionAt(here, first.cookie), 401)

    const client = { client_id: 'roster', client_secret: 'upstream-secret' }
    await provider.register({
      ...{ kind: 'oidc', id: 'corp', name: 'Corp', issuer: upstream.issuer, sign_up: 'open' },
      ...client,
    })
    isNext(upstream, { sub: 'worker' })
    const { traveller } = await provider.enter('corp')
    const held = () => traveller.cookies(publicUrl).get('roster')
    const worker = (await provider.whoIs(traveller))!
    const former = held()
    await provider.enter('corp', traveller)
    assert.notEqual(held(), former)
    assert.equal((await provider.whoIs(traveller))?.user.id, worker.user.id)
    assert.equal(await sessionAt(here, `roster=${former}`), 401)
    assert.equal((await rowsOf(worker.user.id)).length, 1)
  })

  it('is kept by a provider also while the user must first replace the password or add a factor', async () => {
    const role = { name: 'guard', permissions: [], second_factor_required: true }
    assert.equal((await here.call('POST', '/roles', { as: admin.token, body: role })).status, 201)
    const limits = {
      async password_change_required({ id }: TestUser) {
        const due = { as: admin.token, body: { must_change_password: true } }
        assert.equal((await here.call('PATCH', `/users/${id}`, due)).status, 200)
      },
      async factor_required({ id }: TestUser) {
        const given = { as: admin.token, body: { roles: ['guard'] } }
        assert.equal((await here.call('PATCH', `/users/${id}`, given)).status, 200)
        const duty = { user_id: id, since: fromNow(-8 * 86_400) }
        await here.roster.database.transaction((tx) => tx.insertInto('factor_duties').values(duty).execute())
        here.roster.features.rights.forgetAll()
      },
    }
    await provider.change('corp', { domains: ['*'] })
    for (const [code, limit] of Object.entries(limits)) {
      const user = await here.createUser({ email_verified: true })
      isNext(upstream, { sub: code, email: user.email })
      const { traveller } = await provider.enter('corp')
      const held = () => `roster=${traveller.cookies(publicUrl).get('roster')}`
      assert.equal((await provider.whoIs(traveller))?.user.id, user.id)
      await limit(user)
      const former = held()
      const isLimited = await here.call('GET', '/users/me', { headers: { ...own, cookie: former } })
      assert.equal(isLimited.body.code, code)
      await provider.enter('corp', traveller)
      assert.notEqual(held(), former)
      assert.equal(await sessionAt(here, former), 401)
      const still = await here.call('GET', '/users/me', { headers: { ...own, cookie: held() } })
      assert.equal(still.body.code, code)
      assert.equal((await rowsOf(user.id)).length, 1)
    }
  })

  it('two concurrent tabs both remain signed in, with either of the two cookies', async () => {
    const user = await here.createUser()
    const { cookie } = await enter(user)
    const tabs = await Promise.all([1, 2, 3].map(() => enter(user, cookie)))
    for (const tab of tabs) assert.equal(await sessionAt(here, tab.cookie), 200)
    assert.equal(new Set(tabs.map(({ id }) => id)).size, 3)
    assert.equal(await sessionAt(here, cookie), 401)
    assert.deepEqual(
      (await rowsOf(user.id)).map(({ end_reason }) => end_reason),
      [null, null, null],
    )
  })

  it('a session that ended on another replica during the request remains ended', async () => {
    const user = await here.createUser()
    const first = await enter(user)
    const path = `/users/me/sessions/${first.id}`
    assert.equal(await sessionAt(here, first.cookie), 200)
    assert.equal((await there.call('DELETE', path, { as: user.token })).status, 204)
    const second = await enter(user, first.cookie)
    assert.notEqual(second.id, first.id)
    assert.deepEqual(
      (await rowsOf(user.id)).map(({ id, end_reason }) => [id, end_reason]),
      [
        [first.id, 'revoked'],
        [second.id, null],
      ],
    )
    assert.deepEqual([await sessionAt(here, first.cookie), await sessionAt(here, second.cookie)], [401, 200])
  })

  it('does not count as another session, and tokens do not change it', async () => {
    const user = await here.createUser()
    const first = await enter(user)
    const byToken = () => post('/auth/login', first.cookie, { username: user.username, password })
    for (let at = 0; at < 48; at += 6) await Promise.all(Array.from({ length: 6 }, byToken))
    assert.equal(await sessionAt(here, first.cookie), 200)
    const second = await enter(user, first.cookie)
    assert.equal(second.id, first.id)
    const types = await eventsOf(user.id)
    assert.ok(!types.includes('session.limit_exceeded'), types.join())
  })
})
