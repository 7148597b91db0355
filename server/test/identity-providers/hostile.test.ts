/** Providers with false answers, and browsers with the codes and states of others. */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, it } from 'node:test'
import { decodeJwt, SignJWT } from 'jose'
import { shiftClock } from '../../src/clock.ts'
import { onBothEngines, type Service, type TestUser } from '../harness.ts'
import { callbackOf, isNext, publicUrl, signingIn } from './signing-in.ts'
import { startUpstream, type Upstream } from './upstream.ts'

onBothEngines('a hostile sign-in through a provider', (engine) => {
  let service: Service
  let admin: TestUser
  let upstream: Upstream
  let other: Upstream
  const { register, enter, callback, whoIs, travel } = signingIn(
    () => service,
    () => admin,
  )
  before(async () => {
    upstream = await startUpstream([callbackOf('corp')])
    other = await startUpstream([callbackOf('other')])
    service = await engine.start({ ROSTER_OUTGOING_NETWORKS: '127.0.0.0/8' })
    admin = await service.admin()
    const client = { client_id: 'roster', client_secret: 'upstream-secret', sign_up: 'open' }
    await register({ kind: 'oidc', id: 'corp', issuer: upstream.issuer, ...client })
    await register({ kind: 'oidc', id: 'other', issuer: other.issuer, ...client })
  })
  after(() => Promise.all([upstream.stop(), other.stop()]))

  const countUsers = async () =>
    Number(
      (await service.call('GET', '/users?limit=1&count=exact', { as: admin.token })).headers.get(
        'x-total-count',
      ),
    )
  const errorOf = (url: URL) => url.searchParams.get('provider_error')

  it('an ID token that was not made by the provider for this sign-in opens nothing', async () => {
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    const hour = 3600
    const lies: Record<string, Partial<Pick<Upstream, 'lie' | 'forge'>>> = {
      'another issuer': { lie: (claims) => ({ ...claims, iss: other.issuer }) },
      'another audience': { lie: (claims) => ({ ...claims, aud: 'somebody-else' }) },
      'another nonce': { lie: (claims) => ({ ...claims, nonce: 'a-nonce-of-another-sign-in' }) },
      'no nonce': { lie: ({ nonce: _, ...claims }) => claims },
      'no subject': { lie: ({ sub: _, ...claims }) => claims },
      expired: {
        lie: (claims) => ({
          ...claims,
          iat: Number(claims['iat']) - 2 * hour,
          exp: Number(claims['iat']) - hour,
        }),
      },
      'another key': {
        forge: (token) =>
          new SignJWT(decodeJwt(token)).setProtectedHeader({ alg: 'ES256', kid: 'upstream' }).sign(stranger),
      },
      'no signature': {
        forge: (token) => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${token.split('.')[1]}.`,
      },
      'the secret as key': {
        forge: (token) =>
          new SignJWT(decodeJwt(token))
            .setProtectedHeader({ alg: 'HS256' })
            .sign(Buffer.from('upstream-secret')),
      },
      'a changed claim': {
        forge: (token) => {
          const [header, , signature] = token.split('.')
          const claims = { ...decodeJwt(token), sub: 'another' }
          return `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${signature}`
        },
      },
    }
    const before = await countUsers()
    for (const [name, lie] of Object.entries(lies)) {
      isNext(upstream, { sub: `victim of ${name}` })
      Object.assign(upstream, { lie: null, forge: null, ...lie })
      const { landing, traveller } = await enter('corp')
      assert.equal(errorOf(landing), 'failed', name)
      assert.equal(await whoIs(traveller), null, name)
    }
    Object.assign(upstream, { lie: null, forge: null })
    assert.equal(await countUsers(), before)
    isNext(upstream, { sub: 'honest' })
    assert.ok(await whoIs((await enter('corp')).traveller))
  })

  it('a callback works once, also when several requests race', async () => {
    isNext(upstream, { sub: 'racer' })
    const traveller = travel()
    const url = await callback('corp', traveller)
    const cookies = new Map(traveller.cookies(publicUrl))
    const browsers = Array.from({ length: 6 }, () => {
      const one = travel()
      for (const [name, value] of cookies) one.cookies(publicUrl).set(name, value)
      return one
    })
    const landings = await Promise.all(browsers.map((one) => one.visit(url)))
    const people = await Promise.all(browsers.map(whoIs))
    assert.equal(people.filter((one) => one !== null).length, 1)
    const refused = landings.filter(({ location }) => errorOf(location!) === 'expired')
    assert.equal(refused.length, browsers.length - 1)
  })

  it('the state of another browser, a changed state and no cookie are refused', async () => {
    isNext(upstream, { sub: 'attacker' })
    const attacker = travel()
    const url = await callback('corp', attacker)
    const victim = travel()
    assert.equal(errorOf((await victim.visit(url)).location!), 'expired', 'without a cookie')
    await callback('corp', victim)
    assert.equal(errorOf((await victim.visit(url)).location!), 'expired', 'with an own cookie')
    assert.equal(await whoIs(victim), null)
    const changed = new URL(url)
    changed.searchParams.set('state', 'x'.repeat(43))
    assert.equal(errorOf((await attacker.visit(changed)).location!), 'expired')
    const doubled = new URL(url)
    doubled.searchParams.append('code', 'second')
    assert.equal(errorOf((await attacker.visit(doubled)).location!), 'failed')
    assert.equal(await whoIs(attacker), null)
  })

  it('the answer of one provider is not taken for that of another', async () => {
    isNext(upstream, { sub: 'mixed' })
    const traveller = travel()
    const url = await callback('corp', traveller)
    const elsewhere = new URL(`${callbackOf('other')}${url.search}`)
    assert.equal(errorOf((await traveller.visit(elsewhere)).location!), 'expired')
    const again = await callback('corp', traveller)
    again.searchParams.set('iss', other.issuer)
    assert.equal(errorOf((await traveller.visit(again)).location!), 'failed')
    assert.equal(await whoIs(traveller), null)
  })

  it('an error of the provider and a code that it does not know open nothing', async () => {
    const traveller = travel()
    const denied = await callback('corp', traveller)
    denied.searchParams.delete('code')
    denied.searchParams.set('error', 'access_denied')
    denied.searchParams.set('error_description', '<script>alert(1)</script>')
    const { location } = await traveller.visit(denied)
    assert.equal(errorOf(location!), 'cancelled')
    assert.ok(!location!.href.includes('script'))
    const unknown = await callback('corp', traveller)
    unknown.searchParams.set('code', 'guessed')
    assert.equal(errorOf((await traveller.visit(unknown)).location!), 'failed')
  })

  it('a sign-in that takes longer than ten minutes starts again', async () => {
    const traveller = travel()
    const url = await callback('corp', traveller)
    shiftClock(601)
    try {
      assert.equal(errorOf((await traveller.visit(url)).location!), 'expired')
    } finally {
      shiftClock(-601)
    }
  })

  it('no sign-in ends at another site', async () => {
    isNext(upstream, { sub: 'honest' })
    for (const target of ['//evil.example', 'https://evil.example/', '/\\evil.example']) {
      const { landing } = await enter('corp', travel(), `?return_to=${encodeURIComponent(target)}`)
      assert.equal(landing.origin, publicUrl, target)
    }
  })

  it('a provider that does not answer has an error of its own', async () => {
    const body = { kind: 'oidc', id: 'gone', client_id: 'a', issuer: 'http://127.0.0.1:9' }
    await register(body)
    const { landing } = await enter('gone')
    assert.equal(errorOf(landing), 'unavailable')
    const test = (id: string) => service.call('POST', `/identity-providers/${id}/test`, { as: admin.token })
    assert.deepEqual([(await test('gone')).body.ok, (await test('corp')).body.ok], [false, true])
  })

  it('keeps no code, token, verifier or secret in readable form', async () => {
    isNext(upstream, { sub: 'kept' })
    const traveller = travel()
    const url = await callback('corp', traveller)
    const { read } = service.roster.database
    const attempts = await read.selectFrom('provider_attempts').selectAll().execute()
    const providers = await read.selectFrom('identity_providers').selectAll().execute()
    assert.ok(attempts.length > 0)
    await traveller.visit(url)
    const stored = JSON.stringify([attempts, providers, service.logs()])
    const { searchParams } = url
    const cookie = traveller.cookies(publicUrl).get('roster_provider')!
    for (const secret of [searchParams.get('code')!, searchParams.get('state')!, cookie, 'upstream-secret'])
      assert.ok(!stored.includes(secret), secret)
  })
})
