/** An administrator acts as a user: who may, what it allows, what ends it, and what is recorded. */
import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { decodeJwt } from 'jose'
import { sql } from 'kysely'
import { fromNow, shiftClock } from '../../src/clock.ts'
import { machineToken, registerMachine, tokenRequest } from '../applications/machine.ts'
import {
  type Answer,
  type Credentials,
  onBothEngines,
  password,
  type Service,
  type TestUser,
} from '../harness.ts'
import { replicas } from './replicas.ts'

const ownPage = { 'sec-fetch-site': 'same-origin' }
const settings = { ROSTER_IMPERSONATION: 'on', ROSTER_MAIL_URL: 'smtp://127.0.0.1:1' }
const reason = 'Ticket 4711'
const minute = 60

onBothEngines('acting as a user', (engine) => {
  let service: Service
  let admin: TestUser
  before(async () => {
    service = await engine.start(settings)
    admin = await service.admin()
  })

  const start = (userId: string, as: Credentials, body: object = { reason }) =>
    service.call('POST', `/users/${userId}/impersonation`, { as, body })
  const startWith = async (userId: string, as = admin.token): Promise<string> => {
    const { status, body, text } = await start(userId, as)
    assert.equal(status, 200, text)
    return body.access_token
  }
  const statusOf = async (as: Credentials, at = service) =>
    (await at.call('GET', '/auth/session', { as })).status
  const newAdmin = () => service.createUser({ roles: ['admin', 'user'], email_verified: true })
  const events = async (target: string, type: string) =>
    (await service.call('GET', `/audit-events?target=${target}&type=${type}`, { as: admin.token })).body
  const sessionsOf = (userId: string) =>
    service.roster.database.read.selectFrom('sessions').selectAll().where('user_id', '=', userId).execute()
  const countMails = async () =>
    (
      await service.roster.database.read
        .selectFrom('mail_outbox')
        .select('id')
        .where('template', '=', 'impersonated')
        .execute()
    ).length
  const later = async (seconds: number, what: () => Promise<void>) => {
    shiftClock(seconds)
    try {
      await what()
    } finally {
      shiftClock(-seconds)
    }
  }

  const cookieIn = (answer: Answer, name: string) =>
    answer.headers
      .getSetCookie()
      .find((each) => each.startsWith(`${name}=`))
      ?.split(';')[0] ?? ''
  const signIn = async (username: string) => {
    const body = { username, password }
    const answer = await service.call('POST', '/auth/session', { headers: ownPage, body })
    assert.equal(answer.status, 200, answer.text)
    return cookieIn(answer, 'roster')
  }
  const browse = (method: string, path: string, cookie: string, body?: object) =>
    service.call(method, path, { headers: { cookie, ...ownPage }, ...(body && { body }) })
  const startIn = async (cookie: string, userId: string) => {
    const answer = await browse('POST', `/users/${userId}/impersonation`, cookie, { reason })
    assert.equal(answer.status, 200, answer.text)
    assert.equal(answer.body.access_token, null)
    return { answer, both: `${cookie}; ${cookieIn(answer, 'roster_acting')}` }
  }

  it('gives a program a token of the user that names the administrator', async () => {
    const user = await service.createUser({ email_verified: true })
    const mails = await countMails()
    const { status, body } = await start(user.id, admin.token)
    assert.deepEqual([status, body.token_type, body.expires_in], [200, 'Bearer', 600])
    const claims = decodeJwt(body.access_token)
    assert.deepEqual(
      [claims.sub, claims['act'], claims['amr']],
      [user.id, { sub: admin.id }, ['impersonation']],
    )
    const session = (await service.call('GET', '/auth/session', { as: body.access_token })).body
    assert.deepEqual(session.impersonator, { id: admin.id, username: admin.username })
    assert.deepEqual([session.user.id, session.permissions], [user.id, []])
    const own = (await service.call('GET', '/auth/session', { as: user.token })).body
    assert.equal(own.impersonator, null)

    const machine = await registerMachine(service, ['users:read'])
    const shown = await tokenRequest(service, machine, '', { token: body.access_token }, '/oauth2/introspect')
    assert.deepEqual([shown.body['active'], shown.body['sub']], [true, user.id])
    assert.deepEqual(shown.body['act'], { sub: admin.id })

    const listed = (await service.call('GET', '/users/me/sessions', { as: user.token })).body
    const acting = listed.filter(({ impersonated }: { impersonated: boolean }) => impersonated)
    assert.equal(listed.length, 2)
    assert.deepEqual([acting.length, acting[0].id], [1, body.session.id])
    assert.deepEqual([acting[0].address, acting[0].user_agent], [null, null])

    const [event, ...more] = await events(user.id, 'user.impersonated_start')
    assert.equal(more.length, 0)
    assert.deepEqual(event.actor, { kind: 'user', id: admin.id, api_key_id: null, acting_as: null })
    assert.deepEqual(event.changes, { impersonator_id: admin.id, session_id: body.session.id, reason })
    assert.equal(await countMails(), mails + 1)
    assert.equal(
      (await service.call('GET', `/users/${user.id}`, { as: admin.token })).body.last_login_at,
      own.user.last_login_at,
    )
  })

  it('refuses callers without the permission, and changes nothing', async () => {
    const user = await service.createUser()
    const other = await newAdmin()
    const role = async (name: string, permissions: string[]) => {
      await service.call('POST', '/roles', { as: admin.token, body: { name, permissions } })
      return (await service.createUser({ roles: [name] })) as TestUser
    }
    const support = await role('supporter', ['users:read', 'users:support'])
    const one = await role('reader', ['users:read'])
    const group = await service.call('POST', '/groups', {
      as: admin.token,
      body: { name: 'readers', roles: ['reader'] },
    })
    const member = await service.createUser({ email_verified: true })
    const path = `/groups/${group.body.id}/members/${member.id}`
    assert.equal((await service.call('PUT', path, { as: admin.token })).status, 204)
    const disabled = await service.createUser()
    await service.call('PATCH', `/users/${disabled.id}`, { as: admin.token, body: { status: 'disabled' } })
    const deleted = await service.createUser()
    await service.call('DELETE', `/users/${deleted.id}`, { as: admin.token })
    const key = await service.call('POST', '/api-keys', {
      as: admin.token,
      body: { name: 'k', permissions: ['users:impersonate', 'users:read', 'users:write'] },
    })
    const machine = await registerMachine(service, ['users:impersonate'])
    const ofMachine = await machineToken(service, machine, 'users:impersonate')
    const inside = await startWith(user.id)
    const before = [(await sessionsOf(user.id)).length, await countMails()]

    const cases: [
      name: string,
      target: string,
      as: Credentials,
      status: number,
      code: string,
      body?: object,
    ][] = [
      ['oneself', admin.id, admin.token, 403, 'forbidden'],
      ['an administrator', other.id, admin.token, 403, 'forbidden'],
      ['a user with one permission', one.id, admin.token, 403, 'forbidden'],
      ['a user with a permission through a group', member.id, admin.token, 403, 'forbidden'],
      ['a disabled user', disabled.id, admin.token, 403, 'forbidden'],
      ['a deleted user', deleted.id, admin.token, 404, 'not_found'],
      ['an unknown user', '019a5f0e-7c1b-7d2e-9f3a-4b5c6d7e8f90', admin.token, 404, 'not_found'],
      ['without the permission', user.id, support.token, 403, 'forbidden'],
      ['an ordinary user', user.id, disabled.token, 401, 'invalid_token'],
      ['an API key', user.id, key.body.secret, 403, 'forbidden'],
      ['a machine', user.id, ofMachine, 403, 'forbidden'],
      ['Basic', user.id, { username: admin.username, password }, 403, 'forbidden'],
      ['nested', user.id, inside, 403, 'not_while_impersonating'],
      ['anonymous', user.id, undefined, 401, 'unauthenticated'],
      ['no reason', user.id, admin.token, 400, 'invalid_input', {}],
      ['an empty reason', user.id, admin.token, 400, 'invalid_input', { reason: '' }],
      ['a blank reason', user.id, admin.token, 400, 'invalid_input', { reason: ' \n ' }],
      ['a long reason', user.id, admin.token, 400, 'invalid_input', { reason: 'x'.repeat(501) }],
    ]
    for (const [name, target, as, status, code, body = { reason }] of cases) {
      const answer = await start(target, as, body)
      assert.deepEqual([answer.status, answer.body.code], [status, code], name)
      assert.deepEqual(answer.headers.getSetCookie(), [], name)
    }
    await later(6 * minute, async () => {
      const stale = await start(user.id, admin.token)
      assert.deepEqual([stale.status, stale.body.code], [403, 'reauthentication_required'])
      const wrong = await start(user.id, admin.token, { reason, current_password: 'wrong' })
      assert.deepEqual([wrong.status, wrong.body.code], [401, 'invalid_credentials'])
    })
    assert.deepEqual([(await sessionsOf(user.id)).length, await countMails()], before)
    for (const { id } of [admin, other, one, member, disabled, deleted])
      assert.deepEqual(await events(id, 'user.impersonated_start'), [])
    assert.equal((await events(user.id, 'user.impersonated_start')).length, 1)
    assert.equal(await statusOf(inside), 200, 'a refused attempt ends nothing')
  })

  it('is off unless the operator allows it, also for sessions of before', async () => {
    const [here] = await replicas(engine, settings)
    const off = await engine.start({
      DATABASE_URL: here.roster.config.databaseUrl,
      ...(engine.name === 'sqlite' && { DATABASE_URL: await engine.createDatabase() }),
    })
    const owner = await (engine.name === 'sqlite' ? off : here).admin()
    const user = await (engine.name === 'sqlite' ? off : here).createUser()
    const path = `/users/${user.id}/impersonation`
    if (engine.name === 'postgres') {
      const began = await here.call('POST', path, { as: owner.token, body: { reason } })
      assert.equal(began.status, 200, began.text)
      assert.equal(await statusOf(began.body.access_token, here), 200)
      assert.equal(await statusOf(began.body.access_token, off), 401)
    }
    const refused = await off.call('POST', path, { as: owner.token, body: { reason } })
    assert.deepEqual([refused.status, refused.body.code], [403, 'forbidden'])
    assert.match(refused.body.detail, /ROSTER_IMPERSONATION/)
  })

  it('ends with the next request, ended by the user, the administrator or another administrator', async () => {
    const [here, there] = engine.name === 'sqlite' ? [service, service] : await replicas(engine, settings)
    const root = await here.admin()
    const careful = { name: 'careful', permissions: [], second_factor_required: true }
    assert.equal((await here.call('POST', '/roles', { as: root.token, body: careful })).status, 201)
    const call = (method: string, path: string, as: Credentials, body?: object) =>
      there.call(method, path, { as, ...(body && { body }) })
    const endings: [name: string, reason: string, end: (parts: Parts) => Promise<Answer>][] = [
      ['stop', 'stopped', ({ token }) => call('POST', '/auth/impersonation/stop', token)],
      ['the user', 'revoked', ({ user, id }) => call('DELETE', `/users/me/sessions/${id}`, user.token)],
      ['the user, everywhere', 'revoked', ({ user }) => call('DELETE', '/users/me/sessions', user.token)],
      [
        'a new password',
        'password_changed',
        ({ user }) =>
          call('PUT', '/users/me/password', user.token, {
            current_password: password,
            password: `${password} 2`,
          }),
      ],
      [
        'the user is disabled',
        'disabled',
        ({ user }) => call('PATCH', `/users/${user.id}`, root.token, { status: 'disabled' }),
      ],
      ['the user is deleted', 'deleted', ({ user }) => call('DELETE', `/users/${user.id}`, root.token)],
      [
        'the administrator signs out',
        'impersonator_left',
        ({ actor }) => call('POST', '/auth/logout', actor.token),
      ],
      [
        'the administrator is disabled',
        'impersonator_left',
        ({ actor }) => call('PATCH', `/users/${actor.id}`, root.token, { status: 'disabled' }),
      ],
      [
        'the administrator is deleted',
        'impersonator_left',
        ({ actor }) => call('DELETE', `/users/${actor.id}`, root.token),
      ],
      [
        'the administrator loses the permission',
        'impersonator_left',
        ({ actor }) => call('PATCH', `/users/${actor.id}`, root.token, { roles: ['user'] }),
      ],
      [
        'the administrator must replace the password',
        'impersonator_left',
        ({ actor }) => call('PATCH', `/users/${actor.id}`, root.token, { must_change_password: true }),
      ],
      [
        'the administrator lacks a second factor that is overdue',
        'impersonator_left',
        async ({ actor }) => {
          const answer = await call('PATCH', `/users/${actor.id}`, root.token, {
            roles: ['admin', 'careful'],
          })
          await there.call('GET', '/auth/session', { as: actor.token })
          await there.roster.database.transaction((tx) =>
            tx
              .updateTable('factor_duties')
              .set({ since: fromNow(-8 * 24 * 60 * minute) })
              .where('user_id', '=', actor.id)
              .execute(),
          )
          for (const replica of [here, there]) replica.roster.features.rights.forgetAll()
          return answer
        },
      ],
      [
        'the user gets a permission',
        'impersonator_left',
        ({ user }) => call('PATCH', `/users/${user.id}`, root.token, { roles: ['admin', 'user'] }),
      ],
    ]
    type Parts = { actor: TestUser; user: TestUser; token: string; id: string }
    for (const [name, why, end] of endings) {
      const actor = await here.createUser({ roles: ['admin', 'user'], email_verified: true })
      const user = await here.createUser({ email_verified: true })
      const began = await here.call('POST', `/users/${user.id}/impersonation`, {
        as: actor.token,
        body: { reason },
      })
      assert.equal(began.status, 200, began.text)
      const token = began.body.access_token
      for (const replica of [here, there]) assert.equal(await statusOf(token, replica), 200, name)
      const ended = await end({ actor, user, token, id: began.body.session.id })
      assert.ok(ended.status < 300, `${name}: ${ended.text}`)
      for (const replica of [here, there]) assert.equal(await statusOf(token, replica), 401, name)
      await here.roster.features.sessions.impersonations.endOver(500)
      const found = await here.roster.database.read
        .selectFrom('audit_events')
        .selectAll()
        .where('type', '=', 'user.impersonated_end')
        .where('target_id', '=', user.id)
        .execute()
      assert.deepEqual(
        found.map((event) => [event.reason, JSON.parse(String(event.changes))]),
        [[why, { impersonator_id: actor.id, session_id: began.body.session.id }]],
        name,
      )
    }
  })

  it('ends after its time, which no use moves, and housekeeping records it', async () => {
    const user = await service.createUser()
    const { both } = await startIn(await signIn(admin.username), user.id)
    const [row] = (await sessionsOf(user.id)).filter(({ impersonator_id }) => impersonator_id !== null)
    assert.equal(Date.parse(row!.expires_at) - Date.parse(row!.created_at), 30 * minute * 1000)
    await later(29 * minute, async () => {
      assert.equal((await browse('GET', '/auth/session', both)).body.user.id, user.id)
    })
    await later(31 * minute, async () => {
      assert.equal((await browse('GET', '/auth/session', both)).status, 401)
      await service.roster.features.sessions.impersonations.endOver(1)
    })
    const [event] = await events(user.id, 'user.impersonated_end')
    assert.deepEqual(
      [event.reason, event.actor.kind, event.changes.impersonator_id],
      ['expired', 'system', admin.id],
    )
    const token = await startWith(user.id)
    await later(11 * minute, async () => assert.equal(await statusOf(token), 401))
  })

  it('housekeeping ends it when the administrator has lost the permission', async () => {
    const actor = await newAdmin()
    const user = await service.createUser()
    const token = await startWith(user.id, actor.token)
    await service.call('PATCH', `/users/${actor.id}`, { as: admin.token, body: { roles: ['user'] } })
    assert.equal(await statusOf(token), 401)
    assert.equal(await service.roster.features.sessions.impersonations.endOver(500), 1)
    const [event] = await events(user.id, 'user.impersonated_end')
    assert.deepEqual([event.reason, event.changes.impersonator_id], ['impersonator_left', actor.id])
  })

  it('is one at a time for each session of an administrator', async () => {
    const [first, second] = [await service.createUser(), await service.createUser()]
    const former = await startWith(first.id)
    const latter = await startWith(second.id)
    assert.deepEqual([await statusOf(former), await statusOf(latter)], [401, 200])
    assert.equal((await events(first.id, 'user.impersonated_end'))[0].reason, 'replaced')
  })

  it('opens only what reads, and names, language and profile', async () => {
    const user = await service.createUser({ email_verified: true })
    const token = await startWith(user.id)
    const { both } = await startIn(await signIn(admin.username), user.id)
    const plans = service.roster.app.plans.filter(({ method }) => method !== 'HEAD')
    const isRead = (method: string) => method === 'GET' || method === 'OPTIONS'
    const exceptions = plans
      .filter(({ method, whileImpersonating }) => whileImpersonating !== (method === 'GET'))
      .map(({ method, pattern }) => `${method} ${pattern}`)
    assert.deepEqual(exceptions.filter((each) => !each.startsWith('OPTIONS')).sort(), [
      'DELETE /auth/session',
      'GET /auth/check',
      'GET /auth/providers/:id/callback',
      'GET /auth/providers/:id/start',
      'GET /oauth2/authorize',
      'GET /oauth2/authorize/:uid',
      'GET /oauth2/device',
      'GET /oauth2/device/:uid',
      'GET /oauth2/interaction/:uid',
      'GET /oauth2/interaction/:uid/application',
      'GET /oauth2/logout',
      'GET /oauth2/logout/success',
      'GET /users/:id/data',
      'PATCH /users/:id',
      'POST /auth/impersonation/stop',
      'POST /auth/logout',
    ])
    const rows = async () =>
      JSON.stringify(
        await service.roster.database.read
          .selectFrom('users')
          .selectAll()
          .where('id', '=', user.id)
          .execute(),
      )
    const unchanged = await rows()
    for (const { method, pattern, whileImpersonating, ownCredentials } of plans) {
      if (whileImpersonating || ownCredentials || isRead(method) !== (method === 'GET')) continue
      const path = pattern.replace(':id', user.id).replace(/:\w+/g, user.id)
      const { status, text } = await service.call(method, path, { as: token })
      assert.equal(status, 403, `${method} ${pattern}: ${text}`)
      assert.match(text, /not_while_impersonating|Not possible while you act as another user/)
    }
    for (const [method, path, body] of [
      ['PUT', '/users/me/password', { current_password: password, password: `${password} 2` }],
      ['POST', '/auth/step-up', { password }],
      ['DELETE', '/users/me', { password }],
      ['POST', '/users/me/totp', { current_password: password }],
      ['POST', '/api-keys', { name: 'k', permissions: [], current_password: password }],
      ['GET', '/oauth2/authorize?client_id=x', undefined],
      ['GET', '/auth/check', undefined],
      ['POST', '/auth/session', { username: user.username, password }],
    ] as const) {
      const answer = await browse(method, path, both, body)
      assert.deepEqual([answer.status, answer.body.code], [403, 'not_while_impersonating'], path)
    }
    for (const field of [
      'username',
      'email',
      'metadata',
      'external_id',
      'roles',
      'status',
      'email_verified',
    ]) {
      const value = { roles: ['admin'], metadata: { a: 1 }, status: 'disabled', email_verified: false }
      const given = value[field as keyof typeof value] ?? 'somebody@example.com'
      const body = { [field]: given, current_password: password }
      const answer = await service.call('PATCH', '/users/me', { as: token, body })
      assert.deepEqual(
        [answer.status, answer.body.code],
        [403, 'field_not_writable'],
        `${field}: ${answer.text}`,
      )
    }
    assert.equal(await rows(), unchanged)

    const others = await service.call('PATCH', `/users/${admin.id}`, { as: token, body: { first_name: 'X' } })
    assert.equal(others.status, 404, 'the rights of the administrator do not count')
    const body = { first_name: 'Ada', locale: 'de', profile: { pronouns: 'she' } }
    const changed = await service.call('PATCH', '/users/me', { as: token, body })
    assert.deepEqual([changed.status, changed.body.first_name], [200, 'Ada'], changed.text)
    const [event] = await events(user.id, 'user.updated')
    assert.deepEqual([event.actor.id, event.actor.acting_as], [admin.id, user.id])
    const byActor = await service.call('GET', `/audit-events?actor=${admin.id}&type=user.updated`, {
      as: admin.token,
    })
    assert.ok(byActor.body.some(({ id }: { id: string }) => id === event.id))
  })

  it('records the acting administrator in a form that no statement can change', async () => {
    const token = await startWith((await service.createUser()).id)
    await service.call('POST', '/auth/impersonation/stop', { as: token })
    const update = service.roster.database.transaction((tx) =>
      sql`update audit_events set acting_as = null where acting_as is not null`.execute(tx),
    )
    await assert.rejects(update)
  })

  it('in a browser, the second cookie is good only beside that of the administrator', async () => {
    const user = await service.createUser()
    const own = await signIn(admin.username)
    const { answer, both } = await startIn(own, user.id)
    const [acting = ''] = both.split('; ').slice(1)
    assert.match(
      answer.headers.getSetCookie().join(),
      /roster_acting=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/,
    )
    const who = async (cookie: string) => {
      const { status, body } = await browse('GET', '/auth/session', cookie)
      return status === 200 ? [body.user.id, body.impersonator?.id ?? null] : status
    }
    assert.deepEqual(await who(both), [user.id, admin.id])
    assert.deepEqual(await who(own), [admin.id, null])
    assert.equal(await who(acting), 401)
    assert.equal(await who(acting.replace('roster_acting', 'roster')), 401)
    const elsewhere = await signIn(admin.username)
    assert.equal(await who(`${elsewhere}; ${acting}`), 401, 'another session of the same administrator')
    assert.equal(await who(`${own}; roster_acting=${'x'.repeat(43)}`), 401)

    const stopped = await browse('POST', '/auth/impersonation/stop', both)
    assert.equal(stopped.status, 204)
    assert.match(stopped.headers.getSetCookie().join(), /^roster_acting=; .*Max-Age=0$/)
    assert.equal(await who(both), 401, 'what a page of the user still sends is not done as the administrator')
    assert.deepEqual(await who(own), [admin.id, null])
    const [event] = await events(user.id, 'user.impersonated_end')
    assert.deepEqual([event.reason, event.actor.id, event.actor.acting_as], ['stopped', admin.id, user.id])
    const cleared = await browse('POST', '/auth/impersonation/stop', both)
    assert.deepEqual([cleared.status, cleared.headers.getSetCookie().length], [204, 1])
  })

  it('signing out ends both sessions, and a new sign-in removes the cookie', async () => {
    const user = await service.createUser()
    const own = await signIn(admin.username)
    const { both } = await startIn(own, user.id)
    const left = await browse('DELETE', '/auth/session', both)
    assert.equal(left.status, 204)
    assert.deepEqual(
      left.headers.getSetCookie().map((each) => each.split(';')[0]),
      ['roster=', 'roster_acting='],
    )
    for (const cookie of [both, own]) assert.equal((await browse('GET', '/auth/session', cookie)).status, 401)
    const [event] = await events(user.id, 'user.impersonated_end')
    assert.deepEqual([event.reason, event.actor.id], ['impersonator_left', admin.id])
    const again = await service.call('POST', '/auth/session', {
      headers: { cookie: both, ...ownPage },
      body: { username: admin.username, password },
    })
    assert.deepEqual([again.status, cookieIn(again, 'roster_acting')], [200, 'roster_acting='])
    const login = await service.call('POST', '/auth/session', {
      headers: ownPage,
      body: { username: admin.username, password },
    })
    assert.equal(login.headers.getSetCookie().length, 1)
  })

  it('does not make the browser of the administrator a known device of the user', async () => {
    const user = await service.createUser()
    await service.roster.database.transaction((tx) =>
      tx.deleteFrom('sessions').where('user_id', '=', user.id).execute(),
    )
    await startWith(user.id)
    await signIn(user.username)
    assert.equal((await events(user.id, 'auth.new_device')).length, 0, 'the first sign-in is no news')
  })

  it('is not in the way of what the user must do first', async () => {
    const user = await service.createUser()
    const must = { as: admin.token, body: { must_change_password: true } }
    assert.equal((await service.call('PATCH', `/users/${user.id}`, must)).status, 200)
    const token = await startWith(user.id)
    const { status, body } = await service.call('GET', '/auth/session', { as: token })
    assert.deepEqual([status, body.must_change_password], [200, false])
  })
})
