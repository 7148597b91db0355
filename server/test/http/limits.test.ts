import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AppError } from '../../src/errors.ts'
import { watchOverload } from '../../src/http/admission/overload.ts'
import { addressReader, networkOf, networksOf } from '../../src/http/message/address.ts'
import { until } from '../harness/wait.ts'
import { startSample } from './sample.ts'

describe('rate limits', () => {
  it('300 a minute for an anonymous address, health checks aside', async () => {
    const server = await startSample({ rateLimits: 'on' })
    const answers = []
    for (let round = 0; round < 301; round++) answers.push(await fetch(`${server.url}/`))
    assert.equal(answers[0]!.headers.get('ratelimit-policy'), '"anonymous";q=300;w=60')
    assert.match(answers[0]!.headers.get('ratelimit')!, /^"anonymous";r=299;t=(60|59)$/)
    assert.equal(answers[299]!.status, 200)
    const refused = answers[300]!
    assert.equal(refused.status, 429)
    assert.match(refused.headers.get('ratelimit')!, /r=0/)
    assert.ok(Number(refused.headers.get('retry-after')) >= 1)
    assert.equal(((await refused.json()) as { code: string }).code, 'too_many_requests')
    assert.equal((await fetch(`${server.url}/health/live`)).status, 200)
    assert.equal((await fetch(`${server.url}/nowhere`)).status, 429)
    const known = await fetch(`${server.url}/`, { headers: { authorization: 'Bearer alice' } })
    assert.equal(known.status, 200)
    assert.equal(known.headers.get('ratelimit-policy'), '"user";q=3000;w=60')
    const bad = await fetch(`${server.url}/`, { headers: { authorization: 'Bearer nobody' } })
    assert.equal(bad.status, 429)
    await server.close()
  })

  it('a route may have a limit of its own, per address or per user', async () => {
    const server = await startSample({ rateLimits: 'on' }, {}, (app) => {
      const sign = {
        name: 'signup',
        limit: 2,
        seconds: 60,
        per: 'address' as const,
        freeFor: 'users:write' as const,
      }
      app.get('/sign', { config: { access: 'public', rateLimit: sign } }, async () => ({}))
      const dump = { name: 'export', limit: 2, seconds: 3_600, per: 'user' as const }
      app.get('/dump', { config: { access: 'signed_in', rateLimit: dump } }, async () => ({}))
    })
    const statuses = async (path: string, token?: string) => {
      const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {}
      const found = []
      for (let round = 0; round < 3; round++) found.push((await fetch(server.url + path, { headers })).status)
      return found
    }
    assert.deepEqual(await statuses('/sign'), [200, 200, 429])
    assert.deepEqual(
      await statuses('/sign', 'alice'),
      [429, 429, 429],
      'the network of a known caller counts',
    )
    assert.deepEqual(await statuses('/sign', 'admin'), [200, 200, 200], 'a permission frees from it')
    assert.deepEqual(await statuses('/dump', 'alice'), [200, 200, 429])
    assert.deepEqual(await statuses('/dump', 'bob'), [200, 200, 429])
    await server.close()
  })
})

describe('overload', () => {
  it('refuses requests with 503 and Retry-After, except health checks', async () => {
    let isBusy = true
    const server = await startSample({}, { turnAway: () => (isBusy ? new AppError('overloaded') : null) })
    const refused = await fetch(server.url)
    assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '2'])
    assert.equal((await fetch(`${server.url}/health/live`)).status, 200)
    isBusy = false
    assert.equal((await fetch(server.url)).status, 200)
    await server.close()
  })

  it('begins when events wait for two seconds, and ends when they no longer do', async () => {
    const gauge = watchOverload()
    assert.equal(gauge.isOverloaded(100), false)
    await until(() => {
      const endMs = performance.now() + 300
      while (performance.now() < endMs);
      return gauge.isOverloaded(100)
    }, 'the overload')
    assert.equal(gauge.isOverloaded(8), false, 'a few requests are answered, however slowly')
    await until(() => !gauge.isOverloaded(100), 'the end of the overload')
    gauge.stop()
  })
})

describe('metrics', () => {
  it('count every answer by the pattern of its route', async () => {
    const heard: unknown[][] = []
    const server = await startSample({}, { observe: (...facts) => heard.push(facts) })
    await fetch(`${server.url}/users/me`)
    await fetch(`${server.url}/nowhere`)
    await until(() => heard.length === 2, 'both answers')
    assert.deepEqual(
      heard.map((facts) => facts.slice(0, 3)),
      [
        ['GET', '/users/:id', 401],
        ['GET', null, 404],
      ],
    )
    assert.ok(heard.every((facts) => Number(facts[3]) >= 0))
    await server.close()
  })
})

