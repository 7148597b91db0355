/** Hostile and malformed codes and passkeys, each with its exact answer. */
import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { Secret, TOTP } from 'otpauth'
import { nowMs, shiftClock } from '../../src/clock.ts'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { attestationOf, bytes, createAuthenticator, int, text } from './authenticator.ts'

const codeOf = (secret: string, atMs = nowMs()) =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: atMs })
/** To the first moment of a step, so that the codes of a test belong to the steps it means. */
const toNextStep = () => shiftClock((30_000 - (nowMs() % 30_000)) / 1000)

onBothEngines('codes of an authenticator app and recovery codes', (engine) => {
  let service: Service
  let user: TestUser
  let secret: string
  let codes: string[]
  before(async () => {
    service = await engine.start()
    user = await service.createUser()
    secret = (await call('POST', '/users/me/totp')).body.secret
    codes = (await call('PUT', '/users/me/totp', { code: codeOf(secret) })).body.recovery_codes
    toNextStep()
    shiftClock(30)
  })
  const call = (method: string, path: string, body: object = {}) =>
    service.call(method, path, { as: user.token, body })
  const stepUp = (body: object) => call('POST', '/auth/step-up', body)
  const refresh = async () => {
    const { body } = await service.call('POST', '/auth/refresh', {
      body: { refresh_token: user.refresh },
    })
    user = { ...user, token: body.access_token, refresh: body.refresh_token }
  }
  const countMails = async () => {
    const { read } = service.roster.database
    const mails = read.selectFrom('mail_outbox').select('id').where('template', '=', 'factors-changed')
    return (await mails.execute()).length
  }

  it('a code of the step before or after is right, a farther one wrong, and none works after a later one', async () => {
    toNextStep()
    const at = nowMs()
    const answers = []
    for (const seconds of [60, -60, -30, 30, 0, 30])
      answers.push(await stepUp({ totp: codeOf(secret, at + seconds * 1000) }))
    assert.deepEqual(
      answers.map(({ status }) => status),
      [401, 401, 200, 200, 401, 401],
    )
    const [ahead, behind] = answers
    assert.equal(ahead?.body.clock_minutes_behind, undefined, 'a code of the future opens the account later')
    assert.equal(behind?.body.clock_minutes_behind, 1)
    assert.match(behind?.body.detail, /^The code is 1 minute old\. Type the one that the app shows now/)
  })

  it('a code is six ASCII digits in a string, with blanks anywhere', async () => {
    toNextStep()
    shiftClock(30)
    const code = codeOf(secret)
    const wide = code.replace(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit)))
    const statuses = []
    for (const totp of [Number(code), 123456.5, null, [code], wide, `${code}0`, code.slice(1)])
      statuses.push((await stepUp({ totp })).status)
    assert.deepEqual(statuses, [400, 400, 400, 400, 400, 401, 401])
    assert.equal((await stepUp({ totp: ` ${code.slice(0, 3)} ${code.slice(3)}` })).status, 200)
  })

  it('ten recovery codes, each sent eight times at the same time and typed in several ways, work ten times', async () => {
    const typings = [
      (code: string) => code,
      (code: string) => code.toLowerCase(),
      (code: string) => code.replaceAll('-', ''),
      (code: string) => ` ${code.replaceAll('-', ' ')} `,
    ]
    let worked = 0
    for (const code of codes) {
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, at) => stepUp({ recovery_code: typings[at % typings.length]!(code) })),
      )
      for (const { status } of answers) {
        assert.ok(status === 200 || status === 401, String(status))
        if (status === 200) worked += 1
      }
    }
    assert.equal(worked, 10)
    codes = (await call('POST', '/users/me/recovery-codes')).body.recovery_codes
  })

  it('a hundred wrong codes in a row close the app until a recovery code is used', async () => {
    const before = await countMails()
    for (let hour = 0; hour < 10; hour += 1) {
      await refresh()
      const wrong = await Promise.all(Array.from({ length: 10 }, () => stepUp({ totp: '00000' })))
      assert.deepEqual(new Set(wrong.map(({ status }) => status)), new Set([401]))
      if (hour < 9) assert.equal((await stepUp({ totp: codeOf(secret) })).status, 429)
      shiftClock(3600)
    }
    assert.equal((await countMails()) - before, 10, 'nine of a blocked hour, and one that the app is closed')
    await refresh()
    const closed = await stepUp({ totp: codeOf(secret) })
    assert.deepEqual([closed.status, closed.body.code], [401, 'invalid_code'])
    assert.match(closed.body.detail, /^After 100 wrong codes in a row the app is refused/)
    const login = await service.call('POST', '/auth/login', { body: { username: user.username, password } })
    assert.deepEqual(login.body.methods, ['recovery_code'], 'the account still needs a second factor')
    const { token } = await service.admin()
    const isLocked = async () =>
      (await service.call('GET', `/users/${user.id}/factors`, { as: token })).body.totp.locked as boolean
    assert.equal(await isLocked(), true, 'administrators see it')
    assert.equal((await stepUp({ recovery_code: codes[0] })).status, 200)
    assert.equal(await isLocked(), false)
    assert.equal((await stepUp({ totp: codeOf(secret) })).status, 200)
  })

  it('a recovery code works in an hour in which codes of the app are refused', async () => {
    shiftClock(30)
    for (let turn = 0; turn < 10; turn += 1) await stepUp({ totp: '00000' })
    assert.equal((await stepUp({ totp: codeOf(secret) })).status, 429)
    assert.equal((await stepUp({ recovery_code: codes[1] })).status, 200)
    assert.equal((await stepUp({ totp: codeOf(secret) })).status, 200)
  })

  it('a new app counts from its first code, which must come within ten minutes, and each start has a new secret', async () => {
    const other = await service.createUser()
    const as = { username: other.username, password }
    const begin = async () =>
      (await service.call('POST', '/users/me/totp', { as, body: {} })).body.secret as string
    const confirm = (code: string) => service.call('PUT', '/users/me/totp', { as, body: { code } })
    const first = await begin()
    const second = await begin()
    assert.notEqual(first, second)
    assert.equal((await confirm(codeOf(first))).status, 401)
    assert.equal((await service.call('GET', '/users/me/factors', { as })).body.totp, null)
    shiftClock(600)
    const late = await confirm(codeOf(second))
    assert.deepEqual([late.status, late.body.code], [400, 'invalid_grant'])
    assert.equal((await confirm(codeOf(await begin()))).status, 200)
  })
})

