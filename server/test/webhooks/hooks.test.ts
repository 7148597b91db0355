/** The hook of the operator: asked before sign-ups, sign-ins and tokens, it refuses them or adds claims. */
import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { after, before, beforeEach, it } from 'node:test'
import * as client from 'openid-client'
import { Secret, TOTP } from 'otpauth'
import { nowMs } from '../../src/clock.ts'
import { readConfig } from '../../src/config.ts'
import { connect, register, signIn } from '../applications/relying-party.ts'
import { until } from '../harness/wait.ts'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { type Smtp, startSmtp } from '../mail/smtp.ts'
import { type Message, type Receiver, startReceiver, verify } from './receiver.ts'

const secret = `whsec_${Buffer.alloc(32, 'hook').toString('base64')}`
const settings = (receiver: Receiver) => ({
  ROSTER_OUTGOING_NETWORKS: '127.0.0.0/8',
  ROSTER_HOOK_URL: receiver.url('/hook'),
  ROSTER_HOOK_SECRET: secret,
  ROSTER_HOOK_TIMEOUT_MS: '500',
})
type Reply = (message: Message, response: ServerResponse) => void
const json =
  (body: unknown): Reply =>
  (_message, response) =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
const allow = json({ decision: 'allow' })
const deny = json({ decision: 'deny', reason: 'The office is closed. Come back on Monday.' })

/** Answers that cannot be used. */
const unusable: Record<string, Reply> = {
  slow: () => {},
  huge: (_message, response) =>
    void response.writeHead(200).end(`{"decision":"allow"}${' '.repeat(100_000)}`),
  redirect: (_message, response) =>
    void response.writeHead(307, { location: 'http://169.254.169.254/latest/meta-data' }).end(),
  elsewhere: (_message, response) => void response.writeHead(307, { location: '/other' }).end(),
  broken: (_message, response) => void response.writeHead(200).end('{"decision":"allow"'),
  failing: (_message, response) => void response.writeHead(500).end('{"decision":"allow"}'),
  cut: (_message, response) => void response.destroy(),
}

