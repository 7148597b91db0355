import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { Secret, TOTP } from 'otpauth'
import { nowMs, shiftClock } from '../../src/clock.ts'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'

onBothEngines('a trusted browser', (engine) => {
  let service: Service
  let user: TestUser
  let totp: TOTP
  let trusted: string
  before(async () => {
    service = await engine.start()
    user = await service.createUser()
    const begun = await service.call('POST', '/users/me/totp', { as: user.token })
    totp = new TOTP({ secret: Secret.fromBase32(begun.body.secret) })
    const body = { code: totp.generate({ timestamp: nowMs() }) }
    assert.equal((await service.call('PUT', '/users/me/totp', { as: user.token, body })).status, 200)
  })
  /** With other cookies than those of the harness, which has none. */
  const post = (path: string, body: object, cookie?: string) =>
    service.call('POST', path, {
      body,
      headers: { 'sec-fetch-site': 'same-origin', ...(cookie && { cookie }) },
    })
  const signIn = (cookie?: string, secret = password) =>
    post('/auth/session', { username: user.username, password: secret }, cookie)
  const cookiesOf = (headers: Headers) => headers.getSetCookie().map((each) => each.split(';')[0]!)
  const trustedOf = (headers: Headers) =>
    cookiesOf(headers).find((each) => each.startsWith('roster_trusted=')) ?? ''
  /** Signs in with both steps. */
  const signInWhole = async (more: object, secret = password) => {
    const first = await signIn(undefined, secret)
    assert.equal(first.body.code, 'second_factor_required')
    assert.equal(first.body.trusted_browser_days, 30)
    shiftClock(30)
    const code = totp.generate({ timestamp: nowMs() })
    const answer = { challenge: first.body.challenge, totp: code, ...more }
    const done = await post('/auth/session/continue', answer)
    assert.equal(done.status, 200)
    return done
  }
  const list = async (as: string) =>
    (await service.call('GET', `/users/${user.id}/trusted-browsers`, { as })).body

  it('is one only when the user says so, and not on a shared computer', async () => {
    assert.equal(trustedOf((await signInWhole({})).headers), '')
    const shared = await signInWhole({ trust_browser: true, shared_computer: true })
    assert.equal(trustedOf(shared.headers), '')
    trusted = trustedOf((await signInWhole({ trust_browser: true })).headers)
    assert.match(trusted, /^roster_trusted=[A-Za-z0-9_-]{43}$/)
  })

  it('is not asked for the second factor, but for the password', async () => {
    assert.equal((await signIn(trusted)).status, 200)
    assert.equal((await signIn(trusted, 'wrong password')).body.code, 'invalid_credentials')
    assert.equal((await signIn()).body.code, 'second_factor_required')
    assert.equal((await signIn(`${trusted}x`)).body.code, 'second_factor_required')
    const other = await service.createUser()
    const begun = await service.call('POST', '/users/me/totp', { as: other.token })
    const code = new TOTP({ secret: Secret.fromBase32(begun.body.secret) }).generate({ timestamp: nowMs() })
    await service.call('PUT', '/users/me/totp', { as: other.token, body: { code } })
    const ofOther = await post('/auth/session', { username: other.username, password }, trusted)
    assert.equal(ofOther.body.code, 'second_factor_required', 'the cookie is good for one user')
    const program = await service.call('POST', '/auth/login', {
      body: { username: user.username, password },
      headers: { cookie: trusted },
    })
    assert.equal(program.body.code, 'second_factor_required', 'programs have no trusted browser')
    assert.deepEqual((await list(user.token)).length, 1)
  })

  it('is listed and removed by the user, and by an administrator', async () => {
    const [browser] = await list((await service.admin()).token)
    assert.deepEqual(Object.keys(browser).sort(), [
      'created_at',
      'expires_at',
      'id',
      'last_used_at',
      'user_agent',
    ])
    const other = await service.createUser()
    const path = `/users/${user.id}/trusted-browsers/${browser.id}`
    assert.equal((await service.call('DELETE', path, { as: other.token })).status, 404)
    assert.equal((await service.call('DELETE', path, { as: user.token })).status, 204)
    assert.equal((await service.call('DELETE', path, { as: user.token })).status, 404)
    assert.equal((await signIn(trusted)).body.code, 'second_factor_required')
  })

  it('ends after 30 days, with a new password, and with all sessions', async () => {
    const days = 30 * 24 * 3600
    trusted = trustedOf((await signInWhole({ trust_browser: true })).headers)
    shiftClock(days)
    assert.equal((await signIn(trusted)).body.code, 'second_factor_required')
    shiftClock(-days)
    assert.equal((await signIn(trusted)).status, 200)
    const chosen = 'another horse battery'
    const body = { current_password: password, password: chosen }
    const changed = await service.call('PUT', '/users/me/password', { as: user.token, body })
    assert.equal(changed.status, 204)
    assert.equal((await signIn(trusted, chosen)).body.code, 'second_factor_required')
    assert.deepEqual(await list((await service.admin()).token), [])
    trusted = trustedOf((await signInWhole({ trust_browser: true }, chosen)).headers)
    const ended = await service.call('DELETE', '/users/me/sessions', { as: user.token })
    assert.equal(ended.status, 204)
    assert.equal((await signIn(trusted, chosen)).body.code, 'second_factor_required')
  })
})

