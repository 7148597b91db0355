import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { type Smtp, startSmtp } from '../mail/smtp.ts'

onBothEngines('an administrator raises an account', (engine) => {
  let smtp: Smtp
  let service: Service
  let admin: TestUser
  before(async () => {
    smtp = await startSmtp()
    service = await engine.start({ ROSTER_MAIL_URL: smtp.url })
    admin = await service.admin()
    const body = { name: 'reader', permissions: ['users:read'] }
    assert.equal((await service.call('POST', '/roles', { as: admin.token, body })).status, 201)
  })
  after(() => smtp.stop())
  const call: Service['call'] = (...request) => service.call(...request)
  const signUp = async (name: string) => {
    const names = { username: `${name}-${engine.name}`, email: `${name}-${engine.name}@corp.example` }
    const { status, body } = await call('POST', '/users', { body: { ...names, password } })
    assert.equal(status, 201)
    return { ...names, id: body.id as string }
  }
  const login = (username: string, secret: string) =>
    call('POST', '/auth/login', { body: { username, password: secret } })
  const raise = (id: string, body: object, query = '', method = 'PATCH') =>
    call(method, `/users/${id}${query}`, { as: admin.token, body })
  const read = async (id: string) => (await call('GET', `/users/${id}`, { as: admin.token })).body

  it('409 for a sign-up with an unproven address, and nothing is changed', async () => {
    const { id, username, email } = await signUp('asked')
    const requests: [object, string?][] = [
      [{ email_verified: true }],
      [{ roles: ['reader'] }],
      [{ email: `other-${email}`, email_verified: true }],
      [{ username, email, email_verified: true }, 'PUT'],
      [{ username, email, roles: ['admin'] }, 'PUT'],
    ]
    for (const [body, method] of requests) {
      const answer = await raise(id, body, '', method)
      assert.deepEqual([answer.status, answer.body.code], [409, 'unproven_account'])
    }
    const user = await read(id)
    assert.deepEqual([user.email, user.email_verified, user.roles], [email, false, ['user']])
    assert.equal((await raise(id, { roles: ['user'], first_name: 'Ann' })).status, 200, 'raises nothing')
    const wrong = await raise(id, { email_verified: true }, '?credentials=perhaps')
    assert.deepEqual([wrong.status, wrong.body.code], [400, 'invalid_parameter'])
  })

  it('credentials=keep keeps the password', async () => {
    const { id, username } = await signUp('kept')
    assert.equal((await raise(id, { roles: ['reader'] }, '?credentials=keep')).status, 200)
    assert.equal((await login(username, password)).status, 200)
    assert.equal((await raise(id, { email_verified: true })).status, 200, 'asked once')
    const { body } = await call('GET', `/audit-events?target=${id}&type=user.updated`, { as: admin.token })
    assert.deepEqual(
      body.map((event: { changes: { credentials?: string } }) => event.changes.credentials),
      [undefined, 'keep'],
    )
  })

  it('credentials=reset ends what the stranger has, and the address gets a link', async () => {
    const { id, username, email } = await signUp('reset')
    await smtp.next(email, 0)
    const stranger = (await login(username, password)).body
    const raised = await raise(id, { email_verified: true, roles: ['reader'] }, '?credentials=reset')
    assert.deepEqual([raised.status, raised.body.roles], [200, ['reader']])
    assert.equal((await call('GET', '/users/me', { as: stranger.access_token })).status, 401)
    assert.equal((await login(username, password)).status, 401)
    const { token, link } = await smtp.next(email, 1)
    assert.match(link, /\/account\/invitation#/)
    const own = 'an own good password'
    assert.equal((await call('POST', '/auth/reset-password', { body: { token, password: own } })).status, 204)
    assert.equal((await login(username, own)).status, 200)
  })

  it('409 for a group that gives permissions, until the administrator has decided', async () => {
    const { id } = await signUp('member')
    const made = await call('POST', '/groups', {
      as: admin.token,
      body: { name: `readers ${engine.name}`, roles: ['reader'] },
    })
    const add = () =>
      call('POST', `/groups/${made.body.id}/members`, { as: admin.token, body: { add: [id] } })
    const answer = await add()
    assert.deepEqual([answer.status, answer.body.code], [409, 'unproven_account'])
    assert.equal((await raise(id, { email_verified: true }, '?credentials=keep')).status, 200)
    assert.ok((await add()).status < 300)
  })

  it('409 for a member of a group that gets permissions, by nesting, by its roles, or by a role', async () => {
    const { id } = await signUp('nested')
    const make = async (path: string, body: object) => {
      const answer = await call('POST', path, { as: admin.token, body })
      assert.equal(answer.status, 201, answer.text)
      return answer.body
    }
    const harmless = (await make('/roles', { name: 'harmless', permissions: [] })).name
    const giving = await make('/groups', { name: `giving ${engine.name}`, roles: ['reader'] })
    const middle = await make('/groups', { name: `middle ${engine.name}` })
    const inner = await make('/groups', { name: `inner ${engine.name}`, roles: [harmless] })
    const send = (method: string, path: string, body?: object) =>
      call(method, path, { as: admin.token, ...(body && { body }) })
    for (const path of [`/groups/${inner.id}/members/${id}`, `/groups/${middle.id}/groups/${inner.id}`])
      assert.equal((await send('PUT', path)).status, 204)
    const raises: [string, string, object?][] = [
      ['PUT', `/groups/${giving.id}/groups/${middle.id}`],
      ['PATCH', `/groups/${middle.id}`, { roles: ['reader'] }],
      ['PUT', `/groups/${inner.id}`, { name: `inner ${engine.name}`, roles: ['reader'] }],
      ['PATCH', `/roles/${harmless}`, { permissions: ['users:read'] }],
      ['PUT', `/roles/${harmless}`, { permissions: ['users:read'] }],
    ]
    for (const raise of raises) {
      const answer = await send(...raise)
      assert.deepEqual([answer.status, answer.body?.code], [409, 'unproven_account'], raise.join(' '))
      assert.match(answer.body.detail, new RegExp(id))
    }
    assert.deepEqual((await send('GET', `/groups/${giving.id}/groups`)).body, [])
    assert.equal((await send('PATCH', `/groups/${inner.id}`, { description: 'more' })).status, 200)
    assert.equal((await raise(id, { email_verified: true }, '?credentials=keep')).status, 200)
    for (const raise of raises) assert.ok((await send(...raise)).status < 300, raise.join(' '))
  })

  it('409 for a role that gets permissions and is held by a sign-up', async () => {
    const { id } = await signUp('holder')
    const body = { name: 'empty', permissions: [] }
    assert.equal((await call('POST', '/roles', { as: admin.token, body })).status, 201)
    assert.equal((await raise(id, { roles: ['empty'] })).status, 200, 'the role gives nothing')
    const give = () =>
      call('PATCH', '/roles/empty', { as: admin.token, body: { permissions: ['users:read'] } })
    const answer = await give()
    assert.deepEqual([answer.status, answer.body.code], [409, 'unproven_account'])
    assert.equal((await raise(id, { email_verified: true }, '?credentials=keep')).status, 200)
    assert.equal((await give()).status, 200)
  })

  it('asks nothing for a proven sign-up, nor for users whom an administrator created or invited', async () => {
    const { id, email } = await signUp('proven')
    const { token } = await smtp.next(email, 0)
    assert.equal((await call('POST', '/auth/verify-email', { body: { token, password } })).status, 204)
    assert.equal((await raise(id, { roles: ['reader'] })).status, 200)
    for (const more of [{}, { password }]) {
      const name = `made-${Object.keys(more).length}-${engine.name}`
      const body = { username: name, email: `${name}@corp.example`, ...more }
      const made = await call('POST', '/users', { as: admin.token, body })
      assert.equal((await raise(made.body.id, { email_verified: true, roles: ['reader'] })).status, 200)
    }
  })
})
