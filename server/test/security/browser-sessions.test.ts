import assert from 'node:assert/strict'
import { get } from 'node:http'
import { before, describe, it } from 'node:test'
import { shiftClock } from '../../src/clock.ts'
import { sha256 } from '../../src/encoding/sha256.ts'
import { until } from '../harness/wait.ts'
import { type Answer, onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { replicas } from './replicas.ts'

const ownPage = { 'sec-fetch-site': 'same-origin' }
const day = 24 * 3600

/** Sends the fetch metadata as it is, which `fetch` replaces by its own. */
function statusOf(url: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(url, { headers }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    }).on('error', reject)
  })
}

onBothEngines('browser sessions', (engine) => {
  let service: Service
  let admin: TestUser
  before(async () => {
    service = await engine.start({ ROSTER_CORS_ORIGINS: 'https://app.example.com' })
    admin = await service.admin()
  })

  const open = (username: string, more: object = {}, headers: Record<string, string> = ownPage) =>
    service.call('POST', '/auth/session', { headers, body: { username, password, ...more } })
  const cookieOf = (answer: Answer) => answer.headers.get('set-cookie')?.split(';')[0] ?? ''
  const signIn = async (username: string, more: object = {}) => {
    const answer = await open(username, more)
    assert.equal(answer.status, 200, answer.text)
    return cookieOf(answer)
  }
  const call = (
    method: string,
    path: string,
    cookie: string,
    headers: Record<string, string> = ownPage,
    body?: object,
  ) => service.call(method, path, { headers: { cookie, ...headers }, ...(body ? { body } : {}) })
  const session = async (cookie: string) => (await call('GET', '/auth/session', cookie)).status
  const rows = (userId: string) =>
    service.roster.database.read
      .selectFrom('sessions')
      .selectAll()
      .where('user_id', '=', userId)
      .where('kind', '=', 'browser')
      .execute()

  it('two cookies with the name of the session open none: another domain may have set one of them', async () => {
    const stranger = await service.createUser()
    const [own, planted] = [await signIn(admin.username), await signIn(stranger.username)]
    for (const cookies of [
      `${planted}; ${own}`,
      `${own}; ${planted}`,
      `roster=; ${own}`,
      `${own};roster = x`,
    ])
      assert.equal(await session(cookies), 401, cookies)
    assert.equal(
      (await call('PATCH', '/users/me', `${planted}; ${own}`, ownPage, { first_name: 'Eve' })).status,
      401,
    )
    assert.equal(await session(`${own}; ${own}`), 200, 'the same twice')
    assert.equal(await session(`other=1; ${own}; xroster=2`), 200)
  })

  it('a new proof replaces the cookie; the former one is forgotten', async () => {
    const [here, there] = await replicas(engine, {})
    const proveWith = (headers: Record<string, string>) =>
      here.call('POST', '/auth/step-up', { headers: { ...ownPage, ...headers }, body: { password } })
    const at = async (replica: Service, cookie: string) =>
      (await replica.call('GET', '/auth/session', { headers: { cookie, ...ownPage } })).status
    for (const [shared_computer, lasting] of [
      [false, /; Max-Age=(25919\d\d|2592000)$/],
      [true, /; SameSite=Lax$/],
    ] as const) {
      const user = await here.createUser()
      const body = { username: user.username, password, shared_computer }
      const former = cookieOf(await here.call('POST', '/auth/session', { headers: ownPage, body }))
      const proven = await proveWith({ cookie: former })
      assert.equal(proven.status, 200, proven.text)
      assert.match(proven.headers.get('set-cookie')!, lasting)
      const renewed = cookieOf(proven)
      assert.notEqual(renewed, former)
      assert.deepEqual([await at(here, renewed), await at(there, renewed)], [200, 200])
      // A replica remembers it for a minute, so that open requests do not fail.
      assert.equal(await at(here, former), 200)
      if (there !== here) assert.equal(await at(there, former), 401)
      const kept = await here.roster.database.read.selectFrom('sessions').select('cookie_hash').execute()
      const digests = kept.map(({ cookie_hash }) => cookie_hash)
      assert.deepEqual(
        [former, renewed].map((one) => digests.includes(sha256(one.split('=')[1]!))),
        [false, true],
      )
      const byToken = await proveWith({ authorization: `Bearer ${user.token}` })
      assert.deepEqual([byToken.status, byToken.headers.get('set-cookie')], [200, null])
    }
  })

  it('POST /auth/session signs in and sets a cookie that scripts cannot read', async () => {
    const user = await service.createUser()
    const answer = await open(user.email)
    assert.equal(answer.status, 200)
    assert.match(
      answer.headers.get('set-cookie')!,
      /^roster=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=2592000$/,
    )
    assert.equal(answer.body.user.id, user.id)
    assert.deepEqual(answer.body.permissions, [])
    assert.equal(answer.body.session.kind, 'browser')
    const secret = cookieOf(answer).split('=')[1]!
    const kept = await rows(user.id)
    assert.equal(kept.length, 1)
    assert.ok(!JSON.stringify(kept).includes(secret), 'the cookie itself is not stored')
    assert.ok(!JSON.stringify(service.logs()).includes(secret))
  })

  it('over https the cookie has the prefix __Host- and is Secure', async () => {
    const secure = await engine.start({ ROSTER_PUBLIC_URL: 'https://roster.test' })
    const { username } = await secure.createUser()
    const answer = await secure.call('POST', '/auth/session', { body: { username, password } })
    assert.match(
      answer.headers.get('set-cookie')!,
      /^__Host-roster=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure; Max-Age=2592000$/,
    )
    const read = await secure.call('GET', '/users/me', { headers: { cookie: cookieOf(answer) } })
    assert.equal(read.status, 200)
    const unprefixed = cookieOf(answer).replace('__Host-', '')
    assert.equal((await secure.call('GET', '/users/me', { headers: { cookie: unprefixed } })).status, 401)
  })

  it('GET /auth/session gives the signed-in user, the permissions and the end of the session', async () => {
    const { body } = await call('GET', '/auth/session', await signIn('admin'))
    assert.equal(body.user.username, 'admin')
    assert.deepEqual(body.user.roles, ['admin', 'user'])
    assert.ok(body.permissions.includes('users:write'))
    assert.ok(body.session.current)
    assert.ok(Date.parse(body.session.expires_at) > Date.now() + 6 * day * 1000)
  })

  it('GET /auth/session answers 401 without a session and opens no dialog', async () => {
    for (const cookie of ['', 'roster=', 'roster=nobody', `roster=${'A'.repeat(43)}`]) {
      const { status, headers } = await service.call('GET', '/auth/session', { headers: { cookie } })
      assert.deepEqual([status, headers.get('www-authenticate')], [401, 'Bearer realm="roster"'], cookie)
    }
  })

  it('GET /auth/session knows tokens and Basic too, and refuses API keys', async () => {
    const byToken = await service.call('GET', '/auth/session', { as: admin.token })
    assert.equal(byToken.body.session.kind, 'api')
    const byBasic = await service.call('GET', '/auth/session', { as: { username: 'admin', password } })
    assert.deepEqual([byBasic.body.user.username, byBasic.body.session], ['admin', null])
    const expires_at = new Date(Date.now() + day * 1000).toISOString()
    const fields = { name: 'key', permissions: ['users:read'], expires_at }
    const made = await service.call('POST', '/api-keys', { as: admin.token, body: fields })
    assert.equal(made.status, 201, made.text)
    assert.equal((await service.call('GET', '/auth/session', { as: made.body.secret })).status, 404)
  })

  it('wrong credentials set no cookie and keep the session that is there', async () => {
    const user = await service.createUser()
    const cookie = await signIn(user.username)
    const headers = { ...ownPage, cookie }
    const body = { username: user.username, password: 'a wrong password' }
    const answer = await service.call('POST', '/auth/session', { headers, body })
    assert.deepEqual([answer.status, answer.body.code], [401, 'invalid_credentials'])
    assert.equal(answer.headers.get('set-cookie'), null)
    assert.equal(await session(cookie), 200)
  })

  it('guesses count together, with a cookie or with tokens', async () => {
    const limited = await engine.start({ ROSTER_RATE_LIMITS: 'on' })
    const { username } = await limited.createUser()
    const guess = async (path: string, secret: string) =>
      (await limited.call('POST', path, { body: { username, password: secret } })).status
    for (const path of ['/auth/session', '/auth/login', '/auth/session', '/auth/login', '/auth/session'])
      await guess(path, 'a wrong password')
    for (let tries = 0; tries < 10 && (await guess('/auth/session', 'a wrong password')) === 401; tries += 1);
    assert.equal(await guess('/auth/session', 'a wrong password'), 429)
    assert.equal(await guess('/auth/login', 'a wrong password'), 429)
  })

  it('each sign-in gives a new cookie, refuses the one before, and takes none from the client', async () => {
    const user = await service.createUser()
    const planted = `roster=${'A'.repeat(43)}`
    const first = await open(user.username, {}, { ...ownPage, cookie: planted })
    assert.notEqual(cookieOf(first), planted)
    assert.equal(await session(planted), 401)
    assert.equal(await session(cookieOf(first)), 200)
    const second = await open(user.username, {}, { ...ownPage, cookie: cookieOf(first) })
    assert.notEqual(cookieOf(second), cookieOf(first))
    assert.deepEqual([await session(cookieOf(first)), await session(cookieOf(second))], [401, 200])
    const other = await service.createUser()
    const third = await open(other.username, {}, { ...ownPage, cookie: cookieOf(second) })
    assert.deepEqual([await session(cookieOf(second)), await session(cookieOf(third))], [401, 200])
    assert.deepEqual(
      (await rows(user.id)).map(({ end_reason }) => end_reason),
      ['replaced'],
    )
  })

  it('DELETE /auth/session ends it for other tabs too and clears the cookie', async () => {
    const user = await service.createUser()
    const cookie = await signIn(user.username)
    assert.equal((await call('GET', '/users/me', cookie)).status, 200)
    const ended = await call('DELETE', '/auth/session', cookie)
    assert.equal(ended.headers.get('clear-site-data'), '"cache"')
    assert.equal(ended.status, 204)
    assert.equal(ended.headers.get('set-cookie'), 'roster=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0')
    assert.equal((await call('GET', '/users/me', cookie)).status, 401)
    assert.equal((await call('DELETE', '/auth/session', cookie)).status, 401)
    assert.equal(
      (await call('POST', '/auth/session', cookie, ownPage, { username: user.username, password })).status,
      200,
    )
  })

  it('POST /auth/logout clears the cookie and the cache of a browser, and of no program', async () => {
    const user = await service.createUser()
    const ended = await call('POST', '/auth/logout', await signIn(user.username))
    assert.equal(ended.status, 204)
    assert.equal(ended.headers.get('clear-site-data'), '"cache"')
    assert.equal(ended.headers.get('set-cookie'), 'roster=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0')
    const body = { username: user.username, password }
    const token = (await service.call('POST', '/auth/login', { body })).body.access_token
    const program = await service.call('POST', '/auth/logout', { as: token })
    assert.deepEqual([program.status, program.headers.get('clear-site-data')], [204, null])
    assert.equal(program.headers.get('set-cookie'), null)
  })

  it('the cookie opens what the user may do, and nothing else', async () => {
    const user = await service.createUser()
    const cookie = await signIn(user.username)
    const patched = await call('PATCH', '/users/me', cookie, ownPage, { first_name: 'Ann' })
    assert.deepEqual([patched.status, patched.body.first_name], [200, 'Ann'])
    assert.equal((await call('GET', '/users', cookie)).status, 403)
    assert.equal((await call('GET', `/users/${admin.id}`, cookie)).status, 404)
    assert.equal((await call('GET', '/users', await signIn('admin'))).status, 200)
  })

  it('a change of rights applies to the next request', async () => {
    const user = await service.createUser()
    const cookie = await signIn(user.username)
    assert.equal((await call('GET', '/users', cookie)).status, 403)
    const roles = (to: string[]) =>
      service.call('PATCH', `/users/${user.id}`, { as: admin.token, body: { roles: to } })
    assert.equal((await roles(['user', 'admin'])).status, 200)
    const { body } = await call('GET', '/auth/session', cookie)
    assert.ok(body.permissions.includes('users:read'))
    assert.equal((await call('GET', '/users', cookie)).status, 200)
    assert.equal((await roles(['user'])).status, 200)
    assert.equal((await call('GET', '/users', cookie)).status, 403)
  })

  describe('pages of other sites', () => {
    const foreign: Record<string, string>[] = [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'none' },
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' },
      {},
    ]
    it('change nothing with the cookie', async () => {
      const user = await service.createUser()
      const cookie = await signIn(user.username)
      for (const headers of foreign) {
        for (const [method, path] of [
          ['PATCH', '/users/me'],
          ['DELETE', '/users/me/sessions'],
          ['DELETE', '/auth/session'],
        ] as const) {
          const { status, body } = await call(method, path, cookie, headers, {})
          assert.deepEqual([status, body.code], [403, 'csrf_rejected'], JSON.stringify(headers))
        }
      }
      assert.equal(await session(cookie), 200)
    })

    it('change things when they are our own', async () => {
      const { username } = await service.createUser()
      const cookie = await signIn(username)
      for (const headers of [ownPage, { origin: 'http://roster.test' }, { origin: service.url }])
        assert.equal((await call('PATCH', '/users/me', cookie, headers, { last_name: 'B' })).status, 200)
    })

    it('cannot sign a browser in as another user, nor can an origin of CORS', async () => {
      const { username } = await service.createUser()
      for (const headers of [
        { 'sec-fetch-site': 'cross-site' },
        { origin: 'https://evil.example' },
        { origin: 'https://app.example.com', 'sec-fetch-site': 'cross-site' },
      ] as Record<string, string>[]) {
        const answer = await open(username, {}, headers)
        assert.deepEqual([answer.status, answer.body.code], [403, 'csrf_rejected'])
        assert.equal(answer.headers.get('set-cookie'), null)
      }
      // A program sends neither header.
      assert.equal((await open(username, {}, {})).status, 200)
    })

    it('read nothing with the cookie, but a link from them opens a page signed in', async () => {
      const { username } = await service.createUser()
      const cookie = await signIn(username)
      const site = { 'sec-fetch-site': 'cross-site' }
      const image = { ...site, 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }
      const frame = { ...site, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }
      const link = { ...site, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
      for (const headers of [image, frame, { origin: 'https://evil.example' }])
        assert.equal(await statusOf(`${service.url}/users/me`, { cookie, ...headers }), 401)
      assert.equal(await statusOf(`${service.url}/users/me`, { cookie, ...link }), 200)
    })

    it('of an origin of CORS never use the cookie, but may send a token beside it', async () => {
      const { username, token } = await service.createUser()
      const cookie = await signIn(username)
      const headers = { origin: 'https://app.example.com', 'sec-fetch-site': 'same-site' }
      const read = await call('GET', '/users/me', cookie, headers)
      assert.equal(read.status, 401)
      assert.equal(read.headers.get('access-control-allow-credentials'), null)
      assert.equal((await call('PATCH', '/users/me', cookie, headers, { first_name: 'X' })).status, 401)
      const withToken = { ...headers, authorization: `Bearer ${token}` }
      assert.equal((await call('PATCH', '/users/me', cookie, withToken, { first_name: 'X' })).status, 200)
    })
  })

  it('an Authorization header beside the cookie wins', async () => {
    const user = await service.createUser()
    const other = await service.createUser()
    const cookie = await signIn(user.username)
    const as = (authorization: string) => call('GET', '/users/me', cookie, { authorization })
    assert.equal((await as(`Bearer ${other.token}`)).body.id, other.id)
    assert.equal((await as('Bearer nobody')).status, 401)
  })

  describe('lists and revocation', () => {
    it('both kinds are listed and ended in the same places', async () => {
      const user = await service.createUser()
      const cookie = await signIn(user.username)
      const { body: list } = await call('GET', '/users/me/sessions', cookie)
      assert.deepEqual(
        list.map(({ kind, current }: { kind: string; current: boolean }) => [kind, current]),
        [
          ['browser', true],
          ['api', false],
        ],
      )
      assert.ok(!JSON.stringify(list).includes('cookie'))
      const path = `/users/me/sessions/${list[0].id}`
      assert.equal((await service.call('DELETE', path, { as: user.token })).status, 204)
      assert.equal(await session(cookie), 401)
      assert.equal((await service.call('GET', '/users/me', { as: user.token })).status, 200)
    })

    const endings: [name: string, end: (user: TestUser) => Promise<Answer>][] = [
      [
        'a new password',
        (user) =>
          service.call('PUT', '/users/me/password', {
            as: user.token,
            body: { current_password: password, password: 'another fine password' },
          }),
      ],
      [
        'ending all sessions',
        (user) => service.call('DELETE', `/users/${user.id}/sessions`, { as: admin.token }),
      ],
      [
        'disabling',
        (user) =>
          service.call('PATCH', `/users/${user.id}`, { as: admin.token, body: { status: 'disabled' } }),
      ],
      ['deleting', (user) => service.call('DELETE', `/users/${user.id}`, { as: admin.token })],
    ]
    for (const [name, end] of endings) {
      it(`${name} ends them`, async () => {
        const user = await service.createUser()
        const cookie = await signIn(user.username)
        assert.equal(await session(cookie), 200)
        const { status, text } = await end(user)
        assert.ok(status < 300, text)
        assert.equal(await session(cookie), 401)
      })
    }

    it('a new password that is set with the cookie keeps the session of that cookie', async () => {
      const user = await service.createUser()
      const cookie = await signIn(user.username)
      const body = { current_password: password, password: 'another fine password' }
      const changed = await call('PUT', '/users/me/password', cookie, ownPage, body)
      assert.ok(changed.status < 300, changed.text)
      assert.equal(await session(cookie), 200)
      assert.equal((await service.call('GET', '/users/me', { as: user.token })).status, 401)
    })

    it('a session of a browser does not pass for a token, nor a token for a cookie', async () => {
      const user = await service.createUser()
      const secret = (await signIn(user.username)).split('=')[1]!
      assert.equal((await service.call('GET', '/users/me', { as: secret })).status, 401)
      const body = { refresh_token: secret }
      assert.equal((await service.call('POST', '/auth/refresh', { body })).status, 400)
      for (const value of [user.token, user.refresh]) assert.equal(await session(`roster=${value}`), 401)
    })
  })

  it('the audit names the session, and a new browser is mailed about', async () => {
    const user = await service.createUser()
    const answer = await service.call('POST', '/auth/session', {
      headers: { ...ownPage, 'user-agent': 'Mozilla/5.0 Test' },
      body: { username: user.username, password },
    })
    const { body: events } = await service.call('GET', `/audit-events?target=${user.id}`, { as: admin.token })
    const types = events.map(({ type }: { type: string }) => type)
    assert.ok(types.includes('auth.new_device'), types.join())
    assert.ok(types.includes('auth.login.success'))
    const id = answer.body.session.id
    const { body: created } = await service.call('GET', `/audit-events?target=${id}`, { as: admin.token })
    assert.deepEqual(
      created.map(({ type }: { type: string }) => type),
      ['session.created'],
    )
  })

  describe('ends by the clock', () => {
    const later = async (seconds: number, check: () => Promise<void>) => {
      shiftClock(seconds)
      try {
        await check()
      } finally {
        shiftClock(-seconds)
      }
    }
    const seenAt = async (userId: string) => (await rows(userId))[0]!.last_seen_at
    /** Uses the session and waits until that is written down. */
    const use = async (userId: string, cookie: string) => {
      const before = await seenAt(userId)
      assert.equal(await session(cookie), 200)
      await until(async () => (await seenAt(userId)) !== before, 'the record of the use')
    }

    it('after seven days without use', async () => {
      const user = await service.createUser()
      const cookie = await signIn(user.username)
      await later(6 * day, () => use(user.id, cookie))
      await later(12 * day, () => use(user.id, cookie))
      await later(20 * day, async () => {
        assert.equal(await session(cookie), 401)
        const { body } = await service.call('POST', '/auth/login', {
          body: { username: user.username, password },
        })
        const list = await service.call('GET', '/users/me/sessions', { as: body.access_token })
        assert.ok(list.body.every(({ kind }: { kind: string }) => kind === 'api'))
      })
    })

    it('after thirty days in any case', async () => {
      const user = await service.createUser()
      const cookie = await signIn(user.username)
      for (const days of [6, 12, 18, 24, 29]) await later(days * day, () => use(user.id, cookie))
      const [row] = await rows(user.id)
      assert.equal(Date.parse(row!.expires_at), Date.parse(row!.latest_expiry!))
      await later(30 * day, async () => assert.equal(await session(cookie), 401))
    })

    it('on a shared computer after twelve hours, and the cookie with the browser', async () => {
      const user = await service.createUser()
      const answer = await open(user.username, { shared_computer: true })
      assert.doesNotMatch(answer.headers.get('set-cookie')!, /Max-Age|Expires/i)
      const cookie = cookieOf(answer)
      await later(11 * 3600, () => use(user.id, cookie))
      await later(12 * 3600, async () => assert.equal(await session(cookie), 401))
    })
  })
})
