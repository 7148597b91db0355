import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { Secret, TOTP } from 'otpauth'
import { fromNow, nowMs, shiftClock } from '../../src/clock.ts'
import { onBothEngines, password, type Service } from '../harness.ts'
import { type Smtp, startSmtp } from '../mail/smtp.ts'

const own = 'an own good password'

onBothEngines('an account that a stranger created with the address of another', (engine) => {
  let smtp: Smtp
  let service: Service
  before(async () => {
    smtp = await startSmtp()
    service = await engine.start({ ROSTER_MAIL_URL: smtp.url })
  })
  after(() => smtp.stop())
  const call: Service['call'] = (...request) => service.call(...request)
  const login = (username: string, secret: string) =>
    call('POST', '/auth/login', { body: { username, password: secret } })

  /** The stranger signs up, signs in, makes an API key and adds an authenticator app. */
  const signUp = async (name: string) => {
    const email = `${name}-${engine.name}@corp.example`
    const body = { username: `${name}-${engine.name}`, email, password }
    const { body: user } = await call('POST', '/users', { body })
    const { token } = await smtp.next(email, 0)
    const signedIn = (await login(email, password)).body
    return {
      id: user.id as string,
      email,
      token,
      access: signedIn.access_token,
      refresh: signedIn.refresh_token,
    }
  }
  const verify = (token: string, more: object, as?: string) =>
    call('POST', '/auth/verify-email', { body: { token, ...more }, ...(as && { as }) })

  it('is not verified by the link alone', async () => {
    const { id, token } = await signUp('alone')
    const { status, body } = await verify(token, {})
    assert.deepEqual([status, body.code], [403, 'reauthentication_required'])
    assert.deepEqual(body.methods, ['password', 'new_password'])
    const { body: user } = await call('GET', `/users/${id}`, { as: (await service.admin()).token })
    assert.equal(user.email_verified, false)
    assert.equal((await verify(token, { password: 'wrong password' })).body.code, 'invalid_credentials')
    assert.equal((await verify(token, { password })).status, 204)
  })

  it('is verified with a session of the account, not with that of another', async () => {
    const { token, access } = await signUp('session')
    const other = await service.createUser()
    assert.equal((await verify(token, {}, other.token)).status, 403)
    assert.equal((await verify(token, {}, access)).status, 204)
  })

  it('ends for the stranger when the owner of the address takes it with a new password', async () => {
    const { email, token, access, refresh } = await signUp('taken')
    const begun = await call('POST', '/users/me/totp', { as: access, body: { current_password: password } })
    const code = new TOTP({ secret: Secret.fromBase32(begun.body.secret) }).generate({ timestamp: nowMs() })
    assert.equal((await call('PUT', '/users/me/totp', { as: access, body: { code } })).status, 200)

    assert.equal((await verify(token, { new_password: 'short' })).body.code, 'invalid_input')
    assert.equal((await verify(token, { new_password: own })).status, 204)
    assert.equal((await call('GET', '/users/me', { as: access })).status, 401)
    assert.equal((await call('POST', '/auth/refresh', { body: { refresh_token: refresh } })).status, 400)
    assert.equal((await login(email, password)).status, 401)
    const { status, body } = await login(email, own)
    assert.deepEqual([status, body.user.email_verified], [200, true])
  })

  it('ends for the stranger with a link for a forgotten password, second factors included', async () => {
    const { email, access } = await signUp('forgot')
    const begun = await call('POST', '/users/me/totp', { as: access, body: { current_password: password } })
    const code = new TOTP({ secret: Secret.fromBase32(begun.body.secret) }).generate({ timestamp: nowMs() })
    await call('PUT', '/users/me/totp', { as: access, body: { code } })
    await call('POST', '/auth/forgot-password', { body: { email } })
    // The notice about the authenticator app may come before or after.
    const reset = async (after = 1): Promise<string> => {
      const mail = await smtp.next(email, after)
      return mail.link.includes('/account/reset') ? mail.token : reset(after + 1)
    }
    const token = await reset()
    assert.equal((await call('POST', '/auth/reset-password', { body: { token, password: own } })).status, 204)
    assert.equal((await login(email, own)).status, 200)
  })

  const read = (token: string) => call('POST', '/auth/verify-email/sign-up', { body: { token } })
  const discard = (token: string) => call('POST', '/auth/verify-email/discard', { body: { token } })

  it('can be deleted by the reader of the link, who sees how it was created', async () => {
    const { id, email, token, access } = await signUp('not-mine')
    const { status, body } = await read(token)
    assert.deepEqual(
      [status, body.username, body.program, body.can_be_discarded],
      [200, `not-mine-${engine.name}`, 'node', true],
    )
    assert.equal((await discard(token)).status, 204)
    for (const again of [await discard(token), await read(token)])
      assert.deepEqual([again.status, again.body.code], [400, 'invalid_grant'])
    assert.equal((await call('GET', '/users/me', { as: access })).status, 401)
    assert.equal((await login(email, password)).status, 401)
    const as = (await service.admin()).token
    assert.equal((await call('GET', `/users/${id}`, { as })).status, 404)
    assert.equal(
      (await call('POST', '/users', { body: { username: email.split('@')[0], email, password } })).status,
      201,
    )
  })

  it('403 to remove an account that was confirmed once, or that an administrator created', async () => {
    const as = (await service.admin()).token
    const { id, email, token } = await signUp('confirmed')
    assert.equal((await verify(token, { password })).status, 204)
    const known = smtp.to(email).length
    await call('PATCH', `/users/${id}`, { as, body: { email_verified: false } })
    await call('POST', '/auth/verify-email/resend', { body: { email } })
    const made = `made-${engine.name}@corp.example`
    await call('POST', '/users', { as, body: { username: `made-${engine.name}`, email: made, password } })
    for (const mail of [await smtp.next(email, known), await smtp.next(made, 0)]) {
      assert.equal((await read(mail.token)).body.can_be_discarded, false)
      const { status, body } = await discard(mail.token)
      assert.deepEqual([status, body.code], [403, 'forbidden'])
    }
  })

  it('is erased after a week where people must confirm, unless it was confirmed, used or vouched for', async () => {
    const strict = await engine.start({ ROSTER_MAIL_URL: smtp.url, ROSTER_REQUIRE_VERIFIED_EMAIL: 'true' })
    const { username } = await strict.createUser({ roles: ['admin', 'user'], email_verified: true })
    // Basic, because the test moves the clock past the end of access tokens.
    const as = { username, password }
    const ids: Record<string, string> = {}
    const join = async (name: string) => {
      const email = `week-${name}-${engine.name}@corp.example`
      const body = { username: `week-${name}`, email, password }
      ids[name] = (await strict.call('POST', '/users', { body })).body.id
      return email
    }
    await join('old')
    const { token } = await smtp.next(await join('confirmed'), 0)
    assert.equal((await strict.call('POST', '/auth/verify-email', { body: { token, password } })).status, 204)
    await join('kept')
    const keep = { as, body: { email_verified: true } }
    assert.equal((await strict.call('PATCH', `/users/${ids['kept']}?credentials=keep`, keep)).status, 200)
    await join('used')
    // As if the setting had been another one until now.
    await strict.roster.database.transaction((tx) =>
      tx
        .updateTable('users')
        .set({ last_login_at: fromNow(0) })
        .where('id', '=', ids['used']!)
        .execute(),
    )
    await strict.roster.housekeeping.runDue()
    const week = 7 * 86_400 + 60
    shiftClock(week)
    try {
      await join('new')
      await strict.roster.housekeeping.runDue()
      const left: string[] = []
      for (const [name, id] of Object.entries(ids))
        if ((await strict.call('GET', `/users/${id}`, { as })).status === 200) left.push(name)
      assert.deepEqual(left, ['confirmed', 'kept', 'used', 'new'])
    } finally {
      shiftClock(-week)
    }
  })

  it('keeps the former way where the operator wants it', async () => {
    const classic = await engine.start({ ROSTER_MAIL_URL: smtp.url, ROSTER_VERIFY_WITHOUT_PASSWORD: 'true' })
    const email = `classic-${engine.name}@corp.example`
    await classic.call('POST', '/users', { body: { username: 'classic', email, password } })
    const { token } = await smtp.next(email, 0)
    assert.equal((await classic.call('POST', '/auth/verify-email', { body: { token } })).status, 204)
  })
})

