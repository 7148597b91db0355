/** No way of signing in and no grant of an application passes the hook of the operator by. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, it } from 'node:test'
import * as client from 'openid-client'
import { createBrowser } from '../applications/browser.ts'
import { connect, publicUrl, register, signIn } from '../applications/relying-party.ts'
import { until } from '../harness/wait.ts'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { callbackOf, isNext, signingIn } from '../identity-providers/signing-in.ts'
import { startUpstream, type Upstream } from '../identity-providers/upstream.ts'
import { type Smtp, startSmtp } from '../mail/smtp.ts'
import { createAuthenticator } from '../security/authenticator.ts'
import { type Receiver, startReceiver } from './receiver.ts'

onBothEngines('the hook is asked', (engine) => {
  let receiver: Receiver
  let smtp: Smtp
  let upstream: Upstream
  let service: Service
  let admin: TestUser
  const provider = signingIn(
    () => service,
    () => admin,
  )
  before(async () => {
    receiver = await startReceiver()
    smtp = await startSmtp()
    upstream = await startUpstream([callbackOf('corp')])
    allow()
    service = await engine.start({
      ROSTER_OUTGOING_NETWORKS: '127.0.0.0/8',
      ROSTER_HOOK_URL: receiver.url('/hook'),
      ROSTER_HOOK_SECRET: `whsec_${Buffer.alloc(32, 'hook').toString('base64')}`,
      ROSTER_HOOK_POINTS: 'sign_in,token',
      ROSTER_MAIL_URL: smtp.url,
      ROSTER_EMAIL_LINK: 'true',
    })
    admin = await service.admin()
    const corp = { kind: 'oidc', id: 'corp', issuer: upstream.issuer, client_id: 'roster' }
    const rules = { client_secret: 'upstream-secret', sign_up: 'open', domains: ['*'] }
    await provider.register({ ...corp, ...rules })
  })
  beforeEach(() => allow())
  after(async () => {
    receiver.stop()
    await Promise.all([smtp.stop(), upstream.stop()])
  })

  /** Every point that is not the one is allowed. */
  const denyAt = (point: string) =>
    receiver.answer('/hook', ({ body }, response) => {
      const decision = body.type === `before.${point}` ? 'deny' : 'allow'
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ decision }))
    })
  const allow = () => denyAt('nothing')
  const post = async (path: string, body: object, as?: TestUser) => {
    const answer = await service.call('POST', path, { ...(as && { as: as.token }), body })
    if (as) assert.ok(answer.status < 300, answer.text)
    return answer
  }
  const codeOf = ({ status, body }: { status: number; body: { code?: string } }) =>
    status < 300 ? 'in' : (body.code ?? '')
  const listAs = async (path: string) => (await service.call('GET', path, { as: admin.token })).body

  type Enter = () => Promise<string>
  const withPasskey = (path: string) => async (user: TestUser) => {
    const device = createAuthenticator()
    const made = device.make((await post('/users/me/passkeys/options', {}, user)).body.options)
    await post('/users/me/passkeys', { name: 'Laptop', passkey: made }, user)
    return async () => {
      const { body } = await post('/auth/passkeys/options', {})
      const passkey = device.sign(body.options)
      return codeOf(await post(path, { challenge: body.challenge, passkey }))
    }
  }
  const withMail = (path: string, read: (text: string) => object) => async (user: TestUser) => {
    const { body } = await post('/auth/email-link', { email: user.email })
    const isIt = ({ subject }: { subject: string }) => subject.startsWith('Sign in to')
    const { text } = await until(() => smtp.to(user.email).find(isIt), 'a mail')
    return async () => codeOf(await post(path, { challenge: body.challenge, ...read(text) }))
  }
  const ways: Record<string, [method: string, begin: (user: TestUser) => Promise<Enter>]> = {
    'a passkey': ['passkey', withPasskey('/auth/login')],
    'a passkey in a browser': ['passkey', withPasskey('/auth/session')],
    'the code of a mail in a browser': [
      'email',
      withMail('/auth/session', (text) => ({ email_code: /\b\d{6}\b/.exec(text)?.[0] })),
    ],
    'the link of a mail': [
      'email',
      withMail('/auth/login', (text) => ({ email_token: /#token=([\w-]+)/.exec(text)?.[1] })),
    ],
    'another provider': [
      'provider',
      async (user) => async () => {
        isNext(upstream, { sub: user.username, email: user.email })
        const { landing, traveller } = await provider.enter('corp')
        const error = landing.searchParams.get('provider_error')
        const session = await provider.whoIs(traveller)
        assert.equal(session === null, error !== null)
        return error === 'refused' ? 'denied_by_hook' : (error ?? 'in')
      },
    ],
    'the password in a browser': [
      'pwd',
      async ({ username }) =>
        async () =>
          codeOf(await post('/auth/session', { username, password })),
    ],
  }
  it('while an account gets permissions: another provider does not link it', async () => {
    const user = await service.createUser({ email_verified: true })
    const role = { name: 'reader', permissions: ['users:read'] }
    await post('/roles', role, admin)
    receiver.answer('/hook', async (_message, response) => {
      const body = { roles: ['reader', 'user'] }
      const given = await service.call('PATCH', `/users/${user.id}`, { as: admin.token, body })
      const decision = given.status === 200 ? 'allow' : 'deny'
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ decision }))
    })
    isNext(upstream, { sub: user.username, email: user.email })
    const { landing, traveller } = await provider.enter('corp')
    assert.equal(landing.searchParams.get('provider_error'), 'refused')
    assert.equal(await provider.whoIs(traveller), null)
    assert.deepEqual((await listAs(`/users/${user.id}`)).roles, ['reader', 'user'])
    const identities = await service.roster.database.read
      .selectFrom('identities')
      .select('id')
      .where('user_id', '=', user.id)
      .execute()
    assert.deepEqual(identities, [])
  })

  for (const [name, [method, begin]] of Object.entries(ways))
    it(`before ${name} opens a session`, async () => {
      const user = await service.createUser({ email_verified: true })
      const enter = await begin(user)
      const sessions = async () => (await listAs(`/users/${user.id}/sessions`)).length
      const open = await sessions()
      denyAt('sign_in')
      receiver.messages.length = 0
      assert.equal(await enter(), 'denied_by_hook')
      const asked = receiver.at('/hook').map(({ body }) => [body.type, body.data.method, body.data.user.id])
      assert.deepEqual(asked, [['before.sign_in', method, user.id]])
      assert.equal(await sessions(), open)
      const refused = await until(
        async () => (await listAs(`/audit-events?type=auth.login.failure&target=${user.id}`))[0],
        'the failure',
      )
      assert.equal(refused.reason, 'denied_by_hook')
      assert.equal((await listAs(`/audit-events?type=hook.denied&target=${user.id}`)).length, 1)
      allow()
      assert.equal(await enter(), 'in')
      assert.equal(await sessions(), open + 1)
    })

  it('before the roles of a user follow another provider, which a refusal leaves as they are', async () => {
    await post('/roles', { name: 'editor', permissions: [] }, admin)
    const rules = { role_rules: [{ claim: 'groups', value: 'editors', role: 'editor' }] }
    await provider.change('corp', rules)
    const linked = await service.createUser({ email_verified: true })
    const met = await service.createUser({ email_verified: true })
    isNext(upstream, { sub: linked.username, email: linked.email })
    await provider.enter('corp')
    const state = async (id: string) => ({
      roles: (await listAs(`/users/${id}`)).roles,
      identities: (await listAs(`/users/${id}/identities`)).length,
      changes: (await listAs(`/audit-events?type=role.assigned&target=${id}`)).length,
    })
    for (const user of [linked, met]) {
      const former = await state(user.id)
      const enter = async () => {
        isNext(upstream, { sub: user.username, email: user.email, groups: ['editors'] })
        return (await provider.enter('corp')).landing.searchParams.get('provider_error')
      }
      denyAt('sign_in')
      assert.equal(await enter(), 'refused')
      assert.deepEqual(receiver.at('/hook').at(-1)?.body.data.user.roles, ['editor', 'user'])
      assert.deepEqual(await state(user.id), former)
      allow()
      assert.equal(await enter(), null)
      assert.deepEqual(await state(user.id), { roles: ['editor', 'user'], identities: 1, changes: 1 })
    }
    await provider.change('corp', { role_rules: [] })
  })

  it('before a newcomer of another provider enters', async () => {
    denyAt('sign_in')
    isNext(upstream, { sub: 'newcomer' })
    const { landing, traveller } = await provider.enter('corp')
    assert.equal(landing.searchParams.get('provider_error'), 'refused')
    assert.equal(await provider.whoIs(traveller), null)
    assert.equal(receiver.at('/hook').at(-1)?.body.data.user.email, 'newcomer@people.example')
  })

  it('before a code, a device or a machine gets a token, which it does not get then', async () => {
    const user = await service.createUser()
    const web = await connect(service, await register(service))
    const device = await connect(service, await register(service, { kind: 'device', redirect_uris: [] }))
    const machine = await connect(service, await register(service, { kind: 'machine', redirect_uris: [] }))
    const connectDevice = async () => {
      const started = await client.initiateDeviceAuthorization(device, { scope: 'openid' })
      const browser = createBrowser(service.url, publicUrl, user.token)
      const { text } = await browser.follow('/oauth2/device')
      const xsrf = /name="xsrf" value="([^"]+)"/.exec(text)?.[1] ?? ''
      const form = { xsrf, user_code: started.user_code, confirm: 'yes' }
      assert.match((await browser.follow('/oauth2/device', form)).text, /Device connected/)
      return { device_code: started.device_code }
    }
    const grants = {
      code: () => signIn(service, web, user.token).then(({ tokens }) => tokens),
      device: async () =>
        client.genericGrantRequest(
          device,
          'urn:ietf:params:oauth:grant-type:device_code',
          await connectDevice(),
        ),
      machine: () => client.clientCredentialsGrant(machine),
    }
    denyAt('token')
    for (const [name, grant] of Object.entries(grants)) {
      receiver.messages.length = 0
      await assert.rejects(grant(), { error: 'access_denied' }, name)
      const [message] = receiver.at('/hook')
      assert.equal(message?.body.type, 'before.token', name)
      assert.equal(message?.body.data.user?.id, name === 'machine' ? undefined : user.id)
    }
    allow()
    for (const [name, grant] of Object.entries(grants)) assert.ok((await grant()).access_token, name)
  })
})
