/** Ways by which an account that a stranger signed up for would become that of the owner of its address. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { callbackOf, isNext, publicUrl, signingIn } from '../identity-providers/signing-in.ts'
import { startUpstream, type Upstream } from '../identity-providers/upstream.ts'
import { type Smtp, startSmtp } from '../mail/smtp.ts'
import { createAuthenticator } from './authenticator.ts'

onBothEngines('an account that a stranger signed up for', (engine) => {
  let service: Service
  let admin: TestUser
  let upstream: Upstream
  let smtp: Smtp
  const { register, enter, whoIs } = signingIn(
    () => service,
    () => admin,
  )
  before(async () => {
    smtp = await startSmtp()
    upstream = await startUpstream([callbackOf('corp')])
    service = await engine.start({
      ROSTER_OUTGOING_NETWORKS: '127.0.0.0/8',
      ROSTER_MAIL_URL: smtp.url,
    })
    admin = await service.admin()
    const client = { client_id: 'roster', client_secret: 'upstream-secret', sign_up: 'open' }
    await register({ kind: 'oidc', id: 'corp', name: 'Corp', issuer: upstream.issuer, ...client })
  })
  after(async () => {
    await upstream.stop()
    await smtp.stop()
  })
  const call: Service['call'] = (...request) => service.call(...request)
  const signUp = async (username: string) => {
    const email = `${username}-${engine.name}@corp.example`
    const { status, body } = await call('POST', '/users', { body: { username, email, password } })
    assert.equal(status, 201)
    const entered = await call('POST', '/auth/login', { body: { username, password } })
    return { id: body.id as string, username, email, token: entered.body.access_token as string }
  }
  type Stranger = Awaited<ReturnType<typeof signUp>>
  /** Whether the password and the session of the stranger are still good. */
  const isIn = async ({ username, token }: Stranger) => {
    const entered = await call('POST', '/auth/login', { body: { username, password } })
    const me = await call('GET', '/users/me', { as: token })
    return [entered.body.code ?? entered.status, me.status]
  }
  const out = ['invalid_credentials', 401]

  it('is not verified by the link alone when the stranger has only a passkey', async () => {
    const email = `passkey-${engine.name}@corp.example`
    isNext(upstream, { sub: 'thief', email })
    const { traveller } = await enter('corp')
    const { token } = await smtp.next(email, 0)
    const visit = (path: string, more: object = {}) => traveller.visit(`${publicUrl}${path}`, more)
    const device = createAuthenticator()
    const { options } = (await visit('/users/me/passkeys/options', { json: {} })).body as never
    const passkey = device.make(options)
    assert.equal((await visit('/users/me/passkeys', { json: { name: 'Phone', passkey } })).status, 201)
    const [identity] = (await visit('/users/me/identities')).body as { id: string }[]
    assert.equal((await visit(`/users/me/identities/${identity?.id}`, { method: 'DELETE' })).status, 204)

    const alone = await call('POST', '/auth/verify-email', { body: { token } })
    assert.deepEqual([alone.status, alone.body?.code], [403, 'reauthentication_required'])
    const body = { token, new_password: 'an own good password' }
    assert.equal((await call('POST', '/auth/verify-email', { body })).status, 204)
    assert.equal(await whoIs(traveller), null)
    const asked = (await call('POST', '/auth/passkeys/options', { body: {} })).body
    const answer = { challenge: asked.challenge, passkey: device.sign(asked.options) }
    assert.equal((await call('POST', '/auth/login', { body: answer })).status, 401)
  })

  const upsert = async (row: object, query = '') => {
    const { text } = await call('POST', `/users/import?mode=upsert${query}`, {
      as: admin.token,
      headers: { 'content-type': 'application/x-ndjson' },
      body: `${JSON.stringify(row)}\n`,
    })
    return JSON.parse(text.split('\n')[0]!)
  }

  it('ends for the stranger when a row of an import has its address, also when no field differs', async () => {
    const totp_secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
    for (const [name, more] of [
      ['same', {}],
      ['app', { totp_secret }],
    ] as const) {
      const stranger = await signUp(`import-${name}`)
      const row = { email: stranger.email, ...more }
      const refused = await upsert(row, '&unverified=refuse')
      assert.equal(refused.errors?.[0].code, 'unverified_account', JSON.stringify(refused))
      assert.equal((await upsert(row, '&dry_run=true')).result, 'updated')
      assert.deepEqual(await isIn(stranger), [200, 200])
      const result = await upsert(row)
      assert.deepEqual([result.result, result.notes.length], ['updated', 1], JSON.stringify(result))
      assert.deepEqual(await isIn(stranger), out, name)
      const { body } = await call('GET', `/users/${stranger.id}/factors`, { as: admin.token })
      assert.equal(body.totp !== null, name === 'app', JSON.stringify(body))
      assert.deepEqual((await upsert(row)).reason, 'unchanged', 'once')
    }
  })

  it('ends for the stranger when a directory takes it for that of its user', async () => {
    const key = await call('POST', '/api-keys', {
      as: admin.token,
      body: { name: 'directory', permissions: ['scim:read', 'scim:write'] },
    })
    const scim = (method: string, id: string, body: object) =>
      call(method, `/scim/v2/Users/${id}`, { as: key.body.secret, body })
    for (const [name, method, body] of [
      ['patch', 'PATCH', { Operations: [{ op: 'replace', value: { externalId: 'e-1' } }] }],
      ['same', 'PATCH', { Operations: [{ op: 'replace', value: { active: true } }] }],
      ['put', 'PUT', { userName: 'scim-put' }],
    ] as const) {
      const stranger = await signUp(`scim-${name}`)
      const { length } = smtp.to(stranger.email)
      assert.equal((await scim(method, stranger.id, body)).status, 200)
      assert.deepEqual(await isIn(stranger), out, name)
      let mail = await smtp.next(stranger.email, length)
      for (let next = length + 1; !mail.link.includes('/account/invitation'); next += 1)
        mail = await smtp.next(stranger.email, next)
      const chosen = { token: mail.token, password: 'an own good password' }
      assert.equal((await call('POST', '/auth/reset-password', { body: chosen })).status, 204)
      assert.equal((await scim(method, stranger.id, body)).status, 200)
      const owner = { username: stranger.username, password: chosen.password }
      assert.equal((await call('POST', '/auth/login', { body: owner })).status, 200, 'once')
    }
  })
})
