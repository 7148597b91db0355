import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { Secret, TOTP, URI } from 'otpauth'
import { nowMs, shiftClock } from '../../src/clock.ts'
import { type Credentials, onBothEngines, password, type Service, type TestUser } from '../harness.ts'

/** The code that an authenticator app shows, by a library that is not ours. */
const codeOf = (secret: string, atMs = nowMs()) =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: atMs })

onBothEngines('second factors', (engine) => {
  let service: Service
  // Basic, because the tests move the clock past the end of access tokens.
  const admin = { username: 'admin', password }
  before(async () => {
    service = await engine.start()
    await service.admin()
  })
  const current_password = password

  const enrol = async (user: TestUser) => {
    const begun = await service.call('POST', '/users/me/totp', { as: user.token, body: { current_password } })
    assert.equal(begun.status, 200)
    const code = codeOf(begun.body.secret)
    const confirmed = await service.call('PUT', '/users/me/totp', { as: user.token, body: { code } })
    assert.equal(confirmed.status, 200, confirmed.text)
    // The code of the confirmation is used up: the next one comes 30 s later.
    shiftClock(30)
    return {
      secret: begun.body.secret as string,
      uri: begun.body.uri as string,
      qr: begun.body.qr_svg as string,
      codes: confirmed.body.recovery_codes as string[],
    }
  }
  const login = (user: TestUser) =>
    service.call('POST', '/auth/login', { body: { username: user.username, password } })
  const challengeOf = async (user: TestUser): Promise<string> => {
    const { status, body } = await login(user)
    assert.deepEqual([status, body.code], [401, 'second_factor_required'])
    assert.deepEqual(body.methods, ['totp', 'recovery_code'])
    return body.challenge
  }
  const countMails = async () => {
    const { read } = service.roster.database
    const mails = read.selectFrom('mail_outbox').select('id').where('template', '=', 'factors-changed')
    return (await mails.execute()).length
  }
  const answer = (challenge: string, code: object) =>
    service.call('POST', '/auth/login/continue', { body: { challenge, ...code } })

  it('an app is added with a code, asked for at the next sign-in and seen by its owner', async () => {
    const user = await service.createUser()
    const { secret, uri, qr, codes } = await enrol(user)
    assert.equal((URI.parse(uri) as TOTP).secret.base32, secret)
    assert.match(qr, /^<svg/)
    assert.equal(codes.length, 10)
    const { body: factors } = await service.call('GET', '/users/me/factors', { as: user.token })
    assert.ok(factors.totp.created_at)
    assert.equal(factors.recovery_codes.left, 10)

    const challenge = await challengeOf(user)
    const wrong = await answer(challenge, { totp: '000000' })
    assert.deepEqual([wrong.status, wrong.body.code], [401, 'invalid_code'])
    const opened = await answer(challenge, { totp: codeOf(secret) })
    assert.equal(opened.status, 200, opened.text)
    assert.equal((await service.call('GET', '/users/me', { as: opened.body.access_token })).status, 200)
    const again = await answer(challenge, { totp: codeOf(secret) })
    assert.deepEqual([again.status, again.body.code], [400, 'invalid_grant'])
  })

  it('a code works once, in sequence and in a race', async () => {
    const user = await service.createUser()
    const { secret } = await enrol(user)
    const first = await challengeOf(user)
    const code = codeOf(secret)
    assert.equal((await answer(first, { totp: code })).status, 200)
    assert.equal((await answer(await challengeOf(user), { totp: code })).status, 401)
    shiftClock(30)
    const challenges = await Promise.all(Array.from({ length: 5 }, () => challengeOf(user)))
    const next = codeOf(secret)
    const statuses = await Promise.all(
      challenges.map(async (one) => (await answer(one, { totp: next })).status),
    )
    assert.equal(statuses.filter((status) => status === 200).length, 1, statuses.join(' '))
  })

  it('a recovery code opens the account once, however it is typed', async () => {
    const user = await service.createUser()
    const { codes } = await enrol(user)
    const typed = codes[0]!.toLowerCase().replaceAll('-', ' ')
    assert.equal((await answer(await challengeOf(user), { recovery_code: typed })).status, 200)
    assert.equal((await answer(await challengeOf(user), { recovery_code: codes[0] })).status, 401)
    const { body } = await service.call('GET', '/users/me/factors', { as: user.token })
    assert.equal(body.recovery_codes.left, 9)
    const both = await answer(await challengeOf(user), { recovery_code: codes[1], totp: '123456' })
    assert.equal(both.status, 400)
  })

  it('guessing ends after five codes of a challenge and ten of an account in an hour', async () => {
    const user = await service.createUser()
    const { secret } = await enrol(user)
    const guess = async (challenge: string, times: number) => {
      for (let turn = 0; turn < times; turn += 1) await answer(challenge, { totp: '000000' })
    }
    const before = await countMails()
    const challenge = await challengeOf(user)
    await guess(challenge, 5)
    assert.equal((await answer(challenge, { totp: codeOf(secret) })).body.code, 'invalid_grant')
    await guess(await challengeOf(user), 5)
    const blocked = await answer(await challengeOf(user), { totp: codeOf(secret) })
    assert.equal(blocked.status, 429)
    assert.equal((await countMails()) - before, 1, 'a mail tells of it, once')
    shiftClock(3600)
    assert.equal((await answer(await challengeOf(user), { totp: codeOf(secret) })).status, 200)
  })

  it('a challenge ends after ten minutes, and with the account', async () => {
    const user = await service.createUser()
    const { secret } = await enrol(user)
    const challenge = await challengeOf(user)
    shiftClock(601)
    assert.equal((await answer(challenge, { totp: codeOf(secret) })).body.code, 'invalid_grant')
    const open = await challengeOf(user)
    await service.call('PATCH', `/users/${user.id}`, { as: admin, body: { status: 'disabled' } })
    assert.equal((await answer(open, { totp: codeOf(secret) })).body.code, 'invalid_grant')
  })

  it('the first one ends the other sessions, which the password alone opened', async () => {
    const user = await service.createUser()
    const other = (await login(user)).body
    const read = async (as: string) => (await service.call('GET', '/users/me', { as })).status
    const begun = await service.call('POST', '/users/me/totp', { as: user.token, body: { current_password } })
    assert.equal(await read(other.access_token), 200)
    const code = codeOf(begun.body.secret)
    assert.equal(
      (await service.call('PUT', '/users/me/totp', { as: user.token, body: { code } })).status,
      200,
    )
    assert.deepEqual([await read(other.access_token), await read(user.token)], [401, 200])
    const { refresh_token } = other
    const refused = await service.call('POST', '/auth/refresh', { body: { refresh_token } })
    assert.deepEqual([refused.status, refused.body.code], [400, 'invalid_grant'])
  })

  it('Basic does not open an account with a second factor, also right after it was added', async () => {
    const user = await service.createUser()
    const as = { username: user.username, password }
    assert.equal((await service.call('GET', '/users/me', { as })).status, 200)
    await enrol(user)
    const { status, body } = await service.call('GET', '/users/me', { as })
    assert.deepEqual([status, body.code, body.challenge], [401, 'second_factor_required', undefined])
  })

  it('a browser session asks for the factor as well', async () => {
    const user = await service.createUser()
    const { secret } = await enrol(user)
    const headers = { 'sec-fetch-site': 'same-origin' }
    const begun = await service.call('POST', '/auth/session', {
      headers,
      body: { username: user.username, password },
    })
    assert.deepEqual([begun.status, begun.body.code], [401, 'second_factor_required'])
    assert.equal(begun.headers.get('set-cookie'), null)
    const opened = await service.call('POST', '/auth/session/continue', {
      headers,
      body: { challenge: begun.body.challenge, totp: codeOf(secret) },
    })
    assert.equal(opened.status, 200, opened.text)
    assert.match(opened.headers.get('set-cookie') ?? '', /HttpOnly/)
  })

  it('only the owner adds and removes an app, once', async () => {
    const user = await service.createUser()
    const call = (method: string, path: string, as: Credentials, body?: object) =>
      service.call(method, path, body ? { as, body } : { as })
    const wrong = await call('POST', '/users/me/totp', { ...admin, username: user.username }, {})
    assert.equal(wrong.status, 200)
    assert.equal((await call('POST', `/users/${user.id}/totp`, admin, {})).status, 403)
    const stranger = await service.createUser()
    assert.equal((await call('POST', `/users/${user.id}/totp`, stranger.token, {})).status, 404)
    await enrol(user)
    assert.equal((await call('POST', '/users/me/totp', user.token)).status, 409)
    assert.equal((await call('DELETE', '/users/me/totp', user.token)).status, 204)
    assert.equal((await login(user)).status, 200)
  })

  it('factors need a fresh proof, which any factor gives', async () => {
    const user = await service.createUser()
    const { secret, codes } = await enrol(user)
    const signIn = async () => {
      shiftClock(30)
      const opened = await answer(await challengeOf(user), { totp: codeOf(secret) })
      shiftClock(330)
      return opened.body.access_token as string
    }
    const token = await signIn()
    const call = (method: string, path: string, body: object = {}, as = token) =>
      service.call(method, `/users/me/${path}`, { as, body })
    const stepUp = (body: object, as = token) => service.call('POST', '/auth/step-up', { as, body })
    const routes = [
      ['POST', 'totp'],
      ['DELETE', 'totp'],
      ['POST', 'recovery-codes'],
    ] as const
    for (const [method, path] of routes) {
      const { status, body } = await call(method, path)
      assert.deepEqual([status, body.code], [403, 'reauthentication_required'], `${method} ${path}`)
      assert.deepEqual(body.methods, ['password', 'totp', 'recovery_code'])
    }
    assert.equal((await call('DELETE', 'totp', { current_password: 'wrong one' })).status, 401)
    const wrong = await stepUp({ totp: '000000' })
    assert.deepEqual([wrong.status, wrong.body.code], [401, 'invalid_code'])
    assert.equal((await stepUp({ totp: '000000', password })).status, 400)
    assert.equal((await stepUp({})).status, 400)
    const code = codeOf(secret)
    const twice = await Promise.all([stepUp({ totp: code }), stepUp({ totp: code })])
    assert.deepEqual(twice.map(({ status }) => status).sort(), [200, 401], 'a code proves once')
    const regenerated = await call('POST', 'recovery-codes')
    assert.equal(regenerated.status, 200)

    const other = await signIn()
    assert.equal((await stepUp({ recovery_code: codes[1] }, other)).status, 401, 'the codes from before')
    const [first] = regenerated.body.recovery_codes
    const used = await Promise.all([1, 2, 3].map(() => stepUp({ recovery_code: first }, other)))
    assert.deepEqual(used.map(({ status }) => status).sort(), [200, 401, 401])
    assert.equal((await call('DELETE', 'totp', {}, other)).status, 204)
  })

  it('codes typed for a proof are counted with those of sign-ins', async () => {
    const user = await service.createUser()
    const { secret } = await enrol(user)
    for (let turn = 0; turn < 10; turn += 1)
      await service.call('POST', '/auth/step-up', { as: user.token, body: { totp: '000000' } })
    const blocked = await service.call('POST', '/auth/step-up', {
      as: user.token,
      body: { totp: codeOf(secret) },
    })
    assert.equal(blocked.status, 429)
    assert.equal((await answer(await challengeOf(user), { totp: codeOf(secret) })).status, 429)
  })

  it('a factor that was not confirmed does not count', async () => {
    const user = await service.createUser()
    await service.call('POST', '/users/me/totp', { as: user.token, body: { current_password } })
    const begun = await service.call('POST', '/users/me/totp', { as: user.token, body: { current_password } })
    const confirm = (code: string) =>
      service.call('PUT', '/users/me/totp', { as: user.token, body: { code } })
    const wrong = await confirm('000000')
    assert.deepEqual([wrong.status, wrong.body.code], [401, 'invalid_code'])
    const slow = await confirm(codeOf(begun.body.secret, nowMs() - 240_000))
    assert.match(slow.body.detail, /The code is 4 minutes old/)
    assert.equal(slow.body.clock_minutes_behind, 4)
    const fast = await confirm(codeOf(begun.body.secret, nowMs() + 120_000))
    assert.match(fast.body.detail, /clock of the device is 2 minutes fast/)
    assert.equal(fast.body.clock_minutes_behind, -2)
    assert.equal((await login(user)).status, 200)
  })

  it('an administrator resets the factors of a user who lost the device, never their own', async () => {
    const user = await service.createUser()
    await enrol(user)
    const challenge = await challengeOf(user)
    assert.equal((await service.call('DELETE', '/users/me/factors', { as: user.token })).status, 403)
    const reset = await service.call('DELETE', `/users/${user.id}/factors`, { as: admin })
    assert.equal(reset.status, 204)
    assert.equal((await login(user)).status, 200)
    assert.equal((await answer(challenge, { totp: '000000' })).body.code, 'invalid_grant')
  })

  it('no secret, code or challenge is stored or logged in readable form', async () => {
    const user = await service.createUser()
    const { secret, codes } = await enrol(user)
    const challenge = await challengeOf(user)
    const { read } = service.roster.database
    const stored = JSON.stringify([
      await read.selectFrom('totp_factors').selectAll().execute(),
      await read.selectFrom('recovery_codes').selectAll().execute(),
      await read.selectFrom('sign_in_challenges').selectAll().execute(),
      await read.selectFrom('audit_events').selectAll().execute(),
      service.logs(),
    ])
    for (const hidden of [secret, ...codes, ...codes.map((code) => code.replaceAll('-', '')), challenge])
      assert.ok(!stored.includes(hidden))
  })
})