describe('the address of a client', () => {
  const request = (peer: string, forwarded?: string) =>
    ({
      socket: { remoteAddress: peer },
      headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
    }) as never

  it('is that of the connection, whatever a header says', () => {
    const addressOf = addressReader({ trustedProxies: [] })
    assert.equal(addressOf(request('203.0.113.9', '1.2.3.4')), '203.0.113.9')
    assert.equal(addressOf(request('::ffff:203.0.113.9')), '203.0.113.9')
  })

  it('behind trusted proxies is the right-most hop that is not one', () => {
    const addressOf = addressReader({ trustedProxies: ['10.0.0.0/8', '::1', '2001:db8::/32'] })
    assert.equal(addressOf(request('10.1.2.3', '6.6.6.6, 1.2.3.4')), '1.2.3.4')
    assert.equal(addressOf(request('10.1.2.3', '6.6.6.6, 1.2.3.4, 10.9.9.9')), '1.2.3.4')
    assert.equal(addressOf(request('203.0.113.9', '1.2.3.4')), '203.0.113.9')
    assert.equal(addressOf(request('::1', '2001:db8::1, 2a00::5, 2001:db8::7')), '2a00::5')
    assert.equal(addressOf(request('10.1.2.3', 'nonsense')), '10.1.2.3')
    assert.equal(addressOf(request('10.1.2.3')), '10.1.2.3')
  })

  it('may have a port and quotes in the header', () => {
    const addressOf = addressReader({ trustedProxies: ['10.0.0.0/8'] })
    for (const hop of ['1.2.3.4:5000', '"1.2.3.4:5000"', '"1.2.3.4"'])
      assert.equal(addressOf(request('10.1.2.3', hop)), '1.2.3.4', hop)
    for (const hop of ['[2a00::5]:5000', '"[2a00::5]:5000"', '[2a00::5]', '2a00::5'])
      assert.equal(addressOf(request('10.1.2.3', `6.6.6.6, ${hop}, 10.9.9.9:80`)), '2a00::5', hop)
    for (const hop of ['1.2.3.4:x', '[1.2.3.4', '"x"'])
      assert.equal(addressOf(request('10.1.2.3', hop)), '10.1.2.3')
  })

  it('may stand in Forwarded instead, and only in the header of the setting', () => {
    const addressOf = addressReader({ trustedProxies: ['10.0.0.0/8'], forwardedHeader: 'forwarded' })
    const from = (forwarded: string) =>
      addressOf({
        socket: { remoteAddress: '10.1.2.3' },
        headers: { forwarded, 'x-forwarded-for': '6.6.6.6' },
      } as never)
    for (const [header, address] of [
      ['for=1.2.3.4', '1.2.3.4'],
      ['For="1.2.3.4:5000";proto=https;by=10.0.0.1', '1.2.3.4'],
      ['for=6.6.6.6, for="[2a00::5]:5000";host="a,b", by=x;for=10.9.9.9', '2a00::5'],
      ['for="6.6.6.6, for=1.2.3.4', '1.2.3.4'],
      ['for=6.6.6.6;x=", for=1.2.3.4', '1.2.3.4'],
      ['for=unknown', '10.1.2.3'],
      ['for=6.6.6.6, for=_hidden', '10.1.2.3'],
      ['for=6.6.6.6, proto=https', '10.1.2.3'],
    ] as const)
      assert.equal(from(header), address, header)
  })

  it('behind a number of proxies is what the first of them wrote', () => {
    const addressOf = addressReader({ trustedProxies: [], trustedProxyHops: 2 })
    assert.equal(addressOf(request('203.0.113.9', '6.6.6.6, 1.2.3.4, 198.51.100.7')), '1.2.3.4')
    assert.equal(addressOf(request('203.0.113.9', '198.51.100.7')), '198.51.100.7')
    assert.equal(addressOf(request('203.0.113.9', '1.2.3.4, nonsense')), '203.0.113.9')
    assert.equal(addressOf(request('203.0.113.9')), '203.0.113.9')
  })

  it('is the address that a trusted back end names; other clients cannot name one', () => {
    const addressOf = addressReader({
      trustedProxies: ['10.0.0.0/8'],
      trustedBackends: ['192.0.2.7', '10.2.0.0/16'],
    })
    const named = (peer: string, client: string, forwarded?: string) =>
      ({
        socket: { remoteAddress: peer },
        headers: { 'roster-client-address': client, ...(forwarded ? { 'x-forwarded-for': forwarded } : {}) },
      }) as never
    assert.equal(addressOf(named('192.0.2.7', '203.0.113.5')), '203.0.113.5')
    assert.equal(addressOf(named('10.1.1.1', '203.0.113.5', '192.0.2.7')), '203.0.113.5')
    assert.equal(addressOf(named('10.1.1.1', '203.0.113.5', '198.51.100.9')), '198.51.100.9')
    assert.equal(addressOf(named('198.51.100.9', '203.0.113.5')), '198.51.100.9')
    assert.equal(addressOf(named('192.0.2.7', 'nonsense')), '192.0.2.7')
    assert.equal(addressOf(request('192.0.2.7')), '192.0.2.7')
  })

  it('belongs to a /64, a /56 and a /48', () => {
    assert.deepEqual(networksOf('1.2.3.4'), ['1.2.3.4'])
    const wide = ['2001:db8:0:1ff::/64', '2001:db8:0:100::/56', '2001:db8:0::/48']
    assert.deepEqual(networksOf('2001:db8:0:1ff::9'), wide)
  })

  it('counts as the whole of an IPv4 and the /64 of an IPv6', () => {
    assert.equal(networkOf('1.2.3.4'), '1.2.3.4')
    assert.equal(networkOf('2001:db8:0:1:2:3:4:5'), '2001:db8:0:1::/64')
    assert.equal(networkOf('2001:DB8:0:1::9'), '2001:db8:0:1::/64')
    assert.equal(networkOf('2001:db8::9'), '2001:db8:0:0::/64')
    assert.equal(networkOf('::1'), '0:0:0:0::/64')
    assert.equal(networkOf('fe80::1%eth0'), 'fe80:0:0:0::/64')
  })
})
