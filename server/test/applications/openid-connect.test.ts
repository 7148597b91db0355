import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import * as client from 'openid-client'
import { shiftClock } from '../../src/clock.ts'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { createBrowser } from './browser.ts'
import * as party from './relying-party.ts'

const { callback, publicUrl } = party

onBothEngines('OpenID Connect with openid-client', (engine) => {
  let service: Service
  let admin: TestUser
  let user: TestUser
  before(async () => {
    service = await engine.start()
    admin = await service.admin()
    user = await service.createUser({ username: 'ann', roles: ['user'] })
  })

  const register = (fields: object) => party.register(service, fields)
  const connect = (registered: party.Registered, authentication?: client.ClientAuth) =>
    party.connect(service, registered, authentication)
  const authorize = (
    config: client.Configuration,
    parameters: Record<string, string> = {},
    as: string | null = user.token,
  ) => party.authorize(service, config, as ?? undefined, parameters)
  const signIn = (
    config: client.Configuration,
    parameters: Record<string, string> = {},
    as: string = user.token,
  ) => party.signIn(service, config, as, parameters)

  it('an application finds the provider before any application exists', async () => {
    const fresh = await engine.start()
    const { body } = await fresh.call('GET', '/.well-known/openid-configuration')
    assert.equal(body.issuer, publicUrl)
    assert.equal(body.jwks_uri, `${publicUrl}/.well-known/jwks.json`)
  })

  it('a web application signs a user in, reads the claims, refreshes and is signed out', async () => {
    const config = await connect(await register({}))
    const { tokens } = await signIn(config)
    const claims = tokens.claims()!
    assert.deepEqual(
      [claims.sub, claims['preferred_username'], claims['email'], claims['email_verified'], claims['roles']],
      [user.id, 'ann', user.email, false, ['user']],
    )
    const info = await client.fetchUserInfo(config, tokens.access_token, user.id)
    assert.deepEqual([info.preferred_username, info.email], ['ann', user.email])
    const introspected = await client.tokenIntrospection(config, tokens.access_token)
    assert.deepEqual([introspected.active, introspected.sub], [true, user.id])

    const renewed = await client.refreshTokenGrant(config, tokens.refresh_token!)
    assert.notEqual(renewed.access_token, tokens.access_token)
    assert.notEqual(renewed.refresh_token, tokens.refresh_token)
  })

  it('the session of the library is written when a sign-in changes it or its end moves by an hour', async () => {
    const visitor = await service.createUser()
    const { headers } = await service.call('POST', '/auth/session', {
      headers: { 'sec-fetch-site': 'same-origin' },
      body: { username: visitor.username, password },
    })
    const browser = createBrowser(service.url, publicUrl, undefined)
    browser.holds(headers.get('set-cookie')!.split(';')[0]!)
    const written = async () =>
      (
        await service.roster.database.read
          .selectFrom('oauth_records')
          .select('content')
          .where('kind', '=', 'Session')
          .where('user_id', '=', visitor.id)
          .execute()
      ).map(({ content }) => content)
    const [config, other] = [await connect(await register({})), await connect(await register({}))]
    const enter = async (to: client.Configuration) => {
      await party.signIn(service, to, undefined, {}, browser)
      const [content, ...more] = await written()
      assert.deepEqual(more, [])
      return content
    }
    const first = await enter(config)
    assert.equal(await enter(config), first)
    const second = await enter(other)
    assert.notEqual(second, first)
    assert.equal(await enter(config), second)
    shiftClock(3601)
    try {
      assert.notEqual(await enter(config), second)
    } finally {
      shiftClock(-3601)
    }
  })

  it('the secret is accepted in the header and in the body, and a wrong one in neither', async () => {
    const application = await register({})
    await signIn(await connect(application, client.ClientSecretPost(application.client_secret!)))
    const wrong = await connect(application, client.ClientSecretBasic('rs_wrong'))
    const { landing, checks } = await authorize(wrong)
    await assert.rejects(client.authorizationCodeGrant(wrong, landing.location!, checks), { status: 401 })
  })

  it('a public application needs PKCE and no secret', async () => {
    const application = await register({ kind: 'browser' })
    assert.equal(application.client_secret, null)
    const config = await connect(application)
    await signIn(config)
    const url = `/oauth2/authorize?client_id=${application.client_id}&response_type=code&scope=openid&redirect_uri=${encodeURIComponent(callback)}`
    const { location } = await createBrowser(service.url, publicUrl, user.token).follow(url)
    assert.equal(location?.searchParams.get('error'), 'invalid_request')
  })

  it('a code works once', async () => {
    const config = await connect(await register({}))
    const { landing, checks } = await authorize(config)
    const attempts = await Promise.allSettled(
      Array.from({ length: 8 }, () => client.authorizationCodeGrant(config, landing.location!, checks)),
    )
    // A second use revokes what the code gave, perhaps before the first one is answered.
    assert.ok(attempts.filter(({ status }) => status === 'fulfilled').length <= 1)
  })

  it('a refresh token has one successor when several requests race, also some seconds later', async () => {
    const config = await connect(await register({}))
    const { tokens } = await signIn(config)
    const refresh = () => client.refreshTokenGrant(config, tokens.refresh_token!)
    const answers = await Promise.all(Array.from({ length: 8 }, refresh))
    shiftClock(4)
    try {
      answers.push(await refresh())
    } finally {
      shiftClock(-4)
    }
    const successors = new Set(answers.map(({ refresh_token }) => refresh_token))
    assert.equal(successors.size, 1)
    assert.ok(!successors.has(tokens.refresh_token))
    const [successor] = successors
    const next = await client.refreshTokenGrant(config, successor!)
    assert.notEqual(next.refresh_token, successor)
  })

  it('a refresh token that is sent again later, or after its successor was used, ends the grant', async () => {
    const config = await connect(await register({}))
    const isActive = async (token: string) => (await client.tokenIntrospection(config, token)).active
    for (const late of [true, false]) {
      const { tokens } = await signIn(config)
      const next = await client.refreshTokenGrant(config, tokens.refresh_token!)
      const last = late ? next : await client.refreshTokenGrant(config, next.refresh_token!)
      assert.equal(await isActive(last.access_token), true)
      const seconds = late ? 11 : 0
      shiftClock(seconds)
      try {
        await assert.rejects(client.refreshTokenGrant(config, tokens.refresh_token!), {
          error: 'invalid_grant',
        })
      } finally {
        shiftClock(-seconds)
      }
      await assert.rejects(client.refreshTokenGrant(config, last.refresh_token!), { error: 'invalid_grant' })
      assert.equal(await isActive(last.access_token), false)
    }
  })

  it('only registered redirect URIs are used; others are never redirected to', async () => {
    const { client_id } = await register({})
    for (const uri of [`${callback}/`, `${callback}?x=1`, 'https://evil.example', `${callback}%2f..`]) {
      const { status, location } = await createBrowser(service.url, publicUrl, user.token).follow(
        `/oauth2/authorize?client_id=${client_id}&response_type=code&scope=openid&redirect_uri=${encodeURIComponent(uri)}`,
      )
      assert.deepEqual([status, location], [400, null], uri)
    }
  })

  it('without a session the browser goes to the sign-in page and returns to the application', async () => {
    const config = await connect(await register({}))
    const { landing } = await authorize(config, {}, null)
    assert.equal(landing.location?.pathname, '/sign-in')
    assert.match(landing.location.searchParams.get('return_to') ?? '', /^\/oauth2\/interaction\/[\w-]+$/)
    const { landing: silent } = await authorize(config, { prompt: 'none' }, null)
    assert.equal(silent.location?.searchParams.get('error'), 'login_required')
  })

  it('a third-party application is allowed by the user first, once for the same scopes', async () => {
    const config = await connect(await register({ first_party: false, name: '<b>Evil</b>' }))
    const { landing, browser, checks } = await authorize(config)
    assert.equal(landing.status, 200)
    assert.ok(!landing.text.includes('<b>Evil'))
    const path = /action="([^"]+)"/.exec(landing.text)![1]!
    const german = (await authorize(config, { ui_locales: 'de-AT en' })).landing.text
    assert.match(german, /<html lang="de">[\s\S]+möchte:[\s\S]+Ihre Rollen sehen/)
    await service.call('PATCH', '/users/me', { as: user.token, body: { locale: 'de-AT' } })
    const chosen = (await authorize(config, { ui_locales: 'en' })).landing.text
    assert.match(chosen, /<html lang="de">/, 'the language of the user counts first')
    await service.call('PATCH', '/users/me', { as: user.token, body: { locale: null } })
    const denied = await authorize(config)
    const no = await denied.browser.follow(/action="([^"]+)"/.exec(denied.landing.text)![1]!, {
      decision: 'deny',
    })
    assert.equal(no.location?.searchParams.get('error'), 'access_denied')
    const yes = await browser.follow(path, { decision: 'allow' })
    const tokens = await client.authorizationCodeGrant(config, yes.location!, checks)
    assert.equal(tokens.claims()?.sub, user.id)
    const again = await authorize(config)
    assert.ok(again.landing.location?.searchParams.get('code'), again.landing.text)
  })

  it('a user without the roles of the application gets access_denied', async () => {
    const config = await connect(await register({ roles: ['admin'] }))
    const { landing } = await authorize(config)
    assert.equal(landing.location?.searchParams.get('error'), 'access_denied')
    const { landing: allowed } = await authorize(config, {}, admin.token)
    assert.ok(allowed.location?.searchParams.get('code'))
  })

  it('the next refresh and userinfo of a disabled user fail', async () => {
    const config = await connect(await register({}))
    const { tokens } = await signIn(config)
    const body = { status: 'disabled' }
    await service.call('PATCH', `/users/${user.id}`, { as: admin.token, body })
    try {
      await assert.rejects(client.refreshTokenGrant(config, tokens.refresh_token!), {
        error: 'invalid_grant',
      })
      await assert.rejects(client.fetchUserInfo(config, tokens.access_token, user.id))
      assert.equal((await client.tokenIntrospection(config, tokens.access_token)).active, false)
    } finally {
      await service.call('PATCH', `/users/${user.id}`, { as: admin.token, body: { status: 'active' } })
      user = { ...user, token: await login(service, 'ann') }
    }
  })

  it('signing out ends the tokens of the session; access for offline use stays until the password changes', async () => {
    const config = await connect(await register({}))
    const body = { username: 'ann', password }
    const online = (await service.call('POST', '/auth/login', { body })).body.access_token
    const offline = (await service.call('POST', '/auth/login', { body })).body.access_token
    const { tokens } = await signIn(config, {}, online)
    const { tokens: kept } = await signIn(
      config,
      { scope: 'openid offline_access', prompt: 'consent' },
      offline,
    )
    for (const as of [online, offline]) await service.call('POST', '/auth/logout', { as })
    await assert.rejects(client.refreshTokenGrant(config, tokens.refresh_token!), { error: 'invalid_grant' })
    await assert.rejects(client.fetchUserInfo(config, tokens.access_token, user.id))
    const renewed = await client.refreshTokenGrant(config, kept.refresh_token!)
    const changed = await service.call('PUT', '/users/me/password', {
      as: user.token,
      body: { current_password: password, password: `${password} 2` },
    })
    assert.equal(changed.status, 204, changed.text)
    await assert.rejects(client.refreshTokenGrant(config, renewed.refresh_token!), { error: 'invalid_grant' })
    await service.call('PUT', '/users/me/password', {
      as: { username: 'ann', password: `${password} 2` },
      body: { current_password: `${password} 2`, password },
    })
    user = { ...user, token: await login(service, 'ann') }
  })

  it('an audience makes access tokens JWTs, which this service does not accept itself', async () => {
    const config = await connect(await register({ audience: 'https://api.example.com' }))
    const { tokens } = await signIn(config)
    const [header, claims] = tokens.access_token
      .split('.')
      .slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()))
    assert.deepEqual(
      [header.typ, header.alg, claims.aud, claims.sub],
      ['at+jwt', 'RS256', 'https://api.example.com', user.id],
    )
    const refused = await service.call('GET', '/users/me', { as: tokens.access_token })
    assert.equal(refused.status, 401)
    const idToken = await service.call('GET', '/users/me', { as: tokens.id_token! })
    assert.equal(idToken.status, 401)
  })

  it('the scope groups gives the names of all groups, nested ones too, and no other scope does', async () => {
    const made = async (name: string) =>
      (await service.call('POST', '/groups', { as: admin.token, body: { name } })).body.id
    const [staff, editors] = [await made('Staff'), await made('Editors')]
    await service.call('PUT', `/groups/${editors}/members/${user.id}`, { as: admin.token })
    await service.call('PUT', `/groups/${staff}/groups/${editors}`, { as: admin.token })
    const config = await connect(await register({ audience: 'https://api.example.com' }))
    const { tokens } = await signIn(config, { scope: 'openid groups' })
    assert.deepEqual(tokens.claims()?.['groups'], ['Editors', 'Staff'])
    const bodyOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())
    assert.deepEqual(bodyOf(tokens.access_token).groups, ['Editors', 'Staff'])
    const { tokens: others } = await signIn(config, { scope: 'openid roles' })
    assert.equal(others.claims()?.['groups'], undefined)
    assert.equal(bodyOf(others.access_token).groups, undefined)
  })

  it('introspection knows signed tokens, our own access tokens and API keys, until they end', async () => {
    const audience = 'https://api.example.com'
    const config = await connect(await register({ audience }))
    const api = await connect(await register({ kind: 'machine', redirect_uris: [], audience }))
    const stranger = await connect(await register({}))
    const browser = await connect(await register({ kind: 'browser' }))
    const ask = async (asking: client.Configuration, token: string) => {
      const { active, sub, scope } = await client.tokenIntrospection(asking, token)
      return active ? [sub, scope] : active
    }
    const as = await login(service, 'ann')
    const { tokens } = await signIn(config, { scope: 'openid groups' }, as)
    const found = [user.id, 'openid groups']
    const jwt = tokens.access_token
    assert.deepEqual(
      [await ask(config, jwt), await ask(api, jwt), await ask(stranger, jwt)],
      [found, found, false],
    )
    assert.equal(await ask(api, `${jwt.slice(0, -8)}AAAAAAAA`), false)
    const machine = (await client.clientCredentialsGrant(api)).access_token
    assert.equal((await client.tokenIntrospection(api, machine)).active, true)

    const made = await service.call('POST', '/api-keys', {
      as: admin.token,
      body: { name: 'robot', permissions: ['users:read'] },
    })
    assert.equal(made.status, 201, made.text)
    assert.deepEqual(await ask(stranger, made.body.secret), [admin.id, 'users:read'])
    assert.deepEqual([await ask(stranger, as), await ask(browser, as)], [[user.id, ''], false])
    await service.call('DELETE', `/api-keys/${made.body.id}`, { as: admin.token })
    await service.call('POST', '/auth/logout', { as })
    for (const token of [made.body.secret, as, jwt]) assert.equal(await ask(api, token), false)
    await assert.rejects(ask(await connect({ ...(await register({})), client_secret: 'rs_x' }), jwt), {
      status: 401,
    })
  })

  it('a machine gets a token for itself', async () => {
    const application = await register({
      kind: 'machine',
      redirect_uris: [],
      audience: 'https://api.example.com',
    })
    const config = await connect(application)
    const tokens = await client.clientCredentialsGrant(config)
    const claims = JSON.parse(Buffer.from(tokens.access_token.split('.')[1]!, 'base64url').toString())
    assert.deepEqual([claims.client_id, claims.aud], [application.client_id, 'https://api.example.com'])
  })

  it('a deleted application ends its tokens', async () => {
    const application = await register({})
    const config = await connect(application)
    const { tokens } = await signIn(config)
    await service.call('DELETE', `/applications/${application.client_id}`, { as: admin.token })
    await assert.rejects(client.refreshTokenGrant(config, tokens.refresh_token!), { status: 401 })
    await assert.rejects(client.fetchUserInfo(config, tokens.access_token, user.id))
  })

  it('no secret, code or token is kept in readable form', async () => {
    const application = await register({})
    const { tokens, location } = await signIn(await connect(application))
    const rows = await service.roster.database.read.selectFrom('oauth_records').selectAll().execute()
    const secrets = await service.roster.database.read.selectFrom('application_secrets').selectAll().execute()
    const stored = JSON.stringify([rows, secrets, service.logs()])
    for (const secret of [
      application.client_secret!,
      tokens.access_token,
      tokens.refresh_token!,
      location.searchParams.get('code')!,
    ])
      assert.ok(!stored.includes(secret))
  })
})

async function login(service: Service, username: string): Promise<string> {
  const body = { username, password }
  return (await service.call('POST', '/auth/login', { body })).body.access_token
}
