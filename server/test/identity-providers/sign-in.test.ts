/** Which account a sign-in at a provider opens. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { callbackOf, isNext, publicUrl, signingIn } from './signing-in.ts'
import { startUpstream, type Upstream } from './upstream.ts'

const read = (line: string) => (line.trim() === '' ? undefined : JSON.parse(line))

onBothEngines('signing in through a provider', (engine) => {
  let service: Service
  let admin: TestUser
  let upstream: Upstream
  const { register, change, enter, callback, whoIs, travel } = signingIn(
    () => service,
    () => admin,
  )
  before(async () => {
    upstream = await startUpstream([callbackOf('corp')])
    service = await engine.start({ ROSTER_OUTGOING_NETWORKS: '127.0.0.0/8' })
    admin = await service.admin()
    const client = { client_id: 'roster', client_secret: 'upstream-secret' }
    await register({ kind: 'oidc', id: 'corp', name: 'Corp', issuer: upstream.issuer, ...client })
  })
  after(() => upstream.stop())

  const events = async (type: string) =>
    (await service.call('GET', `/audit-events?type=${type}`, { as: admin.token })).body as {
      target: { id: string }
      changes: Record<string, unknown>
      auth_methods: string[]
    }[]

  it('the sign-in page gets the enabled providers and no secret', async () => {
    const { body } = await service.call('GET', '/auth/providers')
    assert.deepEqual(body, [{ id: 'corp', name: 'Corp', kind: 'oidc', signs_up: false }])
  })

  it('a new user gets no account while the sign-up of the provider is off', async () => {
    isNext(upstream, { sub: 'stranger' })
    const { landing, fragment, traveller } = await enter('corp')
    assert.equal(landing.pathname, '/sign-in')
    assert.deepEqual([fragment.get('provider'), fragment.get('account')], ['Corp', 'stranger@people.example'])
    assert.ok(fragment.get('waiting'))
    assert.equal(await whoIs(traveller), null)
  })

  it('an imported account of a provider opens its user and no other, and is exported again', async () => {
    const brought = { issuer: upstream.issuer, subject: 'brought', email: 'brought@corp.example' }
    const row = (name: string) =>
      `${JSON.stringify({ username: name, email: `${name}@example.com`, identities: [brought] })}\n`
    const send = (text: string) =>
      service.call('POST', '/users/import', {
        as: admin.token,
        headers: { 'content-type': 'application/x-ndjson' },
        body: text,
      })
    const [first, second] = (await send(row('brought') + row('other'))).text.split('\n').map(read)
    assert.equal(first.result, 'created')
    assert.deepEqual(first.notes, ['has no password; no mail was sent'])
    assert.match(second.notes.join(), /is linked to another user/)
    isNext(upstream, { sub: 'brought' })
    assert.equal((await whoIs((await enter('corp')).traveller))?.user.username, 'brought')
    const [linked] = await events('identity.linked')
    assert.deepEqual(linked?.changes, { issuer: upstream.issuer, how: 'import' })
    const exported = async (query: string) =>
      (await service.call('GET', `/users/export?username=brought${query}`, { as: admin.token })).text
    const whole = await exported('&include=password_hash')
    assert.deepEqual(read(whole).identities, [{ ...brought, email: 'brought@people.example' }])
    assert.equal(read(await exported('')).identities, undefined)
    const bad = { username: 'bad', email: 'bad@example.com', identities: [{ issuer: 'corp', subject: 'x' }] }
    assert.match((await send(JSON.stringify(bad))).text, /identities is not a list of accounts/)
  })

  it('with open sign-up a new user gets an account, and gets the same one at the next sign-in', async () => {
    await change('corp', { sign_up: 'open' })
    isNext(upstream, { sub: 'new', given_name: 'Ada', preferred_username: 'ada l.' })
    const first = await enter('corp', travel(), '?return_to=/account/security')
    assert.equal(first.landing.pathname, '/account/security')
    const { user } = (await whoIs(first.traveller))!
    // The provider is trusted for no domain, so its word about the address counts for nothing.
    assert.deepEqual([user.username, user.email_verified, user.roles], ['ada-l.', false, ['user']])
    isNext(upstream, { sub: 'new', email: 'moved@people.example' })
    const again = await whoIs((await enter('corp')).traveller)
    assert.deepEqual([again?.user.id, again?.user.email], [user.id, 'new@people.example'])
    const [created] = await events('user.created')
    assert.equal(created?.target.id, user.id)
    assert.deepEqual((await events('auth.login.success'))[0]?.auth_methods, ['provider'])
  })

  it('concurrent first sign-ins of one person from several browsers create one account', async () => {
    isNext(upstream, { sub: 'hasty' })
    const travellers = [travel(), travel(), travel()]
    const addresses: URL[] = []
    for (const traveller of travellers) addresses.push(await callback('corp', traveller))
    await Promise.all(travellers.map((traveller, index) => traveller.visit(addresses[index]!)))
    const users = await Promise.all(travellers.map(whoIs))
    assert.deepEqual(new Set(users.map((one) => one?.user.email)), new Set(['hasty@people.example']))
    assert.equal(new Set(users.map((one) => one?.user.id)).size, 1)
  })

  it('usernames of others, reserved names and unusable names are varied', async () => {
    isNext(upstream, { sub: 'admin-like', preferred_username: 'admin', given_name: 'a\u202eb' })
    const { user } = (await whoIs((await enter('corp')).traveller))!
    assert.match(user.username, /^user-admin/)
    isNext(upstream, { sub: 'twin', preferred_username: user.username })
    const twin = (await whoIs((await enter('corp')).traveller))!
    assert.ok(twin.user.username.startsWith(`${user.username}-`))
  })

  it('an address links an account only if Roster and the trusted provider have both verified it', async () => {
    await change('corp', { domains: ['corp.example'] })
    const proven = await service.createUser({ email: 'pat@corp.example', email_verified: true })
    const cases = [
      { sub: 'a', email: 'PAT@corp.example', email_verified: false },
      { sub: 'b', email: 'pat@corp.example', email_verified: undefined },
      { sub: 'c', email: 'pat@corp.example', email_verified: 'yes' },
      { sub: 'd', email: proven.username, email_verified: true },
    ]
    for (const claims of cases) {
      isNext(upstream, claims)
      const { traveller, fragment } = await enter('corp')
      assert.equal(await whoIs(traveller), null, claims.sub)
      if (claims.sub !== 'd') assert.ok(fragment.get('waiting'), claims.sub)
    }
    const unproven = await service.createUser({ email: 'unproven@corp.example', email_verified: false })
    const elsewhere = await service.createUser({ email: 'pat@other.example', email_verified: true })
    const boss = await service.createUser({
      email: 'boss@corp.example',
      email_verified: true,
      roles: ['admin'],
    })
    for (const { email } of [unproven, elsewhere, boss]) {
      isNext(upstream, { sub: `at-${email}`, email, email_verified: true })
      assert.equal(await whoIs((await enter('corp')).traveller), null, email)
    }
    isNext(upstream, { sub: 'pat', email: 'Pat@corp.example', email_verified: true })
    const { traveller } = await enter('corp')
    assert.equal((await whoIs(traveller))?.user.id, proven.id)
    const [linked] = await events('identity.linked')
    assert.deepEqual([linked?.target.id, linked?.changes['how']], [proven.id, 'address'])
    // Another account at the provider with the same address belongs to another person.
    isNext(upstream, { sub: 'pat-2', email: 'pat@corp.example', email_verified: false })
    assert.equal(await whoIs((await enter('corp')).traveller), null)
  })

  it('sign-up for domains takes only addresses that are proven there', async () => {
    await change('corp', { sign_up: 'domains' })
    for (const claims of [
      { sub: 'x', email: 'x@corp.example', email_verified: false },
      { sub: 'y', email: 'y@else.example', email_verified: true },
    ]) {
      isNext(upstream, claims)
      assert.ok((await enter('corp')).fragment.get('waiting'), claims.sub)
    }
    isNext(upstream, { sub: 'z', email: 'z@corp.example', email_verified: true })
    assert.equal((await whoIs((await enter('corp')).traveller))?.user.email_verified, true)
  })

  it('the owner links a waiting account with the password, in the same browser, once', async () => {
    const owner = await service.createUser({ email: 'owner@nowhere.example' })
    isNext(upstream, { sub: 'owner', email: 'owner@nowhere.example' })
    const { fragment, traveller } = await enter('corp')
    const body = { token: fragment.get('waiting')! }
    const signIn = { username: owner.username, password }
    const link = (browser = traveller) => browser.visit(`${publicUrl}/users/me/identities`, { json: body })
    assert.equal((await link()).status, 401)
    const thief = travel()
    await thief.visit(`${publicUrl}/auth/session`, { json: signIn })
    assert.equal((await link(thief)).status, 400, 'another browser')
    assert.equal((await traveller.visit(`${publicUrl}/auth/session`, { json: signIn })).status, 200)
    assert.equal((await link()).status, 201)
    assert.equal((await link()).status, 400, 'the token is used up')
    assert.equal((await whoIs((await enter('corp')).traveller))?.user.id, owner.id)
  })

  it('a disabled or deleted user cannot sign in through a provider', async () => {
    await change('corp', { sign_up: 'open' })
    isNext(upstream, { sub: 'leaver' })
    const { user } = (await whoIs((await enter('corp')).traveller))!
    const path = `/users/${user.id}`
    await service.call('PATCH', path, { as: admin.token, body: { status: 'disabled' } })
    const refused = await enter('corp')
    assert.equal(refused.landing.searchParams.get('provider_error'), 'refused')
    await service.call('DELETE', path, { as: admin.token })
    assert.equal((await enter('corp')).landing.searchParams.get('provider_error'), 'refused')
  })

  it('roles follow the claims at each sign-in; others stay', async () => {
    for (const name of ['editor', 'staff', 'kept'])
      await service.call('POST', '/roles', { as: admin.token, body: { name, permissions: [] } })
    await change('corp', {
      role_rules: [
        { claim: 'groups', value: 'editors', role: 'editor' },
        { claim: 'email_verified', value: 'true', role: 'staff' },
      ],
    })
    isNext(upstream, { sub: 'worker', groups: ['editors', 'others'], email_verified: false })
    const { user } = (await whoIs((await enter('corp')).traveller))!
    assert.deepEqual(user.roles, ['editor', 'user'])
    const roles = ['editor', 'kept', 'user']
    await service.call('PATCH', `/users/${user.id}`, { as: admin.token, body: { roles } })
    isNext(upstream, { sub: 'worker', groups: [], email_verified: true })
    const later = (await whoIs((await enter('corp')).traveller))!
    assert.deepEqual(later.user.roles, ['kept', 'staff', 'user'])
    const { email } = await service.createUser({ email: 'linked@corp.example', email_verified: true })
    isNext(upstream, { sub: 'linked', email, groups: ['editors'] })
    const linked = (await whoIs((await enter('corp')).traveller))!
    assert.deepEqual(linked.user.roles, ['editor', 'staff', 'user'], 'in the sign-in that links')
    await change('corp', { role_rules: [] })
  })

  it('a role rule that gives permissions does not verify an unproven address', async () => {
    isNext(upstream, { sub: 'unproven', groups: [] })
    const { user } = (await whoIs((await enter('corp')).traveller))!
    const permissions = ['users:read']
    await service.call('POST', '/roles', { as: admin.token, body: { name: 'reader', permissions } })
    await change('corp', { role_rules: [{ claim: 'groups', value: 'readers', role: 'reader' }] })
    isNext(upstream, { sub: 'unproven', groups: ['readers'] })
    assert.deepEqual((await whoIs((await enter('corp')).traveller))?.user.roles, ['reader', 'user'])
    const path = `/users/${user.id}`
    const vouched = await service.call('PATCH', path, { as: admin.token, body: { email_verified: true } })
    assert.equal(vouched.body.code, 'unproven_account')
    await change('corp', { role_rules: [] })
  })

  it('a disabled provider signs no user in', async () => {
    await change('corp', { enabled: false })
    const { status } = await travel().visit(`${publicUrl}/auth/providers/corp/start`)
    assert.equal(status, 404)
    assert.deepEqual((await service.call('GET', '/auth/providers')).body, [])
    await change('corp', { enabled: true })
  })
})
