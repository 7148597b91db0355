/** What the owner of an account does: link, unlink, and sign in with a second factor. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { Secret, TOTP } from 'otpauth'
import { shiftClock } from '../../src/clock.ts'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { type Smtp, startSmtp } from '../mail/smtp.ts'
import { callbackOf, isNext, publicUrl, signingIn } from './signing-in.ts'
import { startUpstream, type Upstream } from './upstream.ts'

onBothEngines('an account with other ways to sign in', (engine) => {
  let service: Service
  let admin: TestUser
  let upstream: Upstream
  let smtp: Smtp
  const { register, change, enter, callback, whoIs, travel } = signingIn(
    () => service,
    () => admin,
  )
  before(async () => {
    smtp = await startSmtp()
    upstream = await startUpstream([callbackOf('corp')])
    service = await engine.start({ ROSTER_MAIL_URL: smtp.url, ROSTER_OUTGOING_NETWORKS: '127.0.0.0/8' })
    admin = await service.admin()
    const client = { client_id: 'roster', client_secret: 'upstream-secret', domains: ['*'] }
    await register({
      kind: 'oidc',
      id: 'corp',
      name: 'Corp',
      issuer: upstream.issuer,
      sign_up: 'open',
      ...client,
    })
  })
  after(() => Promise.all([upstream.stop(), smtp.stop()]))

  const signedIn = async (user: TestUser) => {
    const traveller = travel()
    const json = { username: user.username, password }
    assert.equal((await traveller.visit(`${publicUrl}/auth/session`, { json })).status, 200)
    return traveller
  }
  const own = `${publicUrl}/users/me/identities`
  const beginLink = async (traveller: ReturnType<typeof travel>) => {
    const { status, body, text } = await traveller.visit(`${own}/start`, { json: { provider: 'corp' } })
    assert.equal(status, 200, text)
    return traveller.follow(
      (body as { authorization_url: string }).authorization_url,
      (url) => url.origin === publicUrl,
    )
  }

  it('the owner links an account, gets a mail, and signs in with it', async () => {
    const owner = await service.createUser({ username: 'linker' })
    isNext(upstream, { sub: 'linker-at-corp', email: 'private@home.example' })
    const traveller = await signedIn(owner)
    const { location } = await traveller.visit(await beginLink(traveller))
    assert.equal(`${location!.pathname}${location!.search}`, '/account/security?linked=true')
    const { body } = await service.call('GET', `/users/${owner.id}/identities`, { as: admin.token })
    const [{ provider, subject, email }] = body
    assert.deepEqual([provider, subject, email], ['corp', 'linker-at-corp', 'private@home.example'])
    let mail = await smtp.next(owner.email, 0)
    for (let turn = 1; !/ways to sign in/.test(mail.subject); turn += 1)
      mail = await smtp.next(owner.email, turn)
    assert.match(mail.text, /An account at Corp was linked/)
    const data = await service.call('GET', '/users/me/data', { as: owner.token })
    assert.equal(data.body.identities[0].subject, 'linker-at-corp')
    assert.equal((await whoIs((await enter('corp')).traveller))?.user.id, owner.id)
  })

  it('linking needs a fresh proof, the same session, and an account that no other user has linked', async () => {
    const [one, two] = await Promise.all([service.createUser(), service.createUser()])
    isNext(upstream, { sub: 'wanted' })
    const first = await signedIn(one)
    const url = await beginLink(first)
    const cookies = first.cookies(publicUrl)
    const session = cookies.get('roster')!
    // Another user signs in in another tab.
    cookies.set('roster', (await signedIn(two)).cookies(publicUrl).get('roster')!)
    assert.equal((await first.visit(url)).location?.searchParams.get('provider_error'), 'other_session')
    cookies.set('roster', session)
    await first.visit(await beginLink(first))
    const second = await signedIn(two)
    const taken = await second.visit(await beginLink(second))
    assert.equal(taken.location?.searchParams.get('provider_error'), 'linked_elsewhere')
    shiftClock(400)
    try {
      const { body } = await first.visit(`${own}/start`, { json: { provider: 'corp' } })
      assert.equal((body as { code: string }).code, 'reauthentication_required')
    } finally {
      shiftClock(-400)
    }
    const path = `/users/${one.id}/identities/start`
    const foreign = await service.call('POST', path, { as: admin.token, body: { provider: 'corp' } })
    assert.equal(foreign.status, 403, 'not even an administrator')
  })

  it('nothing is linked while the user must first replace the password', async () => {
    const owner = await service.createUser()
    isNext(upstream, { sub: 'too-late' })
    const traveller = await signedIn(owner)
    const url = await beginLink(traveller)
    const due = { as: admin.token, body: { must_change_password: true } }
    assert.equal((await service.call('PATCH', `/users/${owner.id}`, due)).status, 200)
    assert.equal((await traveller.visit(url)).location?.searchParams.get('provider_error'), 'other_session')
    const { body } = await service.call('GET', `/users/${owner.id}/identities`, { as: admin.token })
    assert.deepEqual(body, [])
    assert.equal((await whoIs(traveller))?.user.id, owner.id)
  })

  it('the last way to sign in cannot be unlinked, also by two concurrent requests', async () => {
    isNext(upstream, { sub: 'only', email: 'only@corp.example' })
    const { traveller } = await enter('corp')
    const { user } = (await whoIs(traveller))!
    const list = async () => (await traveller.visit(own)).body as { id: string }[]
    const unlink = async (id: string) => (await traveller.visit(`${own}/${id}`, { method: 'DELETE' })).body
    const [only] = await list()
    assert.equal(((await unlink(only!.id)) as { code: string }).code, 'last_way_in')
    const byAdmin = `/users/${user.id}/identities/${only!.id}`
    assert.equal((await service.call('DELETE', byAdmin, { as: admin.token })).body.code, 'last_way_in')
    isNext(upstream, { sub: 'only-2' })
    traveller.cookies(upstream.issuer).clear()
    await traveller.visit(await beginLink(traveller))
    const both = await list()
    assert.equal(both.length, 2)
    await Promise.all(both.map(({ id }) => unlink(id)))
    assert.equal((await list()).length, 1)
    await change('corp', { enabled: false })
    const rest = await list()
    assert.equal(((await unlink(rest[0]!.id)) as { code: string }).code, 'last_way_in')
    await change('corp', { enabled: true })
  })

  it('with a password the account is unlinked, and can no longer be used to sign in', async () => {
    const owner = await service.createUser({ email: 'goer@corp.example', email_verified: true })
    isNext(upstream, { sub: 'goer', email: owner.email })
    const { traveller } = await enter('corp')
    const [identity] = (await traveller.visit(own)).body as { id: string }[]
    assert.equal((await traveller.visit(`${own}/${identity!.id}`, { method: 'DELETE' })).status, 204)
    await service.call('PATCH', `/users/${owner.id}`, { as: admin.token, body: { email_verified: false } })
    assert.ok((await enter('corp')).fragment.get('waiting'))
  })

  it('an account with a second factor asks for it', async () => {
    const owner = await service.createUser({ email: 'careful@corp.example', email_verified: true })
    const as = owner.token
    const { secret } = (
      await service.call('POST', '/users/me/totp', { as, body: { current_password: password } })
    ).body
    const totp = new TOTP({ secret: Secret.fromBase32(secret) })
    const confirmed = await service.call('PUT', '/users/me/totp', { as, body: { code: totp.generate() } })
    isNext(upstream, { sub: 'careful', email: owner.email })
    const { fragment, traveller, landing } = await enter('corp', travel(), '?return_to=/account/data')
    assert.equal(landing.searchParams.get('return_to'), '/account/data')
    assert.equal(await whoIs(traveller), null)
    const json = {
      challenge: fragment.get('challenge')!,
      recovery_code: confirmed.body.recovery_codes[0],
    }
    const continued = await traveller.visit(`${publicUrl}/auth/session/continue`, { json })
    assert.equal(continued.status, 200, continued.text)
    assert.equal((await whoIs(traveller))?.user.id, owner.id)
    const events = await service.call('GET', '/audit-events?type=auth.login.success&limit=1', {
      as: admin.token,
    })
    assert.deepEqual(events.body[0].auth_methods, ['provider', 'recovery_code'])
  })

  it('a user who signed up with the address of another person loses the account to its owner', async () => {
    await change('corp', { domains: [] })
    isNext(upstream, { sub: 'squatter', email: 'victim@mail.example' })
    const { traveller } = await enter('corp')
    const { user } = (await whoIs(traveller))!
    const { token } = await smtp.next('victim@mail.example', 0)
    const alone = await service.call('POST', '/auth/verify-email', { body: { token } })
    assert.equal(alone.body.code, 'reauthentication_required', 'the link alone proves nothing')
    const body = { token, new_password: 'a better horse battery' }
    assert.equal((await service.call('POST', '/auth/verify-email', { body })).status, 204)
    assert.equal(await whoIs(traveller), null)
    assert.deepEqual(
      (await service.call('GET', `/users/${user.id}/identities`, { as: admin.token })).body,
      [],
    )
    const again = await callback('corp', travel())
    assert.ok(again)
    assert.equal(await whoIs((await enter('corp')).traveller), null)
  })
})
