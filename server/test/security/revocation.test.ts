import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { passTime, shiftClock } from '../../src/clock.ts'
import { until } from '../harness/wait.ts'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { twoServices } from '../shared-database.ts'
import { login } from './replicas.ts'

onBothEngines('a user whose address an administrator marks as not verified', (engine) => {
  const afterwards = async (settings: Record<string, string>) => {
    const service = await engine.start(settings)
    const admin = await service.createUser({ roles: ['admin', 'user'], email_verified: true })
    const user = await service.createUser({ email_verified: true })
    const basic = { username: user.username, password }
    const read = async (as: string | typeof basic) => (await service.call('GET', '/users/me', { as })).status
    assert.deepEqual([await read(user.token), await read(basic)], [200, 200])
    const request = { as: admin.token, body: { email_verified: false } }
    assert.equal((await service.call('PATCH', `/users/${user.id}`, request)).status, 200)
    const refreshed = await service.call('POST', '/auth/refresh', { body: { refresh_token: user.refresh } })
    return [await read(user.token), await read(basic), refreshed.status]
  }

  it('is signed out if only users with a verified address can sign in', async () => {
    assert.deepEqual(await afterwards({ ROSTER_REQUIRE_VERIFIED_EMAIL: 'true' }), [401, 401, 400])
  })

  it('stays signed in otherwise', async () => {
    assert.deepEqual(await afterwards({}), [200, 200, 200])
  })
})

