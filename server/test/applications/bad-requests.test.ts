/** Requests that an application, a browser or another site should not send: each gets a clear error and stores nothing. */
import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import * as client from 'openid-client'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { createTraveller, type Traveller } from '../identity-providers/traveller.ts'
import { createBrowser, patiently } from './browser.ts'
import { callback, connect, publicUrl, type Registered, register, signIn } from './relying-party.ts'

const audience = 'https://api.example.com'
const elsewhere = 'https://evil.example'

onBothEngines('an invalid request to OpenID Connect', (engine) => {
  let service: Service
  let user: TestUser
  let web: Registered
  let machine: Registered
  before(async () => {
    service = await engine.start()
    await service.admin()
    user = await service.createUser({ username: 'ann' })
    web = await register(service, { audience })
    machine = await register(service, { kind: 'machine', redirect_uris: [], audience })
  })

  /** What is stored for applications. */
  const stored = async () => {
    const { read } = service.roster.database
    const records = await read.selectFrom('oauth_records').select(['kind', 'id']).execute()
    const connections = await read.selectFrom('application_connections').select('user_id').execute()
    return [records.length, connections.length]
  }
  /** @param more parameters that are added or replaced; undefined leaves one out */
  const queryOf = (more: Record<string, string | undefined>) => {
    const query = new URLSearchParams({
      client_id: web.client_id,
      response_type: 'code',
      scope: 'openid email',
      redirect_uri: callback,
      state: 'st',
      nonce: 'n',
      code_challenge: 'a'.repeat(43),
      code_challenge_method: 'S256',
    })
    for (const [name, value] of Object.entries(more))
      if (value === undefined) query.delete(name)
      else query.set(name, value)
    return query
  }
  const ask = (query: URLSearchParams, suffix = '') =>
    createBrowser(service.url, publicUrl, user.token).follow(`/oauth2/authorize?${query}${suffix}`)
  const post = async (path: string, form: Record<string, string>, { client_id, client_secret } = web) => {
    const secret = Buffer.from(`${client_id}:${client_secret}`).toString('base64')
    const response = await patiently(service.url + path, {
      method: 'POST',
      headers: { authorization: `Basic ${secret}` },
      body: new URLSearchParams(form),
    })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }

  describe('at the authorization endpoint goes back with its error', () => {
    const cases: Record<string, [parameters: Record<string, string | undefined>, error: string]> = {
      'a response mode that is off': [{ response_mode: 'web_message' }, 'unsupported_response_mode'],
      'a signed response mode': [{ response_mode: 'query.jwt' }, 'unsupported_response_mode'],
      'the implicit flow': [{ response_type: 'token' }, 'unsupported_response_type'],
      'the hybrid flow': [{ response_type: 'code id_token' }, 'unsupported_response_type'],
      'a request object': [{ request: 'eyJhbGciOiJub25lIn0.e30.' }, 'request_not_supported'],
      'a request object at an address': [
        { request_uri: `${elsewhere}/request` },
        'request_uri_not_supported',
      ],
      'a pushed request that does not exist': [
        { request_uri: 'urn:ietf:params:oauth:request_uri:unknown' },
        'invalid_request_uri',
      ],
      'registration within a request': [{ registration: '{}' }, 'registration_not_supported'],
      'PKCE with the method plain': [{ code_challenge_method: 'plain' }, 'invalid_request'],
      'PKCE without a method': [{ code_challenge_method: undefined }, 'invalid_request'],
      'PKCE with a short challenge': [{ code_challenge: 'abc' }, 'invalid_request'],
      'an audience of another': [{ resource: elsewhere }, 'invalid_target'],
      'a scope with control characters': [{ scope: 'openid \u0000' }, 'invalid_scope'],
      'prompts that contradict each other': [{ prompt: 'none login' }, 'invalid_request'],
      'a negative max_age': [{ max_age: '-1' }, 'invalid_request'],
      'an id_token_hint that is no token': [{ id_token_hint: 'a.b.c' }, 'invalid_request'],
    }
    for (const [name, [parameters, error]] of Object.entries(cases))
      it(name, async () => {
        const former = await stored()
        const { status, location } = await ask(queryOf(parameters))
        assert.equal(status, 303)
        assert.equal(location?.origin + (location?.pathname ?? ''), callback)
        const answer = new URLSearchParams(location!.search || location!.hash.slice(1))
        assert.deepEqual([answer.get('error'), answer.get('state'), answer.get('code')], [error, 'st', null])
        assert.equal(answer.get('iss'), publicUrl)
        assert.deepEqual(await stored(), former)
      })

    it('a parameter that is there twice', async () => {
      const former = await stored()
      for (const doubled of [
        'state=again',
        'scope=openid',
        `redirect_uri=${encodeURIComponent(elsewhere)}`,
      ]) {
        const { location } = await ask(queryOf({}), `&${doubled}`)
        assert.equal(location?.origin, new URL(callback).origin, doubled)
        assert.equal(location?.searchParams.get('error'), 'invalid_request', doubled)
      }
      assert.deepEqual(await stored(), former)
    })
  })

  it('for an unknown application, or with oversized parameters, gets a page and no redirect', async () => {
    const former = await stored()
    const script = '<script>alert(1)</script>'
    const page = (path: string) =>
      fetch(`${service.url}${path}`, { redirect: 'manual', headers: { accept: 'text/html' } })
    const unknown = await page(`/oauth2/authorize?${queryOf({ client_id: script, state: script })}`)
    assert.equal(unknown.status, 400)
    assert.match(unknown.headers.get('content-type') ?? '', /^text\/html/)
    assert.ok(!(await unknown.text()).includes('<script>alert'))
    const moved = await page(`/oauth2/authorize?${queryOf({ redirect_uri: `${elsewhere}?a=${script}` })}`)
    const said = await moved.text()
    assert.match(said, /Received redirect_uri: https?:[^<]+&lt;script&gt;alert/)
    assert.match(said, /Register it under Applications/)
    assert.ok(said.includes(`Request ${moved.headers.get('x-request-id')}`), said)
    for (const name of ['state', 'nonce', 'scope', 'login_hint'])
      assert.equal((await ask(queryOf({ [name]: 'x'.repeat(20_000) }))).status, 414, name)
    const { status, body } = await post('/oauth2/token', { grant_type: 'x'.repeat(200_000) })
    assert.deepEqual([status >= 400 && status < 500, typeof body['error']], [true, 'string'])
    assert.deepEqual(await stored(), former)
  })

  it('at the token endpoint is refused: grants that are off, PKCE that does not fit, a verifier without PKCE', async () => {
    const code = async (parameters: Record<string, string | undefined>) => {
      const { location } = await ask(queryOf(parameters))
      return location!.searchParams.get('code')!
    }
    const redeem = async (form: Record<string, string>) => {
      const grant = { grant_type: 'authorization_code', redirect_uri: callback, ...form }
      const { status, body } = await post('/oauth2/token', grant)
      return [status, body['error'] ?? 'tokens']
    }
    assert.deepEqual(await redeem({ code: await code({}) }), [400, 'invalid_grant'], 'no verifier')
    const wrong = { code: await code({}), code_verifier: 'b'.repeat(43) }
    assert.deepEqual(await redeem(wrong), [400, 'invalid_grant'], 'a wrong verifier')
    const plain = { code: await code({}), code_verifier: 'a'.repeat(43) }
    assert.deepEqual(await redeem(plain), [400, 'invalid_grant'], 'the challenge as verifier')
    const without = { code_challenge: undefined, code_challenge_method: undefined }
    const added = { code: await code(without), code_verifier: 'a'.repeat(43) }
    assert.deepEqual(await redeem(added), [400, 'invalid_grant'], 'a verifier without a challenge')
    const moved = { code: await code(without), redirect_uri: elsewhere }
    assert.deepEqual(await redeem(moved), [400, 'invalid_grant'], 'another redirect URI')
    const stolen = { grant_type: 'authorization_code', redirect_uri: callback, code: await code(without) }
    const { body } = await post('/oauth2/token', stolen, await register(service))
    assert.equal(body['error'], 'invalid_grant', 'a code of another application')
    for (const grant_type of ['password', 'urn:ietf:params:oauth:grant-type:jwt-bearer', 'implicit', '']) {
      const { status, body } = await post('/oauth2/token', { grant_type, username: 'ann', password })
      assert.equal(status, 400, grant_type)
      assert.match(String(body['error']), /^(unsupported_grant_type|invalid_request)$/, grant_type)
    }
    const client_credentials = await post('/oauth2/token', { grant_type: 'client_credentials' })
    assert.equal(client_credentials.status, 400, 'a grant of another kind of application')
  })

  it('gives no more scopes and no other audience than were allowed', async () => {
    const config = await connect(service, web)
    const { tokens } = await signIn(service, config, user.token, { scope: 'openid email' })
    const refresh = (more: Record<string, string>) =>
      client.refreshTokenGrant(config, tokens.refresh_token!, more)
    await assert.rejects(refresh({ scope: 'openid email roles' }), { error: 'invalid_scope' })
    await assert.rejects(refresh({ resource: elsewhere }), { error: 'invalid_target' })
    const narrowed = await refresh({ scope: 'openid' })
    assert.equal(narrowed.scope, 'openid')
    const unknown = await signIn(service, config, user.token, { scope: 'openid admin users:write' })
    assert.equal(unknown.tokens.scope, 'openid')
    const former = await stored()
    const form = { grant_type: 'client_credentials', resource: elsewhere }
    const { status, body } = await post('/oauth2/token', form, machine)
    assert.deepEqual([status, body['error']], [400, 'invalid_target'])
    assert.deepEqual(await stored(), former)
  })

  describe('in a browser', () => {
    const enter = async (traveller: Traveller, username: string) => {
      const signedIn = await traveller.visit(`${publicUrl}/auth/session`, { json: { username, password } })
      assert.equal(signedIn.status, 200)
    }
    const travel = () => createTraveller({ [publicUrl]: service.url })
    const isLast = (url: URL) => url.origin !== publicUrl || url.pathname === '/sign-in'
    /** Follows redirects until one leads elsewhere or a page is shown. */
    const walk = async (traveller: Traveller, start: string | URL) => {
      let page = await traveller.visit(start)
      while (page.location !== null && !isLast(page.location)) page = await traveller.visit(page.location)
      return { url: page.location ?? page.url, text: page.text }
    }
    const authorize = ({ client_id }: Registered, more = {}) =>
      `${publicUrl}/oauth2/authorize?${queryOf({ client_id, ...more })}`
    const allow = new URLSearchParams({ decision: 'allow' })
    const name = `<img src=x onerror=alert(1)> "Wiki"`

    it('a page that asks for consent shows the name as text, in no frame', async () => {
      const wiki = await register(service, { name, first_party: false })
      const traveller = travel()
      await enter(traveller, user.username)
      const { url: consent, text } = await walk(traveller, authorize(wiki))
      assert.ok(text.includes('&lt;img src=x onerror=alert(1)&gt; &quot;Wiki&quot;'))
      assert.ok(!text.includes('<img'))
      for (const path of [
        consent.pathname,
        '/oauth2/device',
        '/oauth2/logout',
        '/sign-in',
        '/oauth2/authorize',
      ]) {
        const cookie = [...traveller.cookies(publicUrl)].map((pair) => pair.join('=')).join('; ')
        const { headers } = await patiently(service.url + path, { headers: { accept: 'text/html', cookie } })
        assert.match(headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/, path)
        assert.equal(headers.get('x-frame-options'), 'DENY', path)
      }
    })

    it('a form of another site decides nothing, nor does a browser in which it did not begin', async () => {
      const wiki = await register(service, { first_party: false })
      const traveller = travel()
      await enter(traveller, user.username)
      const { url: consent } = await walk(traveller, authorize(wiki))
      const former = await stored()
      const cookies = new Map(traveller.cookies(publicUrl))
      const foreign = await traveller.visit(consent, { form: allow, from: elsewhere })
      assert.ok(foreign.status >= 400, foreign.text)
      // The cookies are not sent by a form of another site. If they were, the origin would be refused.
      const response = await patiently(service.url + consent.pathname, {
        method: 'POST',
        redirect: 'manual',
        headers: {
          origin: elsewhere,
          cookie: [...cookies].map((pair) => pair.join('=')).join('; '),
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: allow.toString(),
      })
      assert.equal(response.status, 403)
      const thief = travel()
      await enter(thief, user.username)
      assert.equal((await thief.visit(consent, { form: allow, from: publicUrl })).status, 404)
      assert.deepEqual(await stored(), former)
    })

    it('a form of another site opens no session', async () => {
      const traveller = travel()
      const body = JSON.stringify({ username: user.username, password })
      for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded']) {
        const response = await patiently(`${service.url}/auth/session`, {
          method: 'POST',
          headers: { origin: elsewhere, 'sec-fetch-site': 'cross-site', 'content-type': type },
          body,
        })
        assert.ok(response.status >= 400, type)
        assert.deepEqual(response.headers.getSetCookie(), [], type)
      }
      assert.equal((await traveller.visit(`${publicUrl}/auth/session`)).status, 401)
    })

    it('asks another user who signs in during the request for consent, and keeps that session', async () => {
      const wiki = await register(service, { first_party: false })
      const other = await service.createUser()
      const traveller = travel()
      await enter(traveller, user.username)
      const { url: consent } = await walk(traveller, authorize(wiki))
      await enter(traveller, other.username)
      const { location, status, text } = await traveller.visit(consent, { form: allow, from: publicUrl })
      assert.equal(status, 303, text)
      const own = await walk(traveller, location!)
      assert.match(own.url.pathname, /^\/oauth2\/interaction\//)
      assert.match(own.text, /Wiki asks for access/)
      const connected = async ({ id }: TestUser) => {
        const as = (await service.admin()).token
        const { body } = await service.call('GET', `/users/${id}/connected-applications`, { as })
        return (body as { application_id: string }[]).map(({ application_id }) => application_id)
      }
      for (const one of [user, other]) assert.ok(!(await connected(one)).includes(wiki.client_id))
      const sent = await traveller.visit(own.url, { form: allow, from: publicUrl })
      const landing = await walk(traveller, sent.location!)
      assert.ok(landing.url.searchParams.get('code'), landing.url.href)
      assert.deepEqual(await connected(other), [wiki.client_id])
      const { body } = await traveller.visit(`${publicUrl}/auth/session`)
      assert.equal((body as { user: { id: string } }).user.id, other.id)
    })

    it('lets the next user of a browser enter a first-party application without consent', async () => {
      const first = await register(service)
      const other = await service.createUser()
      const traveller = travel()
      await enter(traveller, user.username)
      assert.ok((await walk(traveller, authorize(first))).url.searchParams.get('code'))
      const silent = async () => {
        const { url } = await walk(traveller, authorize(first, { prompt: 'none' }))
        return url.searchParams.get('error') ?? 'code'
      }
      await enter(traveller, other.username)
      assert.equal(await silent(), 'login_required')
      const { url } = await walk(traveller, authorize(first))
      assert.ok(url.searchParams.get('code'), url.href)
      assert.equal(await silent(), 'code')
      await traveller.visit(`${publicUrl}/auth/session`, { method: 'DELETE' })
      assert.equal(await silent(), 'login_required')
    })
  })
})