onBothEngines('answers of passkeys', (engine) => {
  let service: Service
  let user: TestUser
  const device = createAuthenticator()
  before(async () => {
    service = await engine.start()
    user = await service.createUser()
    assert.equal((await add()).status, 201)
  })
  const call = (method: string, path: string, body: object = {}) =>
    service.call(method, path, { as: user.token, body })
  const add = async (faults: Parameters<typeof device.make>[1] = {}, made = device) => {
    const { options } = (await call('POST', '/users/me/passkeys/options')).body
    return call('POST', '/users/me/passkeys', { name: 'Key', passkey: made.make(options, faults) })
  }
  const signIn = async (faults: Parameters<typeof device.sign>[1]) => {
    const { challenge, options } = (await service.call('POST', '/auth/passkeys/options', { body: {} })).body
    return service.call('POST', '/auth/login', { body: { challenge, passkey: device.sign(options, faults) } })
  }

  it('those of another host, subdomain, scheme, port or frame add nothing and open nothing', async () => {
    const elsewhere = [
      { origin: 'http://evil.test' },
      { origin: 'http://app.roster.test' },
      { origin: 'http://roster.test.evil.test' },
      { origin: 'https://roster.test' },
      { origin: 'http://roster.test:8080' },
      { origin: 'null' },
      { rpId: 'evil.test' },
      { rpId: 'app.roster.test' },
      { crossOrigin: true },
    ]
    for (const faults of elsewhere) {
      const name = JSON.stringify(faults)
      const added = await add(faults, createAuthenticator())
      assert.deepEqual([added.status, added.body.errors?.[0].code], [400, 'invalid_passkey'], name)
      const opened = await signIn(faults)
      assert.deepEqual([opened.status, opened.body.code], [401, 'invalid_credentials'], name)
    }
    assert.equal((await signIn({})).status, 200)
  })

  it('an attestation is none or by the passkey itself; others, weak keys and hostile CBOR are refused', async () => {
    const own = createAuthenticator()
    const added = await add(
      { attestation: own.selfAttestation, aaguid: 'd548826e-79b4-db40-a3d8-11116f7e8349' },
      own,
    )
    assert.deepEqual([added.status, added.body.product], [201, 'Bitwarden'])
    const head = (hex: string, rest = Buffer.alloc(0)) => Buffer.concat([Buffer.from(hex, 'hex'), rest])
    const refused: Record<string, Parameters<typeof device.make>[1]> = {
      'an unknown format': { attestation: (data) => attestationOf('homemade', [], data) },
      'a certificate of a maker': {
        attestation: (data) =>
          attestationOf(
            'packed',
            [
              [text('alg'), int(-7)],
              [text('sig'), bytes(Buffer.alloc(64))],
              [text('x5c'), head('81', bytes(Buffer.alloc(300)))],
            ],
            data,
          ),
      },
      'a format of certificates': { attestation: (data) => attestationOf('apple', [], data) },
      'none with a statement': {
        attestation: (data) => attestationOf('none', [[text('alg'), int(-7)]], data),
      },
      'RSA with SHA-1': { keyAlgorithm: -65535 },
      'an unknown algorithm': { keyAlgorithm: -260 },
      'nested arrays': { attestation: () => Buffer.alloc(14_000, 0x81) },
      'nested maps': { attestation: () => Buffer.alloc(14_000, Buffer.from('a16161', 'hex')) },
      'nested tags': { attestation: () => Buffer.alloc(14_000, 0xc1) },
      'an array of two thousand million': { attestation: () => head('9a7fffffff', Buffer.alloc(14_000)) },
      'a map of two thousand million': { attestation: () => head('ba7fffffff', Buffer.alloc(14_000)) },
      'a string longer than memory': { attestation: () => head('5b001fffffffffffff') },
      'a number': { attestation: () => head('01') },
      'more than a body may have': { attestation: () => Buffer.alloc(20_000) },
      nothing: { attestation: () => head('a0') },
    }
    for (const [name, faults] of Object.entries(refused)) {
      const { status, body } = await add(faults, createAuthenticator())
      assert.deepEqual([status, body.code], [400, 'invalid_input'], name)
    }
    const { passkeys } = (await service.call('GET', '/users/me/factors', { as: user.token })).body
    assert.deepEqual(
      passkeys.map(({ product }: { product: string | null }) => product),
      [null, 'Bitwarden'],
    )
  })

  it('a factor that is removed during a sign-in does not finish it, and the last one ends it', async () => {
    const owner = await service.createUser()
    const as = owner.token
    const send = (method: string, path: string, body?: object) =>
      service.call(method, path, { as, ...(body && { body }) })
    const key = createAuthenticator()
    const { options } = (await send('POST', '/users/me/passkeys/options')).body
    const { id } = (await send('POST', '/users/me/passkeys', { name: 'Key', passkey: key.make(options) }))
      .body
    const { secret } = (await send('POST', '/users/me/totp', {})).body
    assert.equal((await send('PUT', '/users/me/totp', { code: codeOf(secret) })).status, 200)
    const begin = async () => {
      const { body } = await service.call('POST', '/auth/login', {
        body: { username: owner.username, password },
      })
      return body.challenge as string
    }
    const finish = async (challenge: string, answer: object) => {
      const { status, body } = await service.call('POST', '/auth/login/continue', {
        body: { challenge, ...answer },
      })
      return [status, body.code]
    }
    const waiting = await begin()
    const asked = await service.call('POST', '/auth/passkeys/options', {
      body: { purpose: 'second_factor', challenge: waiting },
    })
    const passkey = key.sign(asked.body.options)
    assert.equal((await send('DELETE', `/users/me/passkeys/${id}`)).status, 204)
    assert.deepEqual(await finish(waiting, { passkey }), [401, 'invalid_passkey'])
    shiftClock(30)
    const totp = codeOf(secret)
    assert.equal((await send('DELETE', '/users/me/totp')).status, 204)
    assert.deepEqual(await finish(waiting, { totp }), [400, 'invalid_grant'])
  })

  it('a wrong password is answered alike whether or not the account has a factor or exists', async () => {
    const plain = await service.createUser()
    const answers = []
    for (const username of [user.username, plain.username, 'nobody-has-this-name']) {
      const body = { username, password: 'wrong horse battery' }
      const { status, headers, body: said } = await service.call('POST', '/auth/login', { body })
      answers.push([status, said.code, said.detail, Object.keys(said), [...headers.keys()].sort()])
    }
    assert.deepEqual(answers[0], answers[1])
    assert.deepEqual(answers[1], answers[2])
    const unknown = await service.call('POST', '/auth/login/continue', {
      body: { challenge: `sc_${'A'.repeat(43)}`, totp: '123456' },
    })
    assert.deepEqual([unknown.status, unknown.body.code], [400, 'invalid_grant'])
  })

  it('the handle of another user, or a passkey of another user, opens nothing', async () => {
    const stranger = await service.createUser()
    const userHandle = Buffer.from(stranger.id.replaceAll('-', ''), 'hex').toString('base64url')
    assert.equal((await signIn({ userHandle })).status, 401)
    assert.equal((await signIn({ userHandle: '' })).status, 200, 'authenticators without handles send none')
  })
})
