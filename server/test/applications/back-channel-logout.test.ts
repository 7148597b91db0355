/** A relying party with a server of its own verifies logout tokens with jose, from the published keys. */
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, it } from 'node:test'
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose'
import { refreshTokenGrant, tokenIntrospection } from 'openid-client'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { createBrowser } from './browser.ts'
import { authorize, connect, offline, publicUrl, type Registered, register, signIn } from './relying-party.ts'

type Received = { claims: JWTPayload; typ: string | undefined; alg: string }

onBothEngines('back-channel logout', (engine) => {
  let service: Service
  let user: TestUser
  let server: Server
  let uri: string
  /** What the relying party answers; the last is repeated. */
  let answers: number[] = [200]
  const tokens: string[] = []
  let arrived = () => {}
  before(async () => {
    server = createServer(async (request, response) => {
      const body = Buffer.concat(await request.toArray()).toString()
      assert.equal(request.headers['content-type'], 'application/x-www-form-urlencoded')
      tokens.push(new URLSearchParams(body).get('logout_token') ?? '')
      response.writeHead(answers.length > 1 ? answers.shift()! : answers[0]!, { location: uri }).end()
      arrived()
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/logout`
    service = await engine.start({ ROSTER_OUTGOING_NETWORKS: '127.0.0.0/8' })
    user = await service.createUser({ username: 'ann', roles: ['user'] })
  })
  after(() => {
    server.closeAllConnections()
    server.close()
  })

  const login = async (): Promise<string> =>
    (await service.call('POST', '/auth/login', { body: { username: 'ann', password } })).body.access_token
  /** The next `count` tokens, verified. */
  const received = async (application: Registered, count = 1): Promise<Received[]> => {
    while (tokens.length < count)
      await new Promise<void>((done) => {
        arrived = done
      })
    const keys = createRemoteJWKSet(new URL(`${service.url}/.well-known/jwks.json`))
    return Promise.all(
      tokens.splice(0, count).map(async (token) => {
        const { payload, protectedHeader } = await jwtVerify(token, keys, {
          issuer: publicUrl,
          audience: application.client_id,
          typ: 'logout+jwt',
          requiredClaims: ['iat', 'exp', 'jti', 'events', 'sub'],
        })
        return { claims: payload, typ: protectedHeader.typ, alg: protectedHeader.alg }
      }),
    )
  }

  it('tells the application which session was signed out', async () => {
    const application = await register(service, { backchannel_logout_uri: uri, token_algorithm: 'EdDSA' })
    const as = await login()
    const { tokens: issued } = await signIn(service, await connect(service, application), as)
    await service.call('POST', '/auth/logout', { as })
    const [notice] = await received(application)
    assert.deepEqual(
      [notice?.alg, notice?.claims.sub, notice?.claims['sid'], notice?.claims['nonce']],
      ['EdDSA', user.id, issued.claims()?.['sid'], undefined],
    )
    assert.ok(notice?.claims['sid'])
    assert.deepEqual(notice.claims['events'], { 'http://schemas.openid.net/event/backchannel-logout': {} })
  })

  it('tells it of each session when the account is disabled, and of offline access as well', async () => {
    const application = await register(service, { backchannel_logout_uri: uri })
    const config = await connect(service, application)
    const sids = []
    for (const parameters of [{}, offline])
      sids.push((await signIn(service, config, await login(), parameters)).tokens.claims()?.['sid'])
    assert.notEqual(sids[0], sids[1])
    const as = (await service.admin()).token
    await service.call('PATCH', `/users/${user.id}`, { as, body: { status: 'disabled' } })
    const notices = await received(application, 2)
    assert.deepEqual(notices.map(({ claims }) => claims['sid']).sort(), sids.sort())
    await service.call('PATCH', `/users/${user.id}`, { as, body: { status: 'active' } })
  })

  it('tells it when the user signs out through another application', async () => {
    const other = await connect(service, await register(service))
    const application = await register(service, { backchannel_logout_uri: uri })
    const as = await login()
    const { browser } = await signIn(service, await connect(service, application), as)
    const { tokens: issued } = await signIn(service, other, as, {}, browser)
    const page = await browser.follow(`/oauth2/logout?id_token_hint=${issued.id_token}`)
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
    await browser.follow('/oauth2/logout/confirm', { xsrf, logout: 'yes' })
    const [notice] = await received(application)
    assert.equal(notice?.claims.sub, user.id)
  })

  it('tells nothing when the user signs in again in the same browser, but when another user does', async () => {
    const asking = await register(service)
    const application = await register(service, { backchannel_logout_uri: uri })
    const config = await connect(service, application)
    const stranger = await service.createUser({ roles: ['user'] })
    const browser = createBrowser(service.url, publicUrl, undefined)
    let cookie = ''
    const enter = async (username: string) => {
      const headers = { 'sec-fetch-site': 'same-origin', ...(cookie && { cookie }) }
      const answer = await service.call('POST', '/auth/session', { headers, body: { username, password } })
      assert.equal(answer.status, 200, answer.text)
      cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? ''
      browser.holds(cookie)
    }
    await enter('ann')
    const { tokens: issued } = await signIn(service, config, undefined, {}, browser)
    const asked = await authorize(
      ...[service, await connect(service, asking), undefined, { prompt: 'login' }, browser],
    )
    assert.match(asked.landing.location?.href ?? '', /sign-in\?return_to=/)
    await enter('ann')
    const { read } = service.roster.database
    const notices = () => read.selectFrom('logout_notices').select('id').execute()
    assert.deepEqual([await notices(), tokens], [[], []])
    const { tokens: renewed } = await signIn(service, config, undefined, { prompt: 'none' }, browser)
    assert.equal(renewed.claims()?.['sid'], issued.claims()?.['sid'])
    const authTime = ({ claims }: typeof issued) => Number(claims()?.['auth_time'])
    assert.ok(authTime(renewed) >= authTime(issued))
    const refreshed = await refreshTokenGrant(config, issued.refresh_token!)
    await enter(stranger.username)
    const [notice] = await received(application)
    assert.equal(notice?.claims['sid'], issued.claims()?.['sid'])
    await assert.rejects(refreshTokenGrant(config, refreshed.refresh_token!), { error: 'invalid_grant' })
  })

  it('tells it when the user removes it, which ends its tokens and the consent', async () => {
    const application = await register(service, { backchannel_logout_uri: uri, name: 'Notes' })
    const config = await connect(service, application)
    const as = await login()
    const { tokens: issued } = await signIn(service, config, as, offline)
    const list = async (id: string, token: string) =>
      (await service.call('GET', `/users/${id}/connected-applications`, { as: token })).body
    const find = (rows: { application_id: string }[]) =>
      rows.find(({ application_id }) => application_id === application.client_id)
    const own = find(await list('me', as))
    assert.deepEqual(
      { ...own, created_at: '', last_sign_in_at: '' },
      {
        application_id: application.client_id,
        name: 'Notes',
        scopes: ['openid', 'offline_access'],
        created_at: '',
        last_sign_in_at: '',
      },
    )
    assert.deepEqual(find(await list(user.id, (await service.admin()).token)), own)
    const { body: data } = await service.call('GET', '/users/me/data', { as })
    assert.deepEqual(find(data.connected_applications), own)
    const path = `connected-applications/${application.client_id}`
    const stranger = await service.createUser({ roles: ['user'] })
    const refused = await service.call('DELETE', `/users/${user.id}/${path}`, { as: stranger.token })
    assert.equal(refused.status, 404)
    assert.equal((await service.call('DELETE', `/users/me/${path}`, { as: stranger.token })).status, 404)

    assert.equal((await service.call('DELETE', `/users/me/${path}`, { as })).status, 204)
    const [notice] = await received(application)
    assert.equal(notice?.claims['sid'], issued.claims()?.['sid'])
    await assert.rejects(refreshTokenGrant(config, issued.refresh_token!), { error: 'invalid_grant' })
    assert.equal((await tokenIntrospection(config, issued.access_token)).active, false)
    assert.equal(find(await list('me', as)), undefined)
    assert.equal((await service.call('DELETE', `/users/me/${path}`, { as })).status, 404)
  })

  it('tries again with a new token when the application fails, and follows no redirect', async () => {
    const application = await register(service, { backchannel_logout_uri: uri })
    const as = await login()
    await signIn(service, await connect(service, application), as)
    answers = [302, 200]
    await service.call('POST', '/auth/logout', { as })
    const [first] = await received(application)
    const rows = () => service.roster.database.read.selectFrom('logout_notices').selectAll().execute()
    for (;;) if ((await rows()).some(({ attempts }) => attempts === 1)) break
    assert.equal(tokens.length, 0)
    await service.roster.database.transaction((tx) =>
      tx.updateTable('logout_notices').set({ next_attempt_at: '2000-01-01T00:00:00.000Z' }).execute(),
    )
    const [second] = await received(application)
    assert.notEqual(second?.claims.jti, first?.claims.jti)
    assert.equal(second?.claims['sid'], first?.claims['sid'])
    while ((await rows()).length > 0);
  })

  it('accepts https alone, and no address that is not public unless the operator allows its network', async () => {
    const as = (await service.admin()).token
    const code = async (backchannel_logout_uri: string, kind = 'web') => {
      const redirect_uris = kind === 'machine' ? [] : ['https://wiki.example.com/callback']
      const body = { name: 'Wiki', kind, redirect_uris, backchannel_logout_uri }
      const answer = await service.call('POST', '/applications', { as, body })
      return answer.status === 201 ? 'created' : answer.body.errors[0].code
    }
    for (const refused of [
      'https://10.0.0.1/x',
      'ftp://x.example',
      'https://a:b@x.example',
      'x',
      'https://x/#y',
    ])
      assert.equal(await code(refused), 'invalid_uri', refused)
    assert.equal(await code('https://x.example/logout', 'machine'), 'not_allowed')
    assert.equal(await code('https://x.example/logout'), 'created')
  })
})
