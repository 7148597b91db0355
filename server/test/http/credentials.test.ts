import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { selfOr } from '../../src/http/admission/access.ts'
import { aliceId, bobId, caller, type Sample, startSample } from './sample.ts'

let server: Sample
const reached: string[] = []
before(async () => {
  const cookie = {
    name: 'sid',
    actingName: 'sid_acting',
    caller: async (value: string, origin: Parameters<typeof caller>[2]) => {
      reached.push(value)
      return caller(aliceId, [], origin)
    },
  }
  server = await startSample({}, { cookie }, (app) => {
    app.get('/auth/thing', { config: { access: 'signed_in' } }, async () => ({}))
    app.get('/signed-in', { config: { access: 'signed_in' } }, async (request) => ({
      id: request.caller.userId,
    }))
    app.get(
      '/users/:user_id/things',
      { config: { access: selfOr('users:read', 'user_id') } },
      async (request) => ({
        id: (request.params as { user_id: string }).user_id,
      }),
    )
  })
})
after(() => server.close())

const basic = (pair: string | Buffer) => `Basic ${Buffer.from(pair).toString('base64')}`

async function me(authorization: string | null, path = '/users/me', init: RequestInit = {}) {
  const headers = {
    ...(init.headers as Record<string, string>),
    ...(authorization === null ? {} : { authorization }),
  }
  const answer = await fetch(server.url + path, { ...init, headers })
  const text = await answer.text()
  const isPage = answer.headers.get('content-type')?.startsWith('text/html')
  const body = text === '' || isPage ? undefined : (JSON.parse(text) as { code?: string; id?: string })
  return {
    status: answer.status,
    code: body?.code,
    id: body?.id,
    challenge: answer.headers.get('www-authenticate'),
  }
}