onBothEngines('the address of another as the new one of an account', (engine) => {
  let smtp: Smtp
  let service: Service
  before(async () => {
    smtp = await startSmtp()
    service = await engine.start({ ROSTER_MAIL_URL: smtp.url })
  })
  after(() => smtp.stop())

  /** The thief asks for the address of the victim, who gets the link. */
  const ask = async (here: Service, name: string) => {
    const thief = await here.createUser({ email_verified: true })
    const email = `${name}-${engine.name}@corp.example`
    const asked = await here.call('PATCH', '/users/me', {
      as: thief.token,
      body: { email, current_password: password },
    })
    assert.equal(asked.status, 200)
    const { token } = await smtp.next(email, 0)
    const confirm = (more: object = {}, as?: string) =>
      here.call('POST', '/auth/confirm-email', { body: { token, ...more }, ...(as && { as }) })
    const address = async () =>
      (await here.call('GET', `/users/${thief.id}`, { as: (await here.admin()).token })).body.email
    return { thief, email, confirm, address }
  }

  it('is not confirmed by the link alone, by a session of another, a wrong or a new password', async () => {
    const { thief, confirm, address } = await ask(service, 'victim')
    const victim = await service.createUser()
    for (const as of [undefined, victim.token]) {
      const { status, body } = await confirm({}, as)
      assert.deepEqual([status, body.code, body.methods], [403, 'reauthentication_required', ['password']])
    }
    const wrong = await confirm({ password: 'wrong password' })
    assert.deepEqual([wrong.status, wrong.body.code], [401, 'invalid_credentials'])
    const taken = await confirm({ new_password: own })
    assert.deepEqual([taken.status, taken.body.errors[0].code], [400, 'unknown_field'])
    assert.equal(await address(), thief.email)
  })

  it('is confirmed with the password, and with a session of the account', async () => {
    const first = await ask(service, 'first')
    assert.equal((await first.confirm({ password })).status, 204)
    assert.equal(await first.address(), first.email)
    const second = await ask(service, 'second')
    assert.equal((await second.confirm({}, second.thief.token)).status, 204)
    assert.equal(await second.address(), second.email)
  })

  it('is confirmed by the link alone where the operator wants it', async () => {
    const classic = await engine.start({ ROSTER_MAIL_URL: smtp.url, ROSTER_VERIFY_WITHOUT_PASSWORD: 'true' })
    const { confirm, email, address } = await ask(classic, 'classic-change')
    assert.equal((await confirm()).status, 204)
    assert.equal(await address(), email)
  })
})
