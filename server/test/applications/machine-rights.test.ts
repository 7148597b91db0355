import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import type { Permission } from '../../src/caller.ts'
import { until } from '../harness/wait.ts'
import { onBothEngines, type Service, type TestUser } from '../harness.ts'
import { type Smtp, startSmtp } from '../mail/smtp.ts'
import { machineToken, registerMachine } from './machine.ts'
import { publicUrl, type Registered } from './relying-party.ts'

onBothEngines('the rights of machines', (engine) => {
  let service: Service
  let smtp: Smtp
  let admin: TestUser
  let strong: Registered
  before(async () => {
    smtp = await startSmtp()
    service = await engine.start({
      ROSTER_PUBLIC_URL: publicUrl,
      ROSTER_MAIL_URL: smtp.url,
      ROSTER_OUTGOING_NETWORKS: '127.0.0.0/8',
    })
    admin = await service.admin()
    strong = await registerMachine(service, ['users:write'], { name: 'Strong' })
  })
  after(() => smtp.stop())
  const caller = async (...permissions: Permission[]) =>
    machineToken(service, await registerMachine(service, permissions), permissions.join(' '))
  const answerTo = async (as: string, method: string, path: string, body?: object) => {
    const { status, body: answer } = await service.call(method, path, { as, ...(body && { body }) })
    return `${status} ${answer?.code ?? ''}`
  }
  const machine = (permissions: Permission[]) => ({ name: 'Mine', kind: 'machine', permissions })

  it('no caller gives a machine a permission that it does not hold itself, nor takes its secret', async () => {
    await service.call('POST', '/roles', {
      as: admin.token,
      body: { name: 'registrar', permissions: ['applications:read', 'applications:write'] },
    })
    const registrar = await service.createUser({ roles: ['registrar'] })
    const own = await registerMachine(service, ['applications:write', 'applications:read'])
    const itself = await machineToken(service, own, 'applications:write applications:read')
    const path = `/applications/${strong.client_id}`
    for (const as of [registrar.token, itself]) {
      for (const [method, target, body] of [
        ['POST', '/applications', machine(['users:write'])],
        ['PATCH', path, { permissions: ['users:write', 'applications:write'] }],
        ['POST', `${path}/secrets`, undefined],
        ['PATCH', `/applications/${own.client_id}`, { permissions: ['applications:write', 'users:write'] }],
      ] as const)
        assert.equal(
          await answerTo(as, method, target, body),
          '403 permission_not_held',
          `${method} ${target}`,
        )
      const renamed = { name: 'Renamed', permissions: ['users:write'] }
      assert.equal(await answerTo(as, 'PATCH', path, renamed), '200 ', 'what stays is not given')
    }
    const { body } = await service.call('GET', path, { as: admin.token })
    assert.deepEqual(body.permissions, ['users:write'])
    const { body: secrets } = await service.call('GET', `${path}/secrets`, { as: admin.token })
    assert.equal(secrets.length, 1)
  })

  it('a program gives what it holds only with api_keys:unattended', async () => {
    for (const [token, expected] of [
      [await caller('applications:write', 'users:read'), '403 forbidden'],
      [await caller('applications:write', 'users:read', 'api_keys:unattended'), '201 '],
    ] as const) {
      assert.equal(await answerTo(token, 'POST', '/applications', machine(['users:read'])), expected)
      assert.equal(await answerTo(token, 'POST', '/applications', machine([])), '201 ', 'without permissions')
    }
  })

  it('has no account, no session, no keys, and sees the keys of users with api_keys:admin alone', async () => {
    await service.call('POST', '/api-keys', {
      as: admin.token,
      body: { name: 'of a user', permissions: ['users:read'] },
    })
    const writer = await caller('api_keys:write', 'api_keys:unattended', 'users:read')
    for (const query of ['', '?user=me'])
      assert.deepEqual((await service.call('GET', `/api-keys${query}`, { as: writer })).body, [])
    for (const query of ['?user=all', `?user=${admin.id}`])
      assert.equal(await answerTo(writer, 'GET', `/api-keys${query}`), '403 forbidden', query)
    const key = { name: 'k', permissions: ['users:read'] }
    assert.equal(await answerTo(writer, 'POST', '/api-keys', key), '403 forbidden')
    const keeper = await caller('api_keys:admin')
    const { body: all } = await service.call('GET', '/api-keys?user=all', { as: keeper })
    assert.equal(all.length, 1)

    const reader = await caller('users:read', 'users:write')
    const me = await service.call('GET', '/users/me', { as: reader })
    assert.deepEqual([me.status, me.body.code], [404, 'not_found'])
    assert.match(me.body.detail, /application, which has no account/)
    assert.equal(await answerTo(reader, 'GET', '/auth/session'), '404 not_found')
    assert.equal(await answerTo(reader, 'GET', '/auth/check'), '403 forbidden')
    assert.equal(await answerTo(reader, 'POST', '/auth/step-up', { password: 'x' }), '403 forbidden')
    assert.equal(await answerTo(reader, 'POST', '/users/me/totp'), '404 not_found')
  })

  it('two machines at one address use the same idempotency key, and none sees the answer of the other', async () => {
    const tokens = [await caller('users:write', 'users:read'), await caller('users:write', 'users:read')]
    const create = (as: string, name: string) =>
      service.call('POST', '/users', {
        as,
        body: { username: name, email: `${name}@example.com` },
        headers: { 'idempotency-key': 'the-same' },
      })
    const first = await create(tokens[0]!, 'by-one')
    const second = await create(tokens[1]!, 'by-two')
    const again = await create(tokens[0]!, 'by-one')
    assert.deepEqual(
      [first.status, second.status, again.status, again.body.id],
      [201, 201, 201, first.body.id],
      second.text,
    )
    assert.equal(again.headers.get('idempotency-replayed'), 'true')
  })

  it('a machine cannot use the cursor of another machine', async () => {
    const [one, other] = [await caller('users:read'), await caller('users:read')]
    await Promise.all([service.createUser(), service.createUser()])
    const { headers } = await service.call('GET', '/users?limit=1', { as: one })
    const next = /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1]?.replace(publicUrl, '') ?? ''
    assert.equal(await answerTo(one, 'GET', next), '200 ')
    assert.match(await answerTo(other, 'GET', next), /^400 /)
  })

  it('the audit names the application, and what it makes belongs to no user', async () => {
    const given = ['users:read', 'users:write', 'events:read', 'webhooks:write'] as const
    const application = await registerMachine(service, [...given])
    const token = await machineToken(service, application, given.join(' '))
    const user = await service.createUser()
    await service.call('PATCH', `/users/${user.id}`, { as: token, body: { first_name: 'Ada' } })
    const { body: events } = await service.call('GET', `/audit-events?actor=${application.client_id}`, {
      as: admin.token,
    })
    assert.deepEqual(
      [events[0].type, events[0].target.id, events[0].actor, events[0].auth_methods],
      [
        'user.updated',
        user.id,
        { kind: 'application', id: application.client_id, api_key_id: null, acting_as: null },
        ['client_credentials'],
      ],
    )
    const hook = { url: 'http://127.0.0.1:8081/hook' }
    assert.equal(await answerTo(token, 'POST', '/webhooks', hook), '201 ')
  })

  it('a job of a machine runs with the rights of the machine', async () => {
    const application = await registerMachine(service, ['users:read', 'users:write'])
    const token = await machineToken(service, application, 'users:read users:write')
    const user = await service.createUser()
    const { status, body: job } = await service.call('POST', '/jobs', {
      as: token,
      body: { kind: 'disable', ids: [user.id] },
    })
    assert.deepEqual([status, job.created_by], [201, null])
    const report = async () => (await service.call('GET', `/jobs/${job.id}`, { as: admin.token })).body
    await until(async () => (await report()).finished_at !== null, 'the end of the job')
    assert.deepEqual([(await report()).state, (await report()).changed], ['done', 1])
    const read = await service.call('GET', `/users/${user.id}`, { as: admin.token })
    assert.equal(read.body.status, 'disabled')
  })

  it('an administrator gets a mail about new permissions and about new secrets of the application', async () => {
    const mails = async () => {
      const found: string[] = []
      for (let at = 0; found.length < 2; at += 1) {
        const { subject, text } = await smtp.next(admin.email, at)
        if (/An application may use the API/.test(subject) && text.includes('"Told"')) found.push(text)
      }
      return found
    }
    const told = await registerMachine(service, ['users:read', 'audit:read'], { name: 'Told' })
    await service.call('POST', `/applications/${told.client_id}/secrets`, { as: admin.token })
    for (const text of await mails()) {
      assert.match(text, /users:read, audit:read/)
      assert.doesNotMatch(text, /rs_/)
    }
  })
})