describe('credentials', () => {
  it('401 without any: Basic and Bearer are offered, no error is named', async () => {
    const { status, code, challenge } = await me(null)
    assert.deepEqual([status, code], [401, 'unauthenticated'])
    assert.equal(challenge, 'Basic realm="roster", charset="UTF-8", Bearer realm="roster"')
  })

  it('401 invalid_token for a bad token, with the error in the challenge', async () => {
    const { status, code, challenge } = await me('Bearer nobody')
    assert.deepEqual([status, code], [401, 'invalid_token'])
    assert.equal(challenge, 'Bearer realm="roster", error="invalid_token"')
  })

  const browsers: [name: string, headers: Record<string, string>][] = [
    ['a script', { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }],
    ['a navigation', { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }],
    ['a request for a page', { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }],
    ['a browser without fetch metadata', { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Chrome/149.0' }],
  ]
  for (const [name, headers] of browsers) {
    it(`${name} is not offered Basic`, async () => {
      for (const authorization of [null, basic('alice:wrong')]) {
        const { status, challenge } = await me(authorization, '/signed-in', { headers })
        assert.deepEqual([status, challenge], [401, 'Bearer realm="roster"'])
      }
    })
  }

  it('Basic is not offered under /auth', async () => {
    const { status, challenge } = await me(null, '/auth/thing')
    assert.deepEqual([status, challenge], [401, 'Bearer realm="roster"'])
  })

  for (const scheme of ['Bearer', 'bearer', 'BEARER', 'Bearer  ']) {
    it(`200 for the scheme written ${scheme}`, async () => {
      assert.equal((await me(`${scheme} alice`)).status, 200)
    })
  }

  const basics: [name: string, authorization: string, status: number][] = [
    ['a colon in the password', basic('alice:pa:ss'), 200],
    ['a password in UTF-8', basic('alice:pässwort'), 200],
    ['the scheme in lower case', basic('alice:pa:ss').replace('Basic', 'basic'), 200],
    ['a wrong password', basic('alice:x'), 401],
    ['an empty user', basic(':pa:ss'), 401],
    ['no colon', basic('alice'), 401],
    ['no credentials', 'Basic', 401],
    ['bad base64', 'Basic !!!!', 401],
    ['base64 with rubbish behind', `${basic('alice:pa:ss')}!`, 401],
    ['base64 with loose bits', 'Basic YWxpY2U6cGE6c3N=', 401],
    ['a password in Latin-1', basic(Buffer.from('alice:pässwort', 'latin1')), 401],
    ['a NUL in the name', basic('alice\0:pa:ss'), 401],
    ['a line break in the name', basic('alice\n:pa:ss'), 401],
    ['an unknown scheme', 'Digest username="alice"', 401],
    ['a token with spaces', 'Bearer alice bob', 401],
    ['an empty token', 'Bearer', 401],
  ]
  for (const [name, authorization, status] of basics) {
    it(`${status} for ${name}`, async () => {
      assert.equal((await me(authorization)).status, status)
    })
  }

  it('400 for two Authorization headers', async () => {
    const line = 'Authorization: Bearer alice\r\n'
    const answer = await server.raw(`GET /users/me HTTP/1.1\r\nHost: a\r\n${line}${line}\r\n`)
    assert.match(answer.text, /^HTTP\/1\.1 400 /)
  })

  it('an Authorization header wins over a session cookie', async () => {
    const before = reached.length
    assert.equal((await me('Bearer bob', '/users/me', { headers: { cookie: 'sid=x' } })).id, bobId)
    assert.equal((await me('Bearer nobody', '/users/me', { headers: { cookie: 'sid=x' } })).status, 401)
    assert.equal(reached.length, before)
  })

  it('a token in the query string is an unknown parameter', async () => {
    assert.equal((await me(null, '/users/me?access_token=alice')).status, 401)
    assert.equal((await me('Bearer alice', '/users/me?access_token=alice')).status, 400)
    assert.equal((await me(null, '/?access_token=canary-token')).status, 400)
    assert.doesNotMatch(JSON.stringify(server.log()), /canary-token/)
  })

  it('bad credentials are refused on a public route too', async () => {
    assert.equal((await me('Bearer nobody', '/problems/not_found')).status, 401)
    assert.equal((await me('Bearer alice', '/problems/not_found')).status, 200)
  })

  it('Basic can be switched off', async () => {
    const strict = await startSample({ basicAuth: false })
    const answer = await fetch(`${strict.url}/users/me`, { headers: { authorization: basic('alice:pa:ss') } })
    assert.equal(answer.status, 401)
    assert.equal(answer.headers.get('www-authenticate'), 'Bearer realm="roster"')
    await strict.close()
  })
})

describe('Basic from a page', () => {
  const app = 'https://app.example.com'
  let site: Sample
  before(async () => {
    site = await startSample({ corsOrigins: [app] })
  })
  after(() => site.close())
  const send = async (method: string, headers: Record<string, string>) => {
    const { status } = await fetch(`${site.url}/users${method === 'GET' ? '/me' : ''}`, {
      method,
      headers: { authorization: basic('alice:pa:ss'), 'content-type': 'application/json', ...headers },
      ...(method === 'GET' ? {} : { body: '{"username":"a"}' }),
    })
    return { status }
  }

  const passing: Record<string, string>[] = [
    {},
    { 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': 'same-origin' },
    { origin: 'http://roster.test', 'sec-fetch-site': 'same-origin' },
    { origin: 'http://roster.test' },
    { origin: app, 'sec-fetch-site': 'cross-site' },
    { origin: app },
  ]
  for (const headers of passing) {
    it(`changes something: ${JSON.stringify(headers)}`, async () => {
      assert.equal((await send('POST', headers)).status, 201)
    })
  }

  const refused: Record<string, string>[] = [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'made-up' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://roster.test.evil.example' },
    { origin: 'http://roster.test', 'sec-fetch-site': 'cross-site' },
    { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
  ]
  for (const headers of refused) {
    it(`changes nothing and still reads: ${JSON.stringify(headers)}`, async () => {
      const before = site.created.count
      assert.equal((await send('POST', headers)).status, 403)
      assert.equal(site.created.count, before)
      assert.equal((await send('GET', headers)).status, 200)
    })
  }

  it('is refused before the password is compared', async () => {
    const headers = { 'sec-fetch-site': 'cross-site', authorization: basic('alice:wrong') }
    assert.equal((await send('POST', headers)).status, 403)
  })

  it('does not trust a page without TLS when the public URL has it', async (t) => {
    const secure = await startSample({ publicUrl: 'https://roster.test' })
    t.after(() => secure.close())
    const post = async (origin: string) =>
      (
        await fetch(`${secure.url}/users`, {
          method: 'POST',
          headers: { authorization: basic('alice:pa:ss'), 'content-type': 'application/json', origin },
          body: '{"username":"a"}',
        })
      ).status
    assert.equal(await post(`http://127.0.0.1:${secure.port}`), 403)
    assert.equal(await post(`https://127.0.0.1:${secure.port}`), 201)
  })
})

describe('a session cookie', () => {
  const post = (headers: Record<string, string>) =>
    me(null, '/users', {
      method: 'POST',
      body: '{"username":"a"}',
      headers: { cookie: 'a=1; sid=s1', 'content-type': 'application/json', ...headers },
    })

  it('is enough to read', async () => {
    assert.deepEqual(
      await me(null, '/signed-in', { headers: { cookie: 'a=1; sid=s1' } }).then((one) => one.id),
      aliceId,
    )
    assert.equal(reached.at(-1), 's1')
  })

  it('changes nothing for another site', async () => {
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
      {},
    ]) {
      const { status, code } = await post(headers as Record<string, string>)
      assert.deepEqual([status, code], [403, 'csrf_rejected'], JSON.stringify(headers))
    }
  })

  it('changes things for our own pages', async () => {
    assert.equal((await post({ 'sec-fetch-site': 'same-origin' })).status, 201)
    assert.equal((await post({ origin: 'http://roster.test' })).status, 201)
    assert.equal((await post({ origin: `http://127.0.0.1:${server.port}` })).status, 201)
  })
})

describe('access', () => {
  it('needs to be declared on every route', async () => {
    await assert.rejects(
      startSample({}, {}, (app) => {
        app.get('/forgotten', async () => ({}))
      }),
      /GET \/forgotten declares no access/,
    )
  })

  it('403 without the permission', async () => {
    assert.equal((await me('Bearer alice', '/users')).status, 403)
    assert.equal((await me('Bearer admin', '/users')).status, 200)
    assert.equal((await me(null, '/users')).status, 401)
  })

  it('another user does not exist for a caller who may not read users', async () => {
    assert.equal((await me('Bearer alice', `/users/${bobId}`)).status, 404)
    assert.equal((await me('Bearer admin', `/users/${aliceId}`)).status, 200)
    assert.equal((await me('Bearer alice', `/users/${aliceId}`)).status, 200)
    assert.equal((await me(null, `/users/${aliceId}`)).status, 401)
  })

  it('`me` is the caller, on every parameter that stands for a user', async () => {
    assert.equal((await me('Bearer bob')).id, bobId)
    assert.equal((await me('Bearer bob', '/users/me/things')).id, bobId)
    assert.equal((await me('Bearer bob', `/users/${aliceId}/things`)).status, 404)
  })

  it('HEAD needs what GET needs, and sends the same headers without a body', async () => {
    const get = await fetch(`${server.url}/users/me`, { headers: { authorization: 'Bearer alice' } })
    const head = await fetch(`${server.url}/users/me`, {
      method: 'HEAD',
      headers: { authorization: 'Bearer alice' },
    })
    assert.equal(head.status, 200)
    assert.equal(head.headers.get('etag'), get.headers.get('etag'))
    assert.equal(head.headers.get('content-length'), get.headers.get('content-length'))
    assert.equal(await head.text(), '')
    assert.equal((await me(null, '/users/me', { method: 'HEAD' })).status, 401)
    assert.equal((await me('Bearer alice', '/users', { method: 'HEAD' })).status, 403)
  })

  it('method overrides are ignored', async () => {
    const before = server.created.count
    for (const name of ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override']) {
      const { status } = await me('Bearer admin', '/users/me', { headers: { [name]: 'DELETE' } })
      assert.equal(status, 200)
    }
    assert.equal((await me('Bearer admin', '/users?_method=DELETE')).status, 400)
    assert.equal(server.created.count, before)
  })
})
