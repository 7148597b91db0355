import assert from 'node:assert/strict'
import { registerHooks } from 'node:module'
import { after, before, describe, it } from 'node:test'
import { shiftClock } from '../../src/clock.ts'
import { createEngine, onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { type Algorithm, createAuthenticator } from './authenticator.ts'
import { countEvents } from './replicas.ts'

type Authenticator = ReturnType<typeof createAuthenticator>
type Signing = Parameters<Authenticator['sign']>[1]

const loaded: string[] = []
registerHooks({
  load(url, context, nextLoad) {
    loaded.push(url)
    return nextLoad(url, context)
  },
})

describe('the library for passkeys', () => {
  const { engine, cleanUp } = createEngine('sqlite')
  after(cleanUp)
  it('is loaded with the first passkey, not by starting, signing in or asking for options', async () => {
    const isLoaded = () => loaded.some((url) => url.includes('/@simplewebauthn/'))
    const service = await engine.start()
    const user = await service.createUser()
    await service.call('POST', '/auth/passkeys/options')
    await service.call('GET', '/users/me/factors', { as: user.token })
    assert.ok(loaded.length > 0)
    assert.equal(isLoaded(), false)
    await service.call('POST', '/users/me/passkeys/options', { as: user.token })
    assert.equal(isLoaded(), true)
  })
})

onBothEngines('passkeys', (engine) => {
  let service: Service
  let owner: TestUser
  let device: Authenticator
  let passkeyId: string
  let codes: string[]
  before(async () => {
    service = await engine.start()
    owner = await service.createUser({ username: 'owner' })
    device = createAuthenticator()
    const added = await add(owner, device)
    passkeyId = added.id
    codes = added.recovery_codes
  })

  const call = (method: string, path: string, user: TestUser | null, body?: object) =>
    service.call(method, path, { ...(user && { as: user.token }), ...(body && { body }) })
  const creation = async (user: TestUser) =>
    (await call('POST', '/users/me/passkeys/options', user)).body.options
  const add = async (user: TestUser, made: Authenticator, name = 'Laptop') => {
    const passkey = made.make(await creation(user))
    const { status, body, text } = await call('POST', '/users/me/passkeys', user, { name, passkey })
    assert.equal(status, 201, text)
    return body
  }
  const wanted = async (body: object = {}, user: TestUser | null = null) =>
    (await call('POST', '/auth/passkeys/options', user, body)).body
  const enter = async (made: Authenticator, signing?: Signing) => {
    const { challenge, options } = await wanted()
    return login(challenge, made.sign(options, signing))
  }
  const login = (challenge: string, passkey: object) =>
    call('POST', '/auth/login', null, { challenge, passkey })
  const begin = async (user: TestUser) => {
    const { status, body } = await call('POST', '/auth/login', null, { username: user.username, password })
    assert.deepEqual([status, body.code], [401, 'second_factor_required'])
    return body as { challenge: string; methods: string[] }
  }

  for (const algorithm of ['ES256', 'EdDSA', 'RS256'] satisfies Algorithm[])
    it(`one with ${algorithm} is added, named, listed, signs in without a name, and is removed`, async () => {
      const user = await service.createUser()
      const made = createAuthenticator(algorithm)
      const added = await add(user, made, '  Phone ')
      assert.equal(added.name, 'Phone')
      assert.equal(added.recovery_codes.length, 10)
      const opened = await enter(made, { backedUp: true })
      assert.equal(opened.status, 200, opened.text)
      assert.equal(opened.body.user.id, user.id)
      assert.deepEqual(amrOf(opened.body.access_token), ['pop', 'user', 'mfa'])
      await call('PATCH', `/users/me/passkeys/${added.id}`, user, { name: 'Old phone' })
      const { passkeys } = (await call('GET', '/users/me/factors', user)).body
      assert.deepEqual(
        passkeys.map(({ name, backed_up }: Record<string, unknown>) => [name, backed_up]),
        [['Old phone', true]],
      )
      assert.ok(passkeys[0].last_used_at)
      assert.equal((await call('DELETE', `/users/me/passkeys/${added.id}`, user)).status, 204)
      assert.equal((await enter(made)).body.code, 'invalid_credentials')
      const factors = (await call('GET', '/users/me/factors', user)).body
      assert.deepEqual(factors, { totp: null, passkeys: [], recovery_codes: null })
      assert.equal(
        (await call('POST', '/auth/login', null, { username: user.username, password })).status,
        200,
      )
    })

  it('the password alone no longer signs in; a passkey is the second step', async () => {
    const { challenge, methods } = await begin(owner)
    assert.deepEqual(methods, ['recovery_code', 'passkey'])
    const { options } = await wanted({ purpose: 'second_factor', challenge })
    assert.deepEqual(
      options.allowCredentials.map(({ id }: { id: string }) => id),
      [device.id],
    )
    const passkey = device.sign(options, { verified: false })
    const opened = await call('POST', '/auth/login/continue', null, { challenge, passkey })
    assert.equal(opened.status, 200, opened.text)
    assert.deepEqual(amrOf(opened.body.access_token), ['pwd', 'pop', 'mfa'])
    const again = await begin(owner)
    const replay = await call('POST', '/auth/login/continue', null, { challenge: again.challenge, passkey })
    assert.deepEqual([replay.status, replay.body.code], [401, 'invalid_passkey'])
    const code = { challenge: again.challenge, recovery_code: codes[0] }
    assert.equal((await call('POST', '/auth/login/continue', null, code)).status, 200)
    const basic = await service.call('GET', '/users/me', { as: { username: owner.username, password } })
    assert.equal(basic.body.code, 'second_factor_required')
  })

  it('a browser signs in with it and gets a cookie', async () => {
    const { challenge, options } = await wanted()
    const passkey = device.sign(options)
    const headers = { 'sec-fetch-site': 'same-origin' }
    const opened = await service.call('POST', '/auth/session', { headers, body: { challenge, passkey } })
    assert.equal(opened.status, 200, opened.text)
    assert.match(opened.headers.get('set-cookie') ?? '', /HttpOnly/)
  })

  it('it is a fresh proof, bound to the user who requested the options', async () => {
    const user = await service.createUser()
    const made = createAuthenticator()
    await add(user, made)
    shiftClock(360)
    try {
      const remove = () =>
        call('DELETE', `/users/me/passkeys/${'0'.repeat(8)}-0000-4000-8000-${'0'.repeat(12)}`, user)
      const { status, body } = await remove()
      assert.deepEqual([status, body.methods], [403, ['password', 'recovery_code', 'passkey']])
      const signIn = made.sign((await wanted()).options)
      const wrong = await call('POST', '/auth/step-up', user, { passkey: signIn })
      assert.deepEqual([wrong.status, wrong.body.code], [401, 'invalid_passkey'])
      const passkey = made.sign((await wanted({ purpose: 'step_up' }, user)).options)
      assert.equal((await call('POST', '/auth/step-up', user, { passkey })).status, 200)
      assert.equal((await remove()).status, 404)
      assert.equal((await call('POST', '/auth/passkeys/options', null, { purpose: 'step_up' })).status, 401)
    } finally {
      shiftClock(-360)
    }
  })

  it('forged, foreign and unverified answers open nothing', async () => {
    const failures = await countEvents(service, 'auth.login.failure')
    const wrong: [string, Signing][] = [
      ['another origin', { origin: 'http://evil.test' }],
      ['another host', { rpId: 'evil.test' }],
      ['no verification of the person', { verified: false }],
      ['another kind of answer', { type: 'webauthn.create' }],
      ['a broken signature', { broken: true }],
      ['the handle of somebody else', { userHandle: Buffer.alloc(16).toString('base64url') }],
    ]
    for (const [name, faults] of wrong) {
      const { status, body } = await enter(device, faults)
      assert.deepEqual([status, body.code], [401, 'invalid_credentials'], name)
    }
    assert.equal(await countEvents(service, 'auth.login.failure'), failures + wrong.length)
    assert.equal((await enter(createAuthenticator())).body.code, 'invalid_credentials', 'an unknown passkey')
  })

  it('a counter that goes back or stands still is refused; one that is never used is fine', async () => {
    assert.equal((await enter(device, { counter: 1000 })).status, 200)
    assert.equal((await enter(device, { counter: 1000 })).status, 401)
    assert.equal((await enter(device, { counter: 5 })).status, 401)
    assert.equal((await enter(device, { counter: 0 })).status, 401)
    assert.equal((await enter(device, { counter: 1001 })).status, 200)
    const user = await service.createUser()
    const still = createAuthenticator('ES256', { counts: false })
    await add(user, still)
    for (let turn = 0; turn < 2; turn += 1) assert.equal((await enter(still)).status, 200)
  })

  it('a challenge is good once, for five minutes, for what and for whom it was made', async () => {
    const first = await wanted()
    const passkey = device.sign(first.options)
    assert.equal((await login(first.challenge, passkey)).status, 200)
    assert.equal((await login(first.challenge, passkey)).body.code, 'invalid_grant', 'a replay')
    const late = await wanted()
    shiftClock(301)
    assert.equal((await login(late.challenge, device.sign(late.options))).body.code, 'invalid_grant')
    shiftClock(-301)
    const other = await wanted()
    assert.equal((await login(late.challenge, device.sign(other.options))).body.code, 'invalid_grant')
    const invented = { challenge: 'A'.repeat(51), rpId: 'roster.test' }
    assert.equal((await login(invented.challenge, device.sign(invented))).body.code, 'invalid_grant')

    const stranger = await service.createUser()
    const mine = createAuthenticator()
    const theirs = mine.make(await creation(stranger))
    const crossed = await call('POST', '/users/me/passkeys', owner, { name: 'x', passkey: theirs })
    assert.equal(crossed.body.code, 'invalid_grant', 'the options of somebody else')
    const made = mine.make(await creation(stranger), { origin: 'http://evil.test' })
    const foreign = await call('POST', '/users/me/passkeys', stranger, { name: 'x', passkey: made })
    assert.deepEqual([foreign.status, foreign.body.errors[0].code], [400, 'invalid_passkey'])
    await add(stranger, mine)
    const twice = mine.make(await creation(owner))
    assert.equal((await call('POST', '/users/me/passkeys', owner, { name: 'x', passkey: twice })).status, 409)

    const step = await begin(owner)
    const { options } = await wanted({ purpose: 'second_factor', challenge: step.challenge })
    const wrong = { challenge: step.challenge, passkey: mine.sign(options) }
    assert.equal((await call('POST', '/auth/login/continue', null, wrong)).body.code, 'invalid_passkey')
    const another = await begin(owner)
    const { options: asked } = await wanted({ purpose: 'second_factor', challenge: step.challenge })
    const moved = { challenge: another.challenge, passkey: device.sign(asked) }
    assert.equal((await call('POST', '/auth/login/continue', null, moved)).body.code, 'invalid_passkey')
  })

  it('of many concurrent uses of one answer, one opens a session', async () => {
    const still = createAuthenticator('EdDSA', { counts: false })
    await add(owner, still, 'Key')
    const { challenge, options } = await wanted()
    const passkey = still.sign(options)
    const answers = await Promise.all(Array.from({ length: 8 }, () => login(challenge, passkey)))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [
      200,
      ...Array.from({ length: 7 }, () => 400),
    ])
    // The same number from the authenticator, in answers to different challenges: it was copied.
    const counting = createAuthenticator()
    await add(owner, counting, 'Copied')
    const asked = await Promise.all(Array.from({ length: 5 }, () => wanted()))
    const signed = asked.map((one) => [one.challenge, counting.sign(one.options, { counter: 7 })] as const)
    const copies = await Promise.all(signed.map(([one, passkey]) => login(one, passkey)))
    assert.equal(copies.filter(({ status }) => status === 200).length, 1)
  })

  it('only the owner manages them; a disabled user, an erased passkey and a reset end them', async () => {
    const admin = await service.admin()
    const stranger = await service.createUser()
    const path = `/users/${owner.id}/passkeys`
    assert.equal((await call('POST', `${path}/options`, admin)).status, 403)
    assert.equal((await call('PATCH', `${path}/${passkeyId}`, admin, { name: 'x' })).status, 403)
    assert.equal((await call('DELETE', `${path}/${passkeyId}`, admin)).status, 403)
    assert.equal((await call('DELETE', `/users/me/passkeys/${passkeyId}`, stranger)).status, 404)
    assert.equal((await call('PATCH', `/users/me/passkeys/${passkeyId}`, owner, { name: '  ' })).status, 400)
    const seen = (await call('GET', `/users/${owner.id}/factors`, admin)).body.passkeys[0]
    assert.deepEqual(Object.keys(seen).sort(), [
      ...['backed_up', 'created_at', 'id', 'last_used_at', 'name', 'product'],
    ])

    const disable = (status: string) => call('PATCH', `/users/${owner.id}`, admin, { status })
    const waiting = await wanted()
    const passkey = device.sign(waiting.options, { counter: 3000 })
    await disable('disabled')
    assert.equal((await login(waiting.challenge, passkey)).body.code, 'invalid_credentials')
    await disable('active')
    assert.equal((await enter(device, { counter: 3001 })).status, 200)
    assert.equal((await call('DELETE', `/users/${owner.id}/factors`, admin)).status, 204)
    assert.equal((await enter(device, { counter: 3002 })).body.code, 'invalid_credentials')
  })

  it('malformed answers are refused, and the ways to sign in do not mix', async () => {
    const { challenge, options } = await wanted()
    const passkey = device.sign(options)
    const answer = (response: object) => ({ ...passkey, response: { ...passkey.response, ...response } })
    for (const bad of [
      {},
      { ...passkey, type: 'password' },
      { ...passkey, id: 5 },
      { ...passkey, response: {} },
    ])
      assert.equal((await login(challenge, bad)).status, 400)
    for (const response of [
      { clientDataJSON: 'e30' },
      { clientDataJSON: '!!' },
      { clientDataJSON: 'bnVsbA' },
    ])
      assert.equal((await login(challenge, answer(response))).body.code, 'invalid_grant')
    const rest = { authenticatorData: 'AAAA', signature: '' }
    assert.equal((await login((await wanted()).challenge, answer(rest))).status, 400)
    const mixed = await call('POST', '/auth/login', null, { username: 'owner', challenge, passkey })
    assert.equal(mixed.status, 400)
    const half = await call('POST', '/auth/login', null, { challenge })
    assert.deepEqual(
      half.body.errors.map(({ pointer }: { pointer: string }) => pointer),
      ['/passkey'],
    )
    const none = await call('POST', '/auth/passkeys/options', null, {
      purpose: 'second_factor',
      challenge: 'x',
    })
    assert.equal(none.body.code, 'invalid_grant')
  })
})

function amrOf(token: string): string[] {
  const { acr, amr } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())
  assert.equal(acr, 'aal2')
  return amr
}
