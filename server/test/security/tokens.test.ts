import assert from 'node:assert/strict'
import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { createServer } from 'node:http'
import { before, describe, it } from 'node:test'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { systemCaller } from '../../src/caller.ts'
import { passTime, shiftClock } from '../../src/clock.ts'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { sharedDatabase, twoServices } from '../shared-database.ts'

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const decode = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString())

onBothEngines('access tokens', (engine) => {
  let service: Service
  let user: TestUser
  let header: Record<string, unknown>
  let claims: Record<string, unknown>
  before(async () => {
    service = await engine.start()
    user = await service.createUser()
    const [head, body] = user.token.split('.')
    header = decode(head!)
    claims = decode(body!)
  })
  const me = (token: string, headers?: Record<string, string>) =>
    service.call('GET', '/users/me', { as: token, ...(headers && { headers }) })
  const refused = async (token: string, why: string) => {
    const { status, body } = await me(token)
    assert.deepEqual([status, body.code], [401, 'invalid_token'], why)
  }
  /** Signed with our own key: only the claims or the header are wrong. */
  const ours = async (changes: object, headers: object = {}) => {
    const { key } = await service.roster.signingKeys.current('EdDSA')
    const text = `${encode({ ...header, ...headers })}.${encode({ ...claims, ...changes })}`
    return `${text}.${sign(null, Buffer.from(text), key).toString('base64url')}`
  }

  it('a token that we sign ourselves with the same claims is accepted', async () => {
    assert.equal((await me(await ours({}))).status, 200)
  })

  it('a library verifies a token with the published keys, as RFC 9068 has it', async () => {
    const keys = createLocalJWKSet((await service.call('GET', '/.well-known/jwks.json')).body as never)
    const { payload, protectedHeader } = await jwtVerify(user.token, keys, {
      typ: 'at+jwt',
      algorithms: ['EdDSA'],
      requiredClaims: ['iss', 'aud', 'sub', 'sid', 'client_id', 'jti', 'iat', 'exp'],
    })
    assert.deepEqual(Object.keys(protectedHeader).sort(), ['alg', 'kid', 'typ'])
    assert.deepEqual([payload.sub, payload['roles']], [user.id, ['user']])
    assert.equal(payload.exp! - payload.iat!, 600)
  })

  it('401 without a signature, whatever the algorithm is called', async () => {
    for (const alg of ['none', 'None', 'nOnE', 'EdDSA']) {
      await refused(`${encode({ ...header, alg })}.${encode(claims)}.`, alg)
      await refused(`${encode({ ...header, alg })}.${encode(claims)}`, alg)
      await refused(`${encode({ ...header, alg })}.${encode(claims)}.${user.token.split('.')[2]}x`, alg)
    }
  })

  it('401 for HMAC with our public key in any spelling, and for keys of others', async () => {
    const jwk = (await service.call('GET', '/.well-known/jwks.json')).body.keys[0]
    const raw = Buffer.from(jwk.x, 'base64url')
    const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw])
    const pem = `-----BEGIN PUBLIC KEY-----\n${der.toString('base64')}\n-----END PUBLIC KEY-----\n`
    const text = `${encode({ ...header, alg: 'HS256' })}.${encode(claims)}`
    for (const key of [raw, der, pem, ` ${pem}`, pem.trim(), JSON.stringify(jwk), jwk.x])
      await refused(`${text}.${createHmac('sha256', key).update(text).digest('base64url')}`, 'HS256')
    const { privateKey } = generateKeyPairSync('ed25519')
    const own = `${encode(header)}.${encode(claims)}`
    await refused(`${own}.${sign(null, Buffer.from(own), privateKey).toString('base64url')}`, 'own key')
  })

  it('401 for another audience, issuer, type, or for missing claims', async () => {
    const wrong: object[] = [
      ...['aud', 'iss', 'sub', 'sid', 'jti', 'exp', 'iat'].map((name) => ({ [name]: undefined })),
      { aud: 'https://evil.example' },
      { iss: 'https://evil.example' },
      { sub: '019a5f0e-7c1b-7d2e-9f3a-4b5c6d7e8f90' },
      { sid: '019a5f0e-7c1b-7d2e-9f3a-4b5c6d7e8f90' },
    ]
    for (const changes of wrong) await refused(await ours(changes), JSON.stringify(changes))
    for (const typ of ['JWT', 'rt+jwt', undefined]) await refused(await ours({}, { typ }), `typ ${typ}`)
    for (const kid of [undefined, '', '../../dev/null', "' or 1=1 --"])
      await refused(await ours({}, { kid }), 'kid')
  })

  it('401 for keys that the token contains or refers to, and their URLs are not requested', async () => {
    let asked = 0
    const canary = createServer((_, response) => {
      asked += 1
      response.end('{}')
    })
    await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(canary.address() as { port: number }).port}/keys`
    const { publicKey } = generateKeyPairSync('ed25519')
    for (const extra of [
      { jku: url },
      { x5u: url },
      { jwk: publicKey.export({ format: 'jwk' }) },
      { x5c: [publicKey.export({ format: 'der', type: 'spki' }).toString('base64')] },
      { crit: ['exp'] },
    ])
      await refused(await ours({}, extra), Object.keys(extra)[0]!)
    canary.close()
    assert.equal(asked, 0)
  })

  it('401 after expiry and for times that lie ahead, with 30 s of leeway', async () => {
    const seconds = Math.floor(Date.now() / 1000)
    await refused(await ours({ exp: seconds - 31 }), 'exp')
    await refused(await ours({ exp: seconds + 59.5 }), 'exp with a fraction')
    await refused(await ours({ nbf: seconds + 35 }), 'nbf')
    await refused(await ours({ iat: seconds + 300, exp: seconds + 900 }), 'iat')
    await refused(await ours({ iat: seconds - 700, exp: seconds + 600 }), 'too old, whatever exp says')
    const fresh = await service.createUser()
    shiftClock(600 + 31)
    try {
      await refused(fresh.token, 'expired by 31 s')
    } finally {
      shiftClock(-631)
    }
  })

  it('401 for any other spelling of a good token', async () => {
    const [head, body, signature] = user.token.split('.') as [string, string, string]
    const flipped = Buffer.from(signature, 'base64url')
    flipped[10]! ^= 1
    const last = signature.at(-1)!
    const twin = String.fromCharCode(last.charCodeAt(0) + 1)
    for (const token of [
      `${head}.${body}.${flipped.toString('base64url')}`,
      `${head}.${body}.${signature.slice(0, -1)}${twin}`,
      `${head}.${body}.${signature}==`,
      `${head}=.${body}.${signature}`,
      `${user.token}x`,
      `${user.token}.x`,
      `${user.token}.`,
      `${head}.${body}.${signature.replaceAll('_', '/').replaceAll('-', '+')}~`,
      head,
      'x',
    ])
      await refused(token, token.slice(-20))
  })

  it('the scheme is compared without case; a token in the query string does not count', async () => {
    const lower = await service.call('GET', '/users/me', {
      headers: { authorization: `bearer ${user.token}` },
    })
    assert.equal(lower.status, 200)
    const query = await service.call('GET', `/users/me?access_token=${user.token}`)
    assert.equal(query.status, 401)
    assert.ok(!JSON.stringify(service.logs()).includes(user.token))
  })

  it('401 without credentials names both schemes and no error', async () => {
    const { status, headers } = await service.call('GET', '/users/me')
    assert.equal(status, 401)
    const offered = headers.get('www-authenticate') ?? ''
    assert.match(offered, /Bearer/)
    assert.match(offered, /Basic/)
    assert.doesNotMatch(offered, /error=/)
  })

  it('an emergency rotation makes tokens worthless that were verified before', async () => {
    const victim = await service.createUser()
    assert.equal((await me(victim.token)).status, 200)
    await service.roster.signingKeys.rotate(systemCaller, true)
    await refused(victim.token, 'signed with a revoked key')
    const renewed = await service.call('POST', '/auth/refresh', { body: { refresh_token: victim.refresh } })
    assert.equal((await me(renewed.body.access_token)).status, 200)
  })
})

onBothEngines('access tokens signed with RS256', (engine) => {
  it('a library that knows RSA only verifies a token, and the service accepts it', async () => {
    const service = await engine.start({ ROSTER_TOKEN_ALGORITHM: 'RS256' })
    // As a verifier that starts before the first user signs in.
    const keys = createLocalJWKSet((await service.call('GET', '/.well-known/jwks.json')).body as never)
    const user = await service.createUser()
    const { payload, protectedHeader } = await jwtVerify(user.token, keys, {
      typ: 'at+jwt',
      algorithms: ['RS256'],
      issuer: 'http://roster.test',
    })
    assert.equal(protectedHeader.alg, 'RS256')
    assert.equal(payload.sub, user.id)
    assert.equal((await service.call('GET', '/users/me', { as: user.token })).status, 200)
    const [head, body, signature] = user.token.split('.') as [string, string, string]
    const flipped = Buffer.from(signature, 'base64url')
    flipped[10]! ^= 1
    for (const token of [
      `${head}.${body}.${flipped.toString('base64url')}`,
      `${encode({ ...decode(head), alg: 'EdDSA' })}.${body}.${signature}`,
      `${encode({ ...decode(head), alg: 'PS256' })}.${body}.${signature}`,
    ]) {
      const answer = await service.call('GET', '/users/me', { as: token })
      assert.deepEqual([answer.status, answer.body.code], [401, 'invalid_token'])
    }
  })

  it('tokens of both algorithms hold when the setting changes; one rotation replaces the keys of both', async () => {
    const DATABASE_URL = await sharedDatabase(engine)
    const before = await engine.start({ DATABASE_URL })
    const user = await before.createUser()
    const after = await engine.start({ DATABASE_URL, ROSTER_TOKEN_ALGORITHM: 'RS256' })
    assert.equal((await after.call('GET', '/users/me', { as: user.token })).status, 200)
    const { body: renewed } = await after.call('POST', '/auth/refresh', {
      body: { refresh_token: user.refresh },
    })
    assert.equal(decode(renewed.access_token.split('.')[0]).alg, 'RS256')
    const published = async () =>
      (await after.call('GET', '/.well-known/jwks.json')).body.keys
        .map((key: { alg: string }) => key.alg)
        .sort()
    assert.deepEqual(await published(), ['EdDSA', 'RS256'])
    await after.roster.signingKeys.rotate(systemCaller, true)
    assert.deepEqual(await published(), ['EdDSA', 'RS256'])
    for (const as of [user.token, renewed.access_token])
      assert.equal((await after.call('GET', '/users/me', { as })).status, 401)
  })
})

onBothEngines('keys of two replicas', (engine) => {
  it('a token of one is good at the other soon after an emergency rotation', async () => {
    const [here, there] = await twoServices(engine)
    const user = await here.createUser()
    const me = async (as: string) => (await there.call('GET', '/users/me', { as })).status
    assert.equal(await me(user.token), 200)
    await here.roster.signingKeys.rotate(systemCaller, true)
    const renewed = await here.call('POST', '/auth/refresh', { body: { refresh_token: user.refresh } })
    passTime(1)
    assert.equal(await me(renewed.body.access_token), 200)
  })

  it('one whose clock is behind that of the first key signs people in', async () => {
    const service = await engine.start()
    await service.createUser({ username: 'early' })
    shiftClock(-5)
    try {
      const body = { username: 'early', password }
      assert.equal((await service.call('POST', '/auth/login', { body })).status, 200)
    } finally {
      shiftClock(5)
    }
  })
})

describe('revocation', () => {
  onBothEngines('on another replica', (engine) => {
    let here: Service
    let there: Service
    let admin: TestUser
    before(async () => {
      const url = engine.name === 'postgres' ? await engine.createDatabase() : undefined
      here = await engine.start(url ? { DATABASE_URL: url } : {})
      there = url ? await engine.start({ DATABASE_URL: url }) : here
      admin = await here.admin()
    })
    const ends: Record<string, (user: TestUser) => Promise<number>> = {
      disable: async (user) =>
        (await here.call('PATCH', `/users/${user.id}`, { as: admin.token, body: { status: 'disabled' } }))
          .status,
      delete: async (user) => (await here.call('DELETE', `/users/${user.id}`, { as: admin.token })).status,
      logout: async (user) => (await here.call('POST', '/auth/logout', { as: user.token })).status,
      'end of all sessions': async (user) =>
        (await here.call('DELETE', `/users/${user.id}/sessions`, { as: admin.token })).status,
    }
    for (const [name, end] of Object.entries(ends)) {
      it(`${name}: no answer but 401 a second later`, async () => {
        const user = await here.createUser()
        const read = () => there.call('GET', '/users/me', { as: user.token })
        assert.equal((await read()).status, 200)
        assert.ok((await end(user)) < 300)
        passTime(1)
        for (let turn = 0; turn < 3; turn += 1) assert.equal((await read()).status, 401)
        const refresh = await there.call('POST', '/auth/refresh', { body: { refresh_token: user.refresh } })
        assert.deepEqual([refresh.status, refresh.body.code], [400, 'invalid_grant'])
      })
    }

    it('demotion and a smaller role: 403 a second later, also for the API key', async () => {
      await here.call('POST', '/roles', {
        as: admin.token,
        body: { name: 'reader', permissions: ['users:read', 'api_keys:write'] },
      })
      const user = await here.createUser({ roles: ['reader'] })
      const key = await here.call('POST', '/api-keys', {
        as: user.token,
        body: { name: 'k', permissions: ['users:read'] },
      })
      const statuses = () =>
        Promise.all(
          [user.token, key.body.secret].map(async (as) => (await there.call('GET', '/users', { as })).status),
        )
      assert.deepEqual(await statuses(), [200, 200])
      await here.call('PUT', '/roles/reader', { as: admin.token, body: { permissions: ['api_keys:write'] } })
      passTime(1)
      assert.deepEqual(await statuses(), [403, 403])
      await here.call('PUT', '/roles/reader', {
        as: admin.token,
        body: { permissions: ['users:read', 'api_keys:write'] },
      })
      passTime(1)
      assert.deepEqual(await statuses(), [200, 200])
      await here.call('PATCH', `/users/${user.id}`, { as: admin.token, body: { roles: ['user'] } })
      passTime(1)
      assert.deepEqual(await statuses(), [403, 403])
    })

    it('API keys: revoked, wrong and unknown ones get the same 401', async () => {
      const make = async () =>
        (
          await here.call('POST', '/api-keys', {
            as: admin.token,
            body: { name: 'k', permissions: ['users:read'] },
          })
        ).body
      const key = await make()
      assert.equal((await there.call('GET', '/users', { as: key.secret })).status, 200)
      await here.call('DELETE', `/api-keys/${key.id}`, { as: admin.token })
      passTime(1)
      const other = await make()
      const wrong = `${other.secret.slice(0, -1)}${other.secret.endsWith('A') ? 'B' : 'A'}`
      const bodies = []
      for (const as of [
        key.secret,
        wrong,
        other.secret.replace('rk_', 'sk_'),
        'rk_x',
        `rk_${'0'.repeat(32)}_${'A'.repeat(43)}`,
      ]) {
        const { status, body } = await there.call('GET', '/users', { as })
        assert.equal(status, 401)
        const { instance: _, ...rest } = body
        bodies.push(JSON.stringify(rest))
      }
      assert.equal(new Set(bodies).size, 1)
    })
  })
})