onBothEngines('what another replica ended', (engine) => {
  let here: Service
  let there: Service
  let admin: TestUser
  before(async () => {
    ;[here, there] = await twoServices(engine)
    admin = await here.admin()
  })
  const read = async (as: TestUser['token'] | { username: string; password: string }) =>
    (await there.call('GET', '/users/me', { as })).status
  const refresh = async (refresh_token: string) => {
    const { status, body } = await there.call('POST', '/auth/refresh', { body: { refresh_token } })
    return status === 200 ? 200 : `${status} ${body.code}`
  }
  const linkOf = async (service: Service, to: string, path: string): Promise<string> => {
    const text = await until(() => {
      const mails = [...service.logs(), ...there.logs()]
      return mails.findLast((line) => line['to'] === to && String(line['msg']).includes(path))?.['msg']
    }, `a mail to ${to}`)
    return /#token=([\w-]+)/.exec(String(text))?.[1] ?? ''
  }

  const next = 'another fine password'
  const changes: Record<string, (user: TestUser) => Promise<{ status: number }>> = {
    'a change of the password': (user) =>
      here.call('PUT', '/users/me/password', {
        as: user.token,
        body: { current_password: password, password: next },
      }),
    'a reset of the password': async (user) => {
      await here.call('POST', '/auth/forgot-password', { body: { email: user.email } })
      const token = await linkOf(here, user.email, '/account/reset')
      return here.call('POST', '/auth/reset-password', { body: { token, password: next } })
    },
    'a change of the address': async (user) => {
      const email = `new-${user.email}`
      await here.call('PATCH', '/users/me', { as: user.token, body: { email, current_password: password } })
      const token = await linkOf(here, email, '/account/confirm-email')
      return here.call('POST', '/auth/confirm-email', { as: user.token, body: { token } })
    },
    'an address from an administrator': (user) =>
      here.call('PATCH', `/users/${user.id}`, { as: admin.token, body: { email: `its-${user.email}` } }),
  }
  for (const [name, change] of Object.entries(changes)) {
    it(`${name}: other sessions end within a second, also after another sign-in`, async () => {
      const user = await here.createUser()
      const { body: other } = await login(there, user.username, password, '')
      const basic = { username: user.username, password }
      assert.deepEqual([await read(other.access_token), await read(basic)], [200, 200])
      assert.ok((await change(user)).status < 300)
      passTime(1)
      assert.equal(await read(other.access_token), 401)
      assert.equal(await refresh(other.refresh_token), '400 invalid_grant')
      // A user who changes it in person keeps the session.
      const inPerson = name === 'a change of the password' || name === 'a change of the address'
      assert.equal(await read(user.token), inPerson ? 200 : 401)
      assert.equal(await refresh(user.refresh), inPerson ? 200 : '400 invalid_grant')
      assert.equal(await read(basic), name.includes('password') ? 401 : 200)
      const typed = name.includes('password') ? next : password
      assert.equal((await login(there, user.username, typed, '')).status, 200)
      assert.equal(await read(other.access_token), 401)
    })
  }

  it('former sessions and tokens of a user who is enabled again remain ended', async () => {
    const user = await here.createUser()
    const set = (status: string) =>
      here.call('PATCH', `/users/${user.id}`, { as: admin.token, body: { status } })
    await set('disabled')
    await set('active')
    passTime(1)
    assert.equal(await read(user.token), 401)
    assert.equal(await refresh(user.refresh), '400 invalid_grant')
  })

  it('expired API keys and those of disabled or deleted users get the same 401', async () => {
    await here.call('POST', '/roles', {
      as: admin.token,
      body: { name: 'owner', permissions: ['users:read', 'api_keys:write'] },
    })
    const bodies = new Set<string>()
    const refused = async (as: string) => {
      const { status, body } = await there.call('GET', '/users', { as })
      assert.equal(status, 401)
      bodies.add(JSON.stringify({ ...body, instance: '' }))
    }
    const make = async () => {
      const owner = await here.createUser({ roles: ['owner'] })
      const { body: key } = await here.call('POST', '/api-keys', {
        as: owner.token,
        body: { name: 'k', permissions: ['users:read'] },
      })
      assert.equal((await there.call('GET', '/users', { as: key.secret })).status, 200)
      return { path: `/users/${owner.id}`, secret: key.secret as string }
    }
    const [disabled, deleted, expired] = [await make(), await make(), await make()]
    await here.call('PATCH', disabled.path, { as: admin.token, body: { status: 'disabled' } })
    await here.call('DELETE', deleted.path, { as: admin.token })
    passTime(1)
    await refused(disabled.secret)
    await refused(deleted.secret)
    await refused(`rk_${'0'.repeat(32)}_${'A'.repeat(43)}`)
    shiftClock(90 * 86_400 + 1)
    try {
      await refused(expired.secret)
    } finally {
      shiftClock(-90 * 86_400 - 1)
    }
    assert.equal(bodies.size, 1)
    await here.call('POST', `${deleted.path}/restore`, { as: admin.token })
    passTime(1)
    await refused(deleted.secret)
  })
})

onBothEngines('sessions', (engine) => {
  it('a sign-in makes a new one, whatever the request brings along, and puts tokens into the body alone', async () => {
    const service = await engine.start()
    const user = await service.createUser()
    const sid = (token: string): string =>
      JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()).sid
    const seen = new Set([sid(user.token)])
    for (const headers of [
      {},
      { authorization: `Bearer ${user.token}` },
      { cookie: `__Host-sid=${user.refresh}; sid=${sid(user.token)}` },
    ] as Record<string, string>[]) {
      const answer = await service.call('POST', '/auth/login', {
        body: { username: user.username, password },
        headers,
      })
      assert.equal(answer.status, 200)
      seen.add(sid(answer.body.access_token))
      assert.equal(answer.headers.get('cache-control'), 'no-store')
      for (const name of ['set-cookie', 'location', 'link']) assert.equal(answer.headers.get(name), null)
      const refreshed = await service.call('POST', '/auth/refresh', {
        body: { refresh_token: answer.body.refresh_token },
      })
      assert.equal(refreshed.headers.get('cache-control'), 'no-store')
      assert.ok(seen.has(sid(refreshed.body.access_token)), 'a refresh keeps its session')
    }
    assert.equal(seen.size, 4)
  })
})
