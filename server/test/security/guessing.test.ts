import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { countEvents, login, replicas } from './replicas.ts'

const limits = { ROSTER_RATE_LIMITS: 'on', ROSTER_TRUSTED_PROXIES: '127.0.0.1' }

onBothEngines('guessing', (engine) => {
  let here: Service
  let there: Service
  before(async () => {
    ;[here, there] = await replicas(engine, limits)
  })

  it('429 with Retry-After for the sixth wrong password, the same for an unknown name', async () => {
    const user = await here.createUser()
    const answers: string[][] = []
    for (const [name, address] of [
      [user.username, '198.51.100.1'],
      ['nobody-at-all', '198.51.100.2'],
    ] as const) {
      const seen: string[] = []
      for (let turn = 0; turn < 6; turn += 1) {
        const { status, headers, body } = await login(
          turn % 2 ? here : there,
          name,
          'wrong password',
          address,
        )
        seen.push(`${status} ${body.code} ${body.detail}`)
        if (status === 429) assert.equal(headers.get('retry-after'), '1')
      }
      answers.push(seen)
    }
    assert.match(answers[0]![5]!, /^429 too_many_requests/)
    assert.equal(answers[0]!.filter((line) => line.startsWith('401 invalid_credentials')).length, 5)
    assert.deepEqual(answers[0], answers[1])
  })

  it('of hundreds of concurrent wrong passwords only as many are compared as the limit allows', async () => {
    const user = await here.createUser()
    const before = await countEvents(here, 'auth.login.failure')
    for (const [name, address] of [
      [user.username, '198.51.100.11'],
      ['nobody-here', '198.51.100.12'],
    ] as const) {
      const earlier = await countEvents(here, 'auth.login.failure')
      const startedMs = performance.now()
      const answers = await Promise.all(
        Array.from({ length: 250 }, (_, at) => login(at % 2 ? here : there, name, `wrong ${at}`, address)),
      )
      const statuses = new Set(answers.map(({ status }) => status))
      assert.ok(
        [...statuses].every((status) => [401, 429, 503].includes(status)),
        String([...statuses]),
      )
      const compared = (await countEvents(here, 'auth.login.failure')) - earlier
      // One more for each wait that ended during this time: after 1 s, 2 s, 4 s …
      const waited = Math.floor(Math.log2((performance.now() - startedMs) / 1000 + 1))
      assert.ok(compared <= 6 + waited, `${name}: ${compared}`)
    }
    assert.ok((await countEvents(here, 'auth.login.failure')) > before)
    const right = await login(there, user.username, password, '203.0.113.9')
    assert.equal(right.status, 200, 'from another network at once')
  })

  it('many addresses of one customer: a /56 of IPv6 has twice the attempts of a network a minute', async () => {
    const statuses: number[] = []
    for (let at = 0; at < 42; at += 1)
      statuses.push((await login(here, `wide-${at}`, 'Winter2026!', `2001:db8:7:${at % 16}::${at}`)).status)
    assert.deepEqual(statuses, [...Array(40).fill(401), ...Array(2).fill(429)])
    assert.equal((await login(here, 'wide-other', 'Winter2026!', '2001:db8:7:100::1')).status, 401)
  })

  it('one password at many accounts: 429 for the address, and the accounts stay open', async () => {
    const user = await here.createUser()
    const statuses: number[] = []
    for (let at = 0; at < 25; at += 1)
      statuses.push((await login(here, `spray-${at}`, 'Winter2026!', '198.51.100.21')).status)
    assert.deepEqual(statuses, [...Array(20).fill(401), ...Array(5).fill(429)])
    assert.equal((await login(here, user.username, password, '198.51.100.21')).status, 429)
    assert.equal((await login(here, user.username, password, '198.51.100.22')).status, 200)
  })

  it('the address of the connection counts unless a trusted proxy says otherwise', async () => {
    const user = await here.createUser()
    const direct = await engine.start({ ROSTER_RATE_LIMITS: 'on' })
    const statuses: number[] = []
    for (let at = 0; at < 7; at += 1)
      statuses.push((await login(direct, user.username, 'wrong password', `203.0.113.${at}`)).status)
    assert.equal(statuses.filter((status) => status === 429).length > 0, true, String(statuses))
  })

  it('a right password resets the counter of the account', async () => {
    const user = await here.createUser()
    for (let round = 0; round < 2; round += 1) {
      for (let at = 0; at < 4; at += 1) await login(here, user.username, 'wrong password', '198.51.100.31')
      assert.equal((await login(here, user.username, password, '198.51.100.31')).status, 200)
    }
  })

  it('400 for batches and doubled members', async () => {
    for (const body of [
      [{ username: 'a', password: 'b' }],
      '{"username":"a","password":"b","password":"c"}',
      { username: ['a', 'b'], password: 'c' },
      { username: 'a', password: ['b', 'c'] },
    ])
      assert.equal((await here.call('POST', '/auth/login', { body })).status, 400)
  })

  it('the answers carry the limits and are never stored', async () => {
    const { headers } = await login(here, 'anyone', 'wrong password', '198.51.100.41')
    assert.match(headers.get('ratelimit') ?? '', /r=\d+;t=\d+/)
    assert.match(headers.get('ratelimit-policy') ?? '', /q=300;w=60/)
    assert.equal(headers.get('cache-control'), 'no-store')
  })
})