onBothEngines('the hook', (engine) => {
  let receiver: Receiver
  let smtp: Smtp
  let service: Service
  let admin: TestUser
  let user: TestUser
  before(async () => {
    receiver = await startReceiver()
    receiver.answer('/hook', allow)
    smtp = await startSmtp()
    service = await engine.start({
      ...settings(receiver),
      ROSTER_HOOK_POINTS: 'sign_up,sign_in,token',
      ...{ ROSTER_MAIL_URL: smtp.url, ROSTER_EMAIL_LINK: 'true' },
    })
    admin = await service.admin()
    user = await service.createUser()
  })
  beforeEach(() => {
    receiver.messages.length = 0
    receiver.answer('/hook', allow)
  })
  after(async () => {
    receiver.stop()
    await smtp.stop()
  })
  const login = (given = password, username = user.username) =>
    service.call('POST', '/auth/login', { body: { username, password: given } })
  const asked = () => receiver.at('/hook')
  /** Answers one point in its own way, all others with `allow`. */
  const answerAt = (point: string, reply: Reply) =>
    receiver.answer('/hook', (message, response) =>
      (message.body.type === `before.${point}` ? reply : allow)(message, response),
    )
  const eventsOf = async (query: string) =>
    (await service.call('GET', `/audit-events?limit=200&${query}`, { as: admin.token })).body
  const claimsOf = (token: string) =>
    JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())

  it('is asked before a sign-in with a signed request that has no password', async () => {
    assert.equal((await login()).status, 200)
    const [message] = asked()
    assert.ok(message)
    assert.deepEqual(verify(secret, message), message.body)
    assert.deepEqual(Object.keys(message.body), ['type', 'timestamp', 'data'])
    assert.equal(message.body.type, 'before.sign_in')
    assert.deepEqual(Object.keys(message.body.data), ['user', 'method', 'client'])
    const { data } = message.body
    assert.deepEqual([data.user.id, data.method, data.client.address], [user.id, 'pwd', '127.0.0.1'])
    assert.ok(!JSON.stringify(receiver.messages).includes(password))
  })

  it('refuses a sign-in in every way, with a reason for the user, after the password is right', async () => {
    answerAt('sign_in', deny)
    assert.equal((await login('a wrong password')).body.code, 'invalid_credentials')
    assert.equal((await login(password, 'nobody-of-this-name')).body.code, 'invalid_credentials')
    assert.equal(asked().length, 0, 'a wrong password does not reach the hook')
    const body = { username: user.username, password }
    const answers = [
      await login(),
      await service.call('POST', '/auth/session', { body }),
      await service.call('GET', '/users/me', { as: body }),
      await service.call('GET', '/users/me', { as: body }),
    ]
    for (const { status, body } of answers) {
      assert.deepEqual([status, body.code], [403, 'denied_by_hook'])
      assert.equal(body.detail, 'The office is closed. Come back on Monday.')
    }
    assert.deepEqual(
      asked().map(({ body }) => body.data.method),
      ['pwd', 'pwd', 'basic', 'basic'],
    )
    const denied = await eventsOf(`type=hook.denied&target=${user.id}`)
    assert.equal(denied.length, 4)
    assert.deepEqual(
      [denied[0].outcome, denied[0].reason, denied[0].changes],
      ['denied', 'denied', { before: 'sign_in' }],
    )
    const [failure] = await eventsOf(`type=auth.login.failure&target=${user.id}`)
    assert.equal(failure.reason, 'denied_by_hook')
  })

  it('refuses the code of a mail, which is not used up then', async () => {
    const other = await service.createUser({ email_verified: true })
    const { body } = await service.call('POST', '/auth/email-link', { body: { email: other.email } })
    const isIt = ({ subject }: { subject: string }) => subject.startsWith('Sign in to')
    const mail = await until(() => smtp.to(other.email).find(isIt), 'a mail')
    const email_code = /\b\d{6}\b/.exec(mail.text)![0]
    const enter = (code: string) =>
      service.call('POST', '/auth/login', { body: { challenge: body.challenge, email_code: code } })
    answerAt('sign_in', deny)
    assert.equal((await enter(email_code === '000000' ? '111111' : '000000')).body.code, 'invalid_code')
    receiver.messages.length = 0
    assert.equal((await enter(email_code)).body.code, 'denied_by_hook')
    assert.equal(asked()[0]?.body.data.method, 'email')
    receiver.answer('/hook', allow)
    assert.equal((await enter(email_code)).status, 200)
  })

  it('is asked once for a sign-in with a second factor, before that is asked for', async () => {
    const other = await service.createUser()
    const as = { as: other.token }
    const { body: app } = await service.call('POST', '/users/me/totp', {
      ...as,
      body: { current_password: password },
    })
    const codeAt = (seconds: number) =>
      new TOTP({ secret: Secret.fromBase32(app.secret) }).generate({ timestamp: nowMs() + seconds * 1000 })
    assert.equal(
      (await service.call('PUT', '/users/me/totp', { ...as, body: { code: codeAt(-30) } })).status,
      200,
    )
    answerAt('sign_in', deny)
    assert.equal((await login(password, other.username)).body.code, 'denied_by_hook')
    receiver.answer('/hook', allow)
    receiver.messages.length = 0
    const { body } = await login(password, other.username)
    assert.equal(body.code, 'second_factor_required')
    const answer = { challenge: body.challenge, totp: codeAt(0) }
    assert.equal((await service.call('POST', '/auth/login/continue', { body: answer })).status, 200)
    assert.deepEqual(
      asked().map(({ body }) => body.type),
      ['before.sign_in', 'before.token'],
    )
  })

  it('cannot allow a sign-in that another check refuses', async () => {
    const other = await service.createUser()
    await service.call('PATCH', `/users/${other.id}`, { as: admin.token, body: { status: 'disabled' } })
    receiver.messages.length = 0
    assert.equal((await login(password, other.username)).body.code, 'invalid_credentials')
    assert.equal(asked().length, 0)
    answerAt('sign_in', async (message, response) => {
      await service.call('PATCH', `/users/${user.id}`, { as: admin.token, body: { status: 'disabled' } })
      allow(message, response)
    })
    assert.equal((await login()).body.code, 'invalid_credentials', 'disabled while the hook is asked')
    await service.call('PATCH', `/users/${user.id}`, { as: admin.token, body: { status: 'active' } })
  })

  it('is asked before a sign-up, but not before an administrator creates a user', async () => {
    answerAt('sign_up', deny)
    const body = { username: 'newcomer', email: 'newcomer@example.com', password, first_name: 'New' }
    const denied = await service.call('POST', '/users', { body })
    assert.deepEqual([denied.status, denied.body.code], [403, 'denied_by_hook'])
    const [message] = asked()
    assert.deepEqual(message?.body.data.user, {
      username: 'newcomer',
      email: 'newcomer@example.com',
      first_name: 'New',
    })
    assert.equal(message?.body.data.method, 'self')
    assert.equal((await service.call('POST', '/users', { as: admin.token, body })).status, 201)
    assert.equal((await service.call('POST', '/users', { body })).body.code, 'username_taken')
    assert.equal((await service.call('POST', '/users', { body: { ...body, email: 'x' } })).status, 400)
    assert.equal(asked().length, 1, 'only what would be written is asked about')
    const [event] = await eventsOf('type=hook.denied')
    assert.deepEqual([event.target, event.changes], [{ kind: 'system', id: null }, { before: 'sign_up' }])
    answerAt('sign_up', allow)
    const other = { ...body, username: 'newcomer-2', email: 'newcomer-2@example.com' }
    assert.equal((await service.call('POST', '/users', { body: other })).status, 201)
  })

  it('adds claims to tokens, but no registered ones', async () => {
    const claims = { 'https://example.com/plan': 'gold', 'urn:example:seats': [1, 2] }
    answerAt('token', json({ decision: 'allow', claims }))
    const { body } = await login()
    assert.deepEqual({ ...claimsOf(body.access_token), ...claims }, claimsOf(body.access_token))
    assert.equal((await service.call('GET', '/users/me', { as: body.access_token })).status, 200)
    answerAt('token', json({ decision: 'allow', claims: { ...claims, sub: admin.id } }))
    const wrong = await login()
    assert.deepEqual([wrong.status, wrong.body.code], [503, 'dependency_unavailable'])
  })

  it('refuses a token, and the session of a refused sign-in ends', async () => {
    const { body: pair } = await login()
    const refresh = () =>
      service.call('POST', '/auth/refresh', { body: { refresh_token: pair.refresh_token } })
    const sessions = async () =>
      (await service.call('GET', '/users/me/sessions', { as: pair.access_token })).body.length
    const before = await sessions()
    for (const [reply, code] of [
      [deny, 'denied_by_hook'],
      [unusable['failing'], 'dependency_unavailable'],
    ] as const) {
      answerAt('token', reply as Reply)
      assert.equal((await login()).body.code, code)
      assert.equal((await refresh()).body.code, code)
    }
    assert.equal(await sessions(), before)
    receiver.answer('/hook', allow)
    assert.equal((await refresh()).status, 200, 'the refresh token was not used up')
    receiver.messages.length = 0
    const unknown = await service.call('POST', '/auth/refresh', {
      body: { refresh_token: `rt_${'A'.repeat(43)}` },
    })
    assert.deepEqual([unknown.body.code, asked().length], ['invalid_grant', 0])
  })

  it('adds claims to the tokens of applications, or refuses them', async () => {
    const registered = await register(service, { audience: 'https://api.example.com' })
    const config = await connect(service, registered)
    const other = await service.createUser()
    answerAt('token', json({ decision: 'allow', claims: { 'https://example.com/plan': 'gold' } }))
    receiver.messages.length = 0
    const scope = { scope: 'openid offline_access', prompt: 'consent', resource: 'https://api.example.com' }
    const { tokens } = await signIn(service, config, other.token, scope)
    assert.equal(asked().length, 1, 'once for all tokens')
    assert.equal(asked()[0]?.body.data.application, registered.client_id)
    for (const token of [tokens.access_token, tokens.id_token ?? ''])
      assert.equal(claimsOf(token)['https://example.com/plan'], 'gold')
    answerAt('token', deny)
    const refresh = () =>
      client.refreshTokenGrant(config, tokens.refresh_token ?? '', { resource: scope.resource })
    await assert.rejects(refresh(), { error: 'access_denied' })
    answerAt('token', unusable['broken'] as Reply)
    await assert.rejects(refresh(), { error: 'temporarily_unavailable' })
    receiver.answer('/hook', allow)
    assert.ok((await refresh()).access_token, 'the refresh token was not used up')
  })

  it('fails closed or open, as its setting says, when its answer cannot be used', async () => {
    const open = await engine.start({
      ...settings(receiver),
      ...{ ROSTER_HOOK_ON_FAILURE: 'allow', ROSTER_HOOK_POINTS: 'sign_in' },
    })
    const other = await open.createUser()
    const body = { username: other.username, password }
    for (const [name, reply] of Object.entries(unusable)) {
      receiver.answer('/hook', reply)
      const closed = await login()
      assert.deepEqual([closed.status, closed.body.code], [503, 'dependency_unavailable'], name)
      assert.equal((await open.call('POST', '/auth/login', { body })).status, 200, name)
    }
    assert.equal(receiver.at('/other').length, 0, 'no redirect is followed')
    const log = open.logs().filter(({ event }) => event === 'hook.failed')
    assert.equal(log.length, Object.keys(unusable).length)
    assert.ok(!JSON.stringify(open.logs()).includes(secret.slice(6)))
    receiver.answer('/hook', deny)
    assert.equal((await open.call('POST', '/auth/login', { body })).status, 403, 'a refusal is one')
  })

  it('shows no reason that is more than a line of text', async () => {
    answerAt('sign_in', json({ decision: 'deny', reason: 'a\nb' }))
    const { status, body } = await login()
    assert.deepEqual([status, body.detail], [403, 'Not allowed by the rules of this server.'])
  })
})

it('needs a secret and a safe address', () => {
  const faultsOf = (given: Record<string, string>) => {
    try {
      readConfig({ ROSTER_PUBLIC_URL: 'https://users.example.com', ...given })
      return ''
    } catch (error) {
      return (error as Error).message
    }
  }
  assert.match(faultsOf({ ROSTER_HOOK_URL: 'https://example.com' }), /ROSTER_HOOK_SECRET is required/)
  assert.match(faultsOf({ ROSTER_HOOK_URL: 'http://example.com' }), /must begin with https/)
  assert.match(faultsOf({ ROSTER_HOOK_SECRET: 'whsec_c2hvcnQ=' }), /ROSTER_HOOK_SECRET must be/)
  assert.match(faultsOf({ ROSTER_HOOK_POINTS: 'sign_in,delete' }), /ROSTER_HOOK_POINTS must be/)
  assert.equal(faultsOf({ ROSTER_HOOK_URL: 'https://example.com', ROSTER_HOOK_SECRET: secret }), '')
})
