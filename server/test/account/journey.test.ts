import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { shiftClock } from '../../src/clock.ts'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { untilMailsAreSent } from '../mail/sent.ts'
import { type Smtp, startSmtp } from '../mail/smtp.ts'

onBothEngines('an account from sign-up to deletion', (engine) => {
  let service: Service
  let smtp: Smtp
  let admin: TestUser
  before(async () => {
    smtp = await startSmtp()
    service = await engine.start({ ROSTER_MAIL_URL: smtp.url, ROSTER_MAIL_FROM: 'Roster <r@roster.test>' })
    admin = await service.admin()
  })
  after(() => smtp.stop())
  const call: Service['call'] = (...args) => service.call(...args)
  const login = (username: string, secret: string, agent = 'one') =>
    call('POST', '/auth/login', { body: { username, password: secret }, headers: { 'user-agent': agent } })
  const audit = async (target: string) => {
    const { body } = await call('GET', `/audit-events?target=${target}&limit=200`, { as: admin.token })
    return body.map((event: { type: string }) => event.type) as string[]
  }

  const address = `jo-${engine.name}@Example.com`
  let id = ''

  it('register: a mail with a link, which verifies the address once', async () => {
    const { status, body } = await call('POST', '/users', {
      body: { username: `jo-${engine.name}`, email: address, password },
    })
    assert.equal(status, 201)
    id = body.id
    const mail = await smtp.next(address.replace('E', 'e'), 0)
    assert.equal(mail.subject, 'Verify your e-mail address for roster.test')
    assert.match(mail.link, /^http:\/\/roster\.test\/account\/verify#token=[\w-]{43}$/)
    const verify = () => call('POST', '/auth/verify-email', { body: { token: mail.token, password } })
    assert.equal((await verify()).status, 204)
    const again = await verify()
    assert.deepEqual([again.status, again.body.code], [400, 'invalid_grant'])
    const user = await call('GET', `/users/${id}`, { as: admin.token })
    assert.equal(user.body.email_verified, true)
    const types = await audit(id)
    assert.ok(types.includes('email.verify_sent') && types.includes('email.verified'))
  })

  it('sign in: a notice for a new device, none for the first and none for a known one', async () => {
    const before = smtp.received.length
    for (const agent of ['one', 'one']) assert.equal((await login(address, password, agent)).status, 200)
    const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
    await login(address, password, firefox)
    const notice = await smtp.next('jo-'.concat(engine.name, '@example.com'), 1)
    assert.equal(notice.subject, 'New sign-in to your account')
    assert.match(notice.text, /Firefox on Linux/)
    await untilMailsAreSent(service.roster.database)
    assert.equal(smtp.received.length, before + 1)
  })

  it('forget and reset: ends all sessions, tells the owner, and the link that is used voids the others', async () => {
    const to = `jo-${engine.name}@example.com`
    const session = (await login(address, password)).body
    const known = smtp.to(to).length
    const first = await call('POST', '/auth/forgot-password', { body: { email: address.toUpperCase() } })
    assert.deepEqual([first.status, first.text], [202, ''])
    const older = await smtp.next(to, known)
    await call('POST', '/auth/forgot-password', { body: { email: to } })
    const newer = await smtp.next(to, known + 1)
    const reset = (token: string, secret: string) =>
      call('POST', '/auth/reset-password', { body: { token, password: secret } })
    const weak = await reset(newer.token, 'password1')
    assert.deepEqual([weak.status, weak.body.errors[0].code], [400, 'password_blocklisted'])
    assert.equal((await reset(newer.token, 'another good one')).status, 204)
    for (const { token } of [older, newer])
      assert.equal((await reset(token, 'another good one')).body.code, 'invalid_grant')
    assert.equal((await call('GET', '/users/me', { as: session.access_token })).status, 401)
    assert.equal((await login(address, password)).status, 401)
    assert.equal((await login(address, 'another good one')).status, 200)
    assert.equal((await smtp.next(to, known + 2)).subject, 'Your password was changed')
    const types = await audit(id)
    assert.ok(types.includes('password.reset_requested') && types.includes('password.reset_completed'))
  })

  it('change the password: with the current one; other sessions end, this one stays', async () => {
    const to = `jo-${engine.name}@example.com`
    const [one, two] = [
      (await login(address, 'another good one')).body,
      (await login(address, 'another good one')).body,
    ]
    const change = (body: object, as = one.access_token) => call('PUT', `/users/${id}/password`, { body, as })
    const missing = await change({ password })
    assert.deepEqual([missing.status, missing.body.code], [403, 'reauthentication_required'])
    const wrong = await change({ current_password: 'not this one', password })
    assert.deepEqual([wrong.status, wrong.body.code], [401, 'invalid_credentials'])
    const short = await change({ current_password: 'another good one', password: 'short' })
    assert.deepEqual([short.status, short.body.errors[0].pointer], [400, '/password'])
    const other = await change({ current_password: password, password: 'taken over' }, admin.token)
    assert.deepEqual([other.status, other.body.code], [403, 'forbidden'])
    const known = smtp.to(to).length
    assert.equal((await change({ current_password: 'another good one', password })).status, 204)
    assert.equal((await call('GET', '/users/me', { as: one.access_token })).status, 200)
    assert.equal((await call('GET', '/users/me', { as: two.access_token })).status, 401)
    assert.equal((await smtp.next(to, known)).subject, 'Your password was changed')
    assert.ok((await audit(id)).includes('password.changed'))
  })

  it('change the address: the old one gets a mail, and remains valid until the new one is confirmed', async () => {
    const to = `jo-${engine.name}@example.com`
    const wanted = `new-${engine.name}@example.org`
    const { access_token: token } = (await login(address, password)).body
    const known = smtp.to(to).length
    const patch = (body: object) => call('PATCH', `/users/${id}`, { body, as: token })
    assert.equal((await patch({ email: wanted })).body.code, 'reauthentication_required')
    const asked = await patch({ email: wanted, current_password: password })
    assert.deepEqual([asked.status, asked.body.email], [200, address])
    const mail = await smtp.next(wanted, 0)
    assert.match(mail.link, /\/account\/confirm-email#token=/)
    assert.equal((await smtp.next(to, known)).subject, 'Your e-mail address is about to change')
    assert.equal((await login(wanted, password)).status, 401)
    assert.equal((await login(address, password)).status, 200)
    const confirm = await call('POST', '/auth/confirm-email', { body: { token: mail.token, password } })
    assert.equal(confirm.status, 204)
    assert.equal((await call('GET', '/users/me', { as: token })).status, 401)
    const user = (await call('GET', `/users/${id}`, { as: admin.token })).body
    assert.deepEqual([user.email, user.email_verified], [wanted, true])
    assert.equal((await smtp.next(to, known + 1)).subject, 'Your e-mail address was changed')
    assert.equal((await login(wanted, password)).status, 200)
    assert.ok((await audit(id)).includes('email.changed'))
  })

  it('409 when the address was taken before it was confirmed; the link stays good', async () => {
    const wanted = `race-${engine.name}@example.org`
    const { access_token: token } = (await login(`jo-${engine.name}`, password)).body
    await call('PATCH', `/users/${id}`, { body: { email: wanted, current_password: password }, as: token })
    const mail = await smtp.next(wanted, 0)
    const rival = await service.createUser({ email: wanted.toUpperCase() })
    const confirm = () => call('POST', '/auth/confirm-email', { body: { token: mail.token, password } })
    const taken = await confirm()
    assert.deepEqual([taken.status, taken.body.code], [409, 'email_taken'])
    await call('DELETE', `/users/${rival.id}?purge=true`, { as: admin.token })
    assert.equal((await confirm()).status, 204)
  })

  it('an administrator replaces the address: the old one gets a mail, and the new one must be verified', async () => {
    const user = await service.createUser({ email_verified: true })
    const email = `by-admin-${engine.name}@example.org`
    await call('PATCH', `/users/${user.id}`, { body: { email }, as: admin.token })
    assert.equal((await smtp.next(user.email, 0)).subject, 'Your e-mail address was changed')
    const mail = await smtp.next(email, 0)
    assert.equal(
      (await call('POST', '/auth/verify-email', { body: { token: mail.token, password } })).status,
      204,
    )
    assert.equal((await call('GET', `/users/${user.id}`, { as: admin.token })).body.email_verified, true)
  })

  it('see everything that is stored', async () => {
    const { access_token: token } = (await login(`jo-${engine.name}`, password)).body
    const { status, body } = await call('GET', '/users/me/data', { as: token })
    assert.equal(status, 200)
    assert.equal(body.user.id, id)
    assert.equal(body.has_password, true)
    assert.ok(body.sessions.length >= 5)
    assert.ok(body.audit_events.some((event: { type: string }) => event.type === 'email.changed'))
    assert.doesNotMatch(JSON.stringify(body), /argon2|rt_/)
    const stranger = await service.createUser()
    assert.equal((await call('GET', `/users/${id}/data`, { as: stranger.token })).status, 404)
  })

  it('delete and restore; then housekeeping empties the recycle bin and nothing personal remains', async () => {
    const { access_token: token } = (await login(`jo-${engine.name}`, password)).body
    const forgot = () =>
      call('POST', '/auth/forgot-password', { body: { email: `race-${engine.name}@example.org` } })
    const known = smtp.to(`race-${engine.name}@example.org`).length
    await forgot()
    const mail = await smtp.next(`race-${engine.name}@example.org`, known)
    assert.equal((await call('DELETE', '/users/me', { body: { password }, as: token })).status, 204)
    const body = { token: mail.token, password: 'back from the bin' }
    assert.equal((await call('POST', '/auth/reset-password', { body })).status, 400)
    await forgot()
    await untilMailsAreSent(service.roster.database)
    assert.equal(smtp.to(`race-${engine.name}@example.org`).length, known + 1)
    assert.equal((await call('POST', `/users/${id}/restore`, { as: admin.token })).status, 200)
    assert.equal((await login(`jo-${engine.name}`, password)).status, 200)
    await call('DELETE', `/users/${id}`, { as: admin.token })
    shiftClock(31 * 86_400)
    await service.roster.housekeeping.runDue()
    shiftClock(-31 * 86_400)
    const { database } = service.roster
    const left = async (table: 'users' | 'passwords' | 'sessions' | 'one_time_tokens') => {
      const column = table === 'users' ? 'id' : 'user_id'
      const rows = await database.read
        .selectFrom(table)
        .selectAll()
        .where(column as never, '=', id as never)
        .execute()
      return rows.length
    }
    for (const table of ['users', 'passwords', 'sessions', 'one_time_tokens'] as const)
      assert.equal(await left(table), 0, table)
    const events = await database.read
      .selectFrom('audit_events')
      .selectAll()
      .where('target_id', '=', id)
      .execute()
    assert.ok(events.length > 5)
    const personal = events.filter(
      ({ type, address: from, user_agent, changes }) =>
        type !== 'user.erased' && (from ?? user_agent ?? changes) !== null,
    )
    assert.deepEqual(personal, [])
    assert.ok(events.some(({ type }) => type === 'user.erased'))
  })
})