onBothEngines('a trusted browser in a network that the account does not know', (engine) => {
  it('opens the account while strangers guess, and its own wrong passwords count', async () => {
    const service = await engine.start({ ROSTER_RATE_LIMITS: 'on', ROSTER_TRUSTED_PROXIES: '127.0.0.1' })
    const user = await service.createUser()
    const begun = await service.call('POST', '/users/me/totp', { as: user.token })
    const totp = new TOTP({ secret: Secret.fromBase32(begun.body.secret) })
    const code = () => totp.generate({ timestamp: nowMs() })
    await service.call('PUT', '/users/me/totp', { as: user.token, body: { code: code() } })
    const post = (path: string, body: object, address: string, cookie?: string) =>
      service.call('POST', path, {
        body,
        headers: { 'sec-fetch-site': 'same-origin', 'x-forwarded-for': address, ...(cookie && { cookie }) },
      })
    const signIn = (address: string, cookie?: string, secret = password, username = user.username) =>
      post('/auth/session', { username, password: secret }, address, cookie)
    const first = await signIn('198.51.100.1')
    shiftClock(30)
    const answer = { challenge: first.body.challenge, totp: code(), trust_browser: true }
    const done = await post('/auth/session/continue', answer, '198.51.100.1')
    const cookie = done.headers
      .getSetCookie()
      .map((each) => each.split(';')[0]!)
      .find((each) => each.startsWith('roster_trusted='))

    await service.roster.database.transaction((tx) =>
      tx.updateTable('passwords').set({ failures: 100 }).where('user_id', '=', user.id).execute(),
    )
    for (let at = 0; at < 31; at += 1) await signIn(`203.0.113.${at}`, undefined, 'wrong password')
    assert.equal((await signIn('192.0.2.1')).status, 429, 'an unknown network waits')
    assert.equal((await signIn('192.0.2.2', cookie)).status, 200)
    assert.equal((await signIn('192.0.2.3', `${cookie}x`)).status, 429, 'another cookie is none')
    const other = await service.createUser()
    const ofOther: number[] = []
    for (let at = 0; at < 32; at += 1)
      ofOther.push((await signIn(`203.0.113.${100 + at}`, cookie, 'wrong password', other.username)).status)
    assert.equal(ofOther.at(-1), 429, 'it is good for one user')
    const wrong: number[] = []
    for (let at = 0; at < 6; at += 1)
      wrong.push((await signIn(`192.0.2.${10 + at}`, cookie, 'wrong password')).status)
    assert.deepEqual(wrong, [401, 401, 401, 401, 401, 429], 'wherever it is')
  })
})
