/** What users without an e-mail address can do where `ROSTER_EMAIL=optional`, and what cannot be done with them. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { type Smtp, startSmtp } from '../mail/smtp.ts'
import { sharedDatabase } from '../shared-database.ts'

onBothEngines('users without an e-mail address', (engine) => {
  let smtp: Smtp
  let url: string
  let service: Service
  let admin: TestUser
  before(async () => {
    smtp = await startSmtp()
    url = await sharedDatabase(engine)
    service = await engine.start({ DATABASE_URL: url, ROSTER_EMAIL: 'optional', ROSTER_MAIL_URL: smtp.url })
    admin = await service.admin()
  })
  after(() => smtp.stop())

  const call: Service['call'] = (...request) => service.call(...request)
  const asAdmin = (method: string, path: string, body?: unknown) =>
    call(method, path, { as: admin.token, ...(body !== undefined && { body }) })
  const create = async (fields: object) => {
    const answer = await asAdmin('POST', '/users', fields)
    assert.equal(answer.status, 201, answer.text)
    return answer.body
  }
  const login = (username: string) => call('POST', '/auth/login', { body: { username, password } })
  const faults = ({ status, body }: Awaited<ReturnType<typeof call>>) => [
    status,
    body.errors?.map(({ pointer, code }: { pointer: string; code: string }) => `${pointer} ${code}`) ??
      body.code,
  ]
  const names = (answer: { body: { username: string }[] }) => answer.body.map(({ username }) => username)

  it('sign up, and sign in with the username', async () => {
    const made = await call('POST', '/users', { body: { username: 'bare', password } })
    assert.deepEqual([made.status, made.body.email, made.body.email_verified], [201, null, false])
    const another = await call('POST', '/users', { body: { username: 'bare-2', email: null, password } })
    assert.equal(another.status, 201, another.text)
    assert.equal((await login('bare')).body.user.email, null)
    assert.equal((await login(` ${made.body.id}`)).status, 401)
    const read = await asAdmin('GET', `/users/${made.body.id}`)
    assert.equal(read.body.email, null)
    const verified = await asAdmin('POST', '/users', { username: 'bare-3', email_verified: true })
    assert.deepEqual(faults(verified), [400, ['/email_verified no_email_address']])
  })

  it('are listed, searched and filtered, before all addresses in the order by address', async () => {
    for (const name of ['seek-c', 'seek-a', 'seek-b']) await create({ username: name })
    await create({ username: 'seek-x', email: 'z@seek.example' })
    await create({ username: 'seek-y', email: 'y@seek.example' })
    const found = async (query: string) => names(await asAdmin('GET', `/users?${query}`))
    const filter = (text: string) => found(`sort=username&filter=${encodeURIComponent(text)}`)
    const about = 'username sw "seek-" and '
    assert.deepEqual(await filter(`${about}not (email pr)`), ['seek-a', 'seek-b', 'seek-c'])
    assert.deepEqual(await filter(`${about}email eq null`), ['seek-a', 'seek-b', 'seek-c'])
    assert.deepEqual(await filter(`${about}email pr`), ['seek-x', 'seek-y'])
    assert.deepEqual(await filter(`${about}email lt "zz"`), ['seek-x', 'seek-y'])
    assert.deepEqual(await filter(`${about}not (email sw "y")`), ['seek-a', 'seek-b', 'seek-c', 'seek-x'])
    const { id } = (await asAdmin('GET', '/users?username=seek-a')).body[0]
    for (const sought of [`email co "${id}"`, `email eq " ${id}"`, `email sw " "`])
      assert.deepEqual(await filter(sought), [])
    assert.deepEqual(await found(`email=${encodeURIComponent(` ${id}`)}`), [])
    assert.deepEqual(await found(`q=${id}`), [])
    assert.deepEqual(await found('q=seek-c'), ['seek-c'])
    for (const sort of ['email', '-email']) {
      const walked: string[] = []
      let next: string | undefined = `/users?q=seek-&limit=2&sort=${sort}`
      while (next) {
        const page: Awaited<ReturnType<typeof call>> = await asAdmin('GET', next)
        walked.push(...names(page))
        next = /<([^>]+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1]
      }
      if (sort === '-email') walked.reverse()
      assert.deepEqual([new Set(walked.slice(0, 3)).size, walked.slice(3)], [3, ['seek-y', 'seek-x']], sort)
      assert.equal(new Set(walked).size, 5)
    }
  })

  it('are sent no mail, and asking for one is refused', async () => {
    const { id } = await create({ username: 'silent', password })
    const { body } = await login('silent')
    const own = (method: string, path: string, sent?: object) =>
      call(method, path, { as: body.access_token, ...(sent && { body: sent }) })
    assert.deepEqual(faults(await asAdmin('POST', `/users/${id}/password-reset`)), [409, 'no_email_address'])
    assert.deepEqual(faults(await own('POST', '/auth/verify-email/resend')), [409, 'no_email_address'])
    // Each of these tells a user with an address.
    assert.equal((await asAdmin('PATCH', `/users/${id}`, { username: 'silent-2' })).status, 200)
    const changed = { current_password: password, password: 'another good password' }
    assert.equal((await own('PUT', `/users/${id}/password`, changed)).status, 204)
    assert.equal((await own('POST', '/api-keys', { name: 'k', permissions: [] })).status, 403)
    assert.equal((await call('POST', '/auth/forgot-password', { body: { email: 'silent-2' } })).status, 202)
    const marker = await create({ username: 'marker', email: 'marker@corp.example' })
    assert.ok(await smtp.next(marker.email, 0))
    assert.deepEqual(
      smtp.received.filter(({ text }) => text.includes('silent')),
      [],
    )
  })

  it('get an address by confirming it, and lose it only through an administrator', async () => {
    const { id } = await create({ username: 'gains', password })
    const { body } = await login('gains')
    const own = { as: body.access_token as string }
    const wanted = { email: 'gains@corp.example', current_password: password }
    const asked = await call('PATCH', `/users/${id}`, { ...own, body: wanted })
    assert.deepEqual([asked.status, asked.body.email], [200, null], asked.text)
    const { token } = await smtp.next('gains@corp.example', 0)
    assert.equal((await call('POST', '/auth/confirm-email', { ...own, body: { token } })).status, 204)
    const gained = (await asAdmin('GET', `/users/${id}`)).body
    assert.deepEqual([gained.email, gained.email_verified], ['gains@corp.example', true])
    const denied = [403, ['/email field_not_writable']]
    assert.deepEqual(faults(await call('PATCH', `/users/${id}`, { ...own, body: { email: null } })), denied)
    const whole = { username: 'gains', first_name: 'G' }
    assert.deepEqual(faults(await call('PUT', `/users/${id}`, { ...own, body: whole })), denied)
    const sent = smtp.to('gains@corp.example').length
    const removed = await asAdmin('PATCH', `/users/${id}`, { email: null })
    assert.deepEqual([removed.body.email, removed.body.email_verified], [null, false], removed.text)
    // The removed address gets a mail, and the sessions end.
    await smtp.next('gains@corp.example', sent)
    assert.equal((await call('GET', '/users/me', own)).status, 401)
    const taken = await create({ username: 'after-gains', email: 'gains@corp.example' })
    assert.equal((await asAdmin('PUT', `/users/${taken.id}`, { username: 'after-gains' })).body.email, null)
  })

  it('an administrator removes their own address with the password', async () => {
    const boss = await service.createUser({ username: 'boss', roles: ['admin', 'user'] })
    const change = (more: object) =>
      call('PATCH', `/users/${boss.id}`, { as: boss.token, body: { email: null, ...more } })
    assert.equal((await change({})).status, 403)
    const { status, body, text } = await change({ current_password: password })
    assert.deepEqual([status, body?.email], [200, null], text)
  })

  it('get a new password from an administrator, which they must replace', async () => {
    const { id } = await create({ username: 'forgets', password })
    const session = (await login('forgets')).body
    const next = 'handed out on paper'
    const set = (whose: string, as: string, body: object = { password: next }) =>
      call('PUT', `/users/${whose}/password`, { as, body })
    assert.deepEqual(faults(await set(id, admin.token, { password: 'short' })), [
      400,
      ['/password too_short'],
    ])
    const addressed = await service.createUser()
    assert.deepEqual(faults(await set(addressed.id, admin.token)), [403, 'forbidden'])
    assert.equal((await set(id, addressed.token)).status, 404)
    await asAdmin('POST', '/roles', { name: 'clerk', permissions: ['users:read', 'users:write'] })
    const clerk = await service.createUser({ roles: ['clerk', 'user'] })
    const { id: chief } = (await asAdmin('GET', '/users?username=boss')).body[0]
    assert.deepEqual(faults(await set(chief, clerk.token)), [403, 'permission_not_held'])
    assert.equal((await set(id, clerk.token)).status, 204)
    assert.equal((await call('GET', '/users/me', { as: session.access_token })).status, 401)
    assert.equal((await login('forgets')).status, 401)
    const entered = await call('POST', '/auth/login', { body: { username: 'forgets', password: next } })
    const due = await call('GET', '/users/me', { as: entered.body.access_token })
    assert.deepEqual(faults(due), [403, 'password_change_required'])
    const [event] = (await asAdmin('GET', `/audit-events?type=password.changed&target=${id}`)).body
    assert.equal(event.actor.id, clerk.id)
  })

  it('are restored from the recycle bin', async () => {
    const made = [await create({ username: 'bin-1' }), await create({ username: 'bin-2' })]
    for (const { id } of made) assert.equal((await asAdmin('DELETE', `/users/${id}`)).status, 204)
    assert.deepEqual(names(await asAdmin('GET', '/users?deleted=true&sort=email')), ['bin-1', 'bin-2'])
    for (const { id } of made) {
      const back = await asAdmin('POST', `/users/${id}/restore`)
      assert.deepEqual([back.status, back.body.email], [200, null])
    }
  })

  it('are in the feed with the address null', async () => {
    const { next } = (await asAdmin('GET', '/events')).body
    const { id } = await create({ username: 'followed' })
    const { body } = await asAdmin('GET', `/events?after=${next}`)
    const event = body.events.find(({ data }: { data: { user_id: string } }) => data.user_id === id)
    assert.equal(event?.data.user.email, null)
  })

  it('stay, are read and sign in when an address is required again', async () => {
    const { id } = await create({ username: 'stays', password })
    const strict = await engine.start({ DATABASE_URL: url })
    const ask = (method: string, path: string, body?: object, as = admin.token) =>
      strict.call(method, path, { as, ...(body && { body }) })
    assert.equal((await ask('GET', `/users/${id}`)).body.email, null)
    const entered = await strict.call('POST', '/auth/login', { body: { username: 'stays', password } })
    assert.equal(entered.status, 200)
    assert.equal((await ask('PATCH', `/users/${id}`, { first_name: 'S', email: null })).status, 200)
    assert.equal((await ask('PUT', `/users/${id}`, { username: 'stays' })).status, 200)
    const required = [400, ['/email required']]
    assert.deepEqual(faults(await ask('POST', '/users', { username: 'new' })), required)
    assert.deepEqual(faults(await ask('POST', '/users', { username: 'new', email: null })), required)
    assert.deepEqual(faults(await ask('PATCH', `/users/${admin.id}`, { email: null })), required)
    assert.deepEqual(faults(await ask('PUT', `/users/${admin.id}`, { username: 'admin' })), required)
    const given = await ask('PATCH', `/users/${id}`, { email: 'stays@corp.example', email_verified: true })
    assert.deepEqual([given.body.email, given.body.email_verified], ['stays@corp.example', true])
    assert.deepEqual(faults(await ask('PATCH', `/users/${id}`, { email: null })), required)
  })
})
