/** Ways around a right: what one route refuses, no other route, filter, report or name gives. */
import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { type Credentials, onBothEngines, password, type Service, type TestUser } from '../harness.ts'

onBothEngines('indirect access', (engine) => {
  let service: Service
  let admin: TestUser
  let plain: TestUser
  let agent: TestUser
  let groupId: string

  const call = (as: Credentials, method: string, path: string, body?: unknown) =>
    service.call(method, path, { ...(as && { as }), ...(body === undefined ? {} : { body }) })
  const done = async (answer: ReturnType<typeof call>, status: number) => {
    const { status: actual, body, text } = await answer
    assert.equal(actual, status, text)
    return body
  }
  const refused = async (answer: ReturnType<typeof call>, status: number, code: string) => {
    const { status: actual, body } = await answer
    assert.deepEqual([actual, body?.code ?? body?.detail?.split(':')[0]], [status, code])
  }
  const newKey = async (...permissions: string[]): Promise<string> =>
    (await done(call(admin.token, 'POST', '/api-keys', { name: 'k', permissions }), 201)).secret

  before(async () => {
    service = await engine.start()
    admin = await service.admin()
    const helpdesk = { name: 'helpdesk', permissions: ['users:read', 'users:write', 'users:delete'] }
    await done(call(admin.token, 'POST', '/roles', helpdesk), 201)
    agent = await service.createUser({ roles: ['user', 'helpdesk'], email_verified: true })
    plain = await service.createUser({ email_verified: true })
    const group = { name: 'Agents', roles: ['helpdesk'] }
    groupId = (await done(call(admin.token, 'POST', '/groups', group), 201)).id
  })

  it('a directory cannot grant the permissions of SCIM to users, nor change users who have them', async () => {
    const key = await newKey('scim:read', 'scim:write')
    const replace = (path: string, value: unknown) => ({ Operations: [{ op: 'replace', path, value }] })
    const add = { Operations: [{ op: 'add', path: 'members', value: [{ value: plain.id }] }] }
    const address = replace('emails', [{ value: 'thief@example.com', primary: true }])
    for (const [method, path, body] of [
      ['PATCH', `/Users/${agent.id}`, address],
      ['PATCH', `/Users/${agent.id}`, replace('active', false)],
      ['DELETE', `/Users/${agent.id}`],
      ['PATCH', `/Groups/${groupId}`, add],
      ['DELETE', `/Groups/${groupId}`],
    ] as const)
      await done(call(key, method, `/scim/v2${path}`, body), 403)
    await refused(call(plain.token, 'GET', '/users'), 403, 'forbidden')
    assert.equal((await done(call(admin.token, 'GET', `/users/${agent.id}`), 200)).email, agent.email)
    const able = await newKey('scim:write', 'users:read', 'users:write', 'users:delete')
    await done(call(able, 'PATCH', `/scim/v2/Groups/${groupId}`, add), 200)
    const leave = { Operations: [{ op: 'remove', path: `members[value eq "${plain.id}"]` }] }
    await done(call(able, 'PATCH', `/scim/v2/Groups/${groupId}`, leave), 200)
  })

  it('filters of the list show no groups and no second factors that single routes hide', async () => {
    const reader = await newKey('users:read')
    await refused(call(reader, 'GET', `/users?group=${groupId}`), 403, 'forbidden')
    await refused(call(reader, 'GET', `/users/${admin.id}/factors`), 403, 'permission_not_held')
    const named = async (as: string, has: boolean) =>
      (await done(call(as, 'GET', `/users?second_factor=${has}&limit=100`), 200)).map(
        ({ username }: { username: string }) => username,
      )
    assert.ok((await named(admin.token, false)).includes('admin'))
    await done(call(admin.token, 'PUT', `/groups/${groupId}/members/${plain.id}`), 204)
    for (const has of [true, false])
      for (const hidden of [admin, agent, plain])
        assert.ok(!(await named(reader, has)).includes(hidden.username))
    await done(call(admin.token, 'DELETE', `/groups/${groupId}/members/${plain.id}`), 204)
    assert.ok((await named(reader, false)).includes(plain.username))
  })

  it('jobs show no users to callers who may not read users', async () => {
    const filter = { email: 'hidden@example.com' }
    const { id } = await done(call(admin.token, 'POST', '/jobs', { kind: 'disable', filter }), 201)
    const writer = await newKey('users:write', 'users:delete')
    for (const [method, path, body] of [
      ['GET', '/jobs'],
      ['GET', `/jobs/${id}`],
      ['POST', `/jobs/${id}/cancel`],
      ['POST', `/jobs/${id}/undo`],
      ['POST', '/jobs', { kind: 'send_verification', ids: [admin.id] }],
      ['POST', '/jobs/preview', { kind: 'send_verification', ids: [admin.id] }],
    ] as const)
      await refused(call(writer, method, path, body), 403, 'forbidden')
  })

  it('no sign-up can take an imported username with which another user signs in', async () => {
    const moved = { ...{ username: 'moved', email: 'moved@example.com', password }, metadata: {} }
    for (const [username, previous] of [
      ['moved', 'moved-before'],
      ['mailed', 'mailed@old.example'],
    ])
      await service
        .call('POST', '/users/import', {
          as: admin.token,
          headers: { 'content-type': 'application/x-ndjson' },
          body: JSON.stringify({
            ...{ ...moved, username, email: `${username}@example.com` },
            metadata: { previous_username: previous },
          }),
        })
        .then(({ status, text }) => assert.equal(status, 200, text))
    const signIn = (username: string) => call(undefined, 'POST', '/auth/login', { username, password })
    const taking = {
      username: 'moved-before',
      email: 'thief-a@example.com',
      password: 'quite another phrase',
    }
    await refused(call(undefined, 'POST', '/users', taking), 409, 'username_taken')
    await refused(
      call(plain.token, 'PATCH', '/users/me', { username: 'moved-before' }),
      409,
      'username_taken',
    )
    assert.equal((await done(signIn('moved-before'), 200)).user.username, 'moved')
    // Until an address is proven it takes no such name from its user.
    await done(
      call(undefined, 'POST', '/users', { ...taking, username: 'thief-b', email: 'mailed@old.example' }),
      201,
    )
    assert.equal((await done(signIn('mailed@old.example'), 200)).user.username, 'mailed')
  })
})
