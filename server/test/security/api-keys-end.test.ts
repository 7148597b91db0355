import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { type Smtp, startSmtp } from '../mail/smtp.ts'

const next = 'another fine password'

onBothEngines('API keys end with the password', (engine) => {
  let service: Service
  let smtp: Smtp
  let admin: TestUser
  before(async () => {
    smtp = await startSmtp()
    service = await engine.start({ ROSTER_MAIL_URL: smtp.url })
    admin = await service.admin()
    await service.call('POST', '/roles', {
      as: admin.token,
      body: { name: 'owner', permissions: ['users:read', 'users:write', 'api_keys:write'] },
    })
  })
  after(() => smtp.stop())
  const owner = async () => {
    const user = await service.createUser({ roles: ['owner'], email_verified: true })
    const { body } = await service.call('POST', '/api-keys', {
      as: user.token,
      body: { name: 'nightly sync', permissions: ['users:read'] },
    })
    assert.equal(await read(body.secret), 200)
    return { ...user, key: body.secret as string, keyId: body.id as string }
  }
  const read = async (as: string) => (await service.call('GET', '/users', { as })).status
  const reasonFor = async (id: string) => {
    const { body } = await service.call('GET', `/audit-events?type=apikey.revoked&target=${id}`, {
      as: admin.token,
    })
    return body[0]?.reason
  }
  const change = (user: TestUser, more: object = {}) =>
    service.call('PUT', '/users/me/password', {
      as: user.token,
      body: { current_password: password, password: next, ...more },
    })

  it('a change of the password revokes them, unless they are to be kept', async () => {
    const [ended, kept] = [await owner(), await owner()]
    assert.equal((await change(ended)).status, 204)
    assert.equal(await read(ended.key), 401)
    assert.equal(await reasonFor(ended.keyId), 'password_changed')
    assert.equal((await change(kept, { keep_api_keys: true })).status, 204)
    assert.equal(await read(kept.key), 200)
    assert.equal((await change(kept, { keep_api_keys: 'true' })).status, 400)
  })

  it('a reset by a mailed link always revokes them', async () => {
    const user = await owner()
    await service.call('POST', '/auth/forgot-password', { body: { email: user.email } })
    let mail = await smtp.next(user.email, 0)
    for (let at = 1; !mail.link.includes('/account/reset'); at += 1) mail = await smtp.next(user.email, at)
    const body = { token: mail.token, password: next }
    const keeping = await service.call('POST', '/auth/reset-password', {
      body: { ...body, keep_api_keys: true },
    })
    assert.equal(keeping.status, 400)
    assert.equal(await read(user.key), 200)
    assert.equal((await service.call('POST', '/auth/reset-password', { body })).status, 204)
    assert.equal(await read(user.key), 401)
    assert.equal(await reasonFor(user.keyId), 'password_changed')
  })

  it('the end of all sessions revokes them, unless they are to be kept; also when an administrator does it', async () => {
    const [ended, kept, byAdmin] = [await owner(), await owner(), await owner()]
    const end = (path: string, as: string) => service.call('DELETE', path, { as })
    assert.equal((await end('/users/me/sessions', ended.token)).status, 204)
    assert.deepEqual([await read(ended.key), await read(ended.token)], [401, 401])
    assert.equal(await reasonFor(ended.keyId), 'sessions_ended')
    assert.equal((await end('/users/me/sessions?keep_api_keys=true', kept.token)).status, 204)
    assert.deepEqual([await read(kept.key), await read(kept.token)], [200, 401])
    assert.equal((await end(`/users/${byAdmin.id}/sessions`, admin.token)).status, 204)
    assert.equal(await read(byAdmin.key), 401)
  })

  it('an import that replaces the password revokes them', async () => {
    const user = await owner()
    const { text } = await service.call('POST', '/users/import?mode=upsert', {
      as: admin.token,
      headers: { 'content-type': 'application/x-ndjson' },
      body: JSON.stringify({ id: user.id, username: user.username, email: user.email, password: next }),
    })
    assert.equal(JSON.parse(text.split('\n')[0]!).result, 'updated', text)
    assert.equal(await read(user.key), 401)
  })

  it('the owner gets a mail about each new key', async () => {
    const user = await owner()
    const mail = await smtp.next(user.email, 0)
    assert.match(mail.subject, /new API key/)
    assert.match(mail.text, /"nightly sync"/)
    assert.doesNotMatch(mail.text, /rk_/)
  })

  it('a replayed answer has no secret', async () => {
    const keyed = () =>
      service.call('POST', '/api-keys', {
        as: admin.token,
        body: { name: 'replayed', permissions: ['users:read'] },
        headers: { 'idempotency-key': 'one-key' },
      })
    const [first, again] = [await keyed(), await keyed()]
    const { secret, ...shown } = first.body
    assert.match(secret, /^rk_/)
    assert.deepEqual([again.status, again.body], [201, shown])
    assert.equal(again.headers.get('idempotency-replayed'), 'true')
    assert.equal(again.headers.get('location'), first.headers.get('location'))
  })
})