onBothEngines('a hundred wrong passwords', (engine) => {
  it('close the password until it is reset, and the events say so', async () => {
    const service = await engine.start()
    const user = await service.createUser()
    for (let at = 0; at < 10; at += 1)
      await Promise.all(Array.from({ length: 10 }, () => login(service, user.username, 'wrong password', '')))
    const right = await login(service, user.username, password, '')
    assert.deepEqual([right.status, right.body.code], [401, 'invalid_credentials'])
    assert.equal(await countEvents(service, 'password.disabled_after_100', user.id), 1)
  })
})

onBothEngines('what an answer to a sign-in tells', (engine) => {
  let service: Service
  let names: Record<string, string>
  before(async () => {
    service = await engine.start()
    const admin = await service.admin()
    const known = await service.createUser({ username: 'known-user' })
    const disabled = await service.createUser({ username: 'disabled-user' })
    await service.call('PATCH', `/users/${disabled.id}`, { as: admin.token, body: { status: 'disabled' } })
    await service.call('POST', '/users', {
      body: { username: 'no-password', email: 'no-password@example.com' },
    })
    names = {
      known: known.username,
      unknown: 'unknown-user',
      disabled: disabled.username,
      without: 'no-password',
    }
  })

  it('nothing: every failure is the same 401, byte by byte', async () => {
    const bodies = new Set<string>()
    for (const [name, typed] of [
      [names['known'], 'wrong password'],
      [names['unknown'], password],
      [names['disabled'], password],
      [names['disabled'], 'wrong password'],
      [names['without'], password],
    ]) {
      const { status, text, body } = await login(service, name!, typed!, '')
      assert.equal(status, 401)
      bodies.add(text.replace(body.instance, ''))
    }
    assert.equal(bodies.size, 1)
  })
})

onBothEngines('Basic', (engine) => {
  let service: Service
  let user: TestUser
  before(async () => {
    service = await engine.start()
    user = await service.createUser()
  })
  const raw = (text: string | Buffer) => ({
    headers: { authorization: `Basic ${Buffer.isBuffer(text) ? text.toString('base64') : text}` },
  })
  const me = (request: Parameters<Service['call']>[2]) => service.call('GET', '/users/me', request)

  it('colons and UTF-8 in passwords; 401 for what is malformed', async () => {
    for (const [at, typed] of ['pass:word:with:colons', 'pässwörd mit ümläuten ☃'].entries()) {
      const username = `basic-${at}`
      await service.call('POST', '/users', {
        body: { username, email: `${username}@example.com`, password: typed },
      })
      assert.equal((await me({ as: { username, password: typed } })).status, 200)
    }
    for (const wrong of [
      Buffer.from(`:${password}`),
      Buffer.from(user.username),
      '%%%',
      Buffer.from([0x61, 0x3a, 0xff]),
    ])
      assert.deepEqual((await me(raw(wrong))).body.code, 'invalid_credentials')
  })

  it('a hundred requests with the same credentials cost one hash', async () => {
    const as = { username: user.username, password }
    const answers = await Promise.all(Array.from({ length: 100 }, () => me({ as })))
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
    assert.equal(await countEvents(service, 'auth.basic.used', user.id), 1)
  })

  it('no cached check signs in to a disabled or deleted account', async () => {
    const admin = await service.admin()
    const other = await service.createUser()
    const as = { username: other.username, password }
    assert.equal((await me({ as })).status, 200)
    await service.call('PATCH', `/users/${other.id}`, { as: admin.token, body: { status: 'disabled' } })
    assert.equal((await me({ as })).status, 401)
    await service.call('PATCH', `/users/${other.id}`, { as: admin.token, body: { status: 'active' } })
    assert.equal((await me({ as })).status, 200)
    await service.call('DELETE', `/users/${other.id}`, { as: admin.token })
    assert.equal((await me({ as })).status, 401)
  })
})
