/** Users without an e-mail address in imports, exports, SCIM, OpenID Connect and sign-ins through other providers. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import * as client from 'openid-client'
import { connect, register as registerApplication, signIn } from '../applications/relying-party.ts'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { callbackOf, isNext, signingIn } from '../identity-providers/signing-in.ts'
import { startUpstream, type Upstream } from '../identity-providers/upstream.ts'
import { sharedDatabase } from '../shared-database.ts'

onBothEngines('a user without an e-mail address', (engine) => {
  let url: string
  let service: Service
  let admin: TestUser
  let upstream: Upstream
  const { register, enter, whoIs } = signingIn(
    () => service,
    () => admin,
  )
  before(async () => {
    upstream = await startUpstream([callbackOf('corp')])
    url = await sharedDatabase(engine)
    const settings = { ROSTER_EMAIL: 'optional', ROSTER_OUTGOING_NETWORKS: '127.0.0.0/8' }
    service = await engine.start({ DATABASE_URL: url, ...settings })
    admin = await service.admin()
    const provider = { issuer: upstream.issuer, client_id: 'roster', client_secret: 'upstream-secret' }
    await register({ kind: 'oidc', id: 'corp', name: 'Corp', sign_up: 'open', ...provider })
  })
  after(() => upstream.stop())

  const send = async (at: Service, type: string, rows: string[], query = '') => {
    const { status, text } = await at.call('POST', `/users/import${query}`, {
      as: admin.token,
      headers: { 'content-type': type },
      body: `${rows.join('\n')}\n`,
    })
    assert.equal(status, 200, text)
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .slice(0, -1)
  }
  const read = async (path: string) => (await service.call('GET', path, { as: admin.token })).body
  const results = (lines: { result: string }[]) => lines.map(({ result }) => result)

  it('is imported from CSV and JSON, keeps an address that a row does not name, and is exported', async () => {
    const header = 'id,username,email,email_verified'
    const rows = ['1,imp-a,,true', '2,imp-b,,', '3,imp-c,imp-c@corp.example,true', '4,,,']
    const [a, b, c, nameless] = await send(service, 'text/csv', [header, ...rows], '?source=crm')
    assert.deepEqual(results([a, b, c]), ['created', 'created', 'created'])
    assert.deepEqual(nameless.errors[0]?.pointer, '/username')
    const first = await read(`/users/${a.id}`)
    assert.deepEqual([first.email, first.email_verified], [null, false])
    const json = [{ username: 'imp-d', email: null }, { username: 'imp-e' }].map((user) =>
      JSON.stringify(user),
    )
    assert.deepEqual(results(await send(service, 'application/x-ndjson', json)), ['created', 'created'])

    const again = ['1,imp-a,imp-a@corp.example,', '3,imp-c,,']
    const changed = await send(service, 'text/csv', [header, ...again], '?source=crm&mode=upsert')
    assert.deepEqual(
      changed.map(({ id }) => id),
      [a.id, c.id],
    )
    const addresses = [(await read(`/users/${a.id}`)).email, (await read(`/users/${c.id}`)).email]
    assert.deepEqual(addresses, ['imp-a@corp.example', 'imp-c@corp.example'])
    // A username says nothing of who a user is.
    const [stranger] = await send(service, 'text/csv', ['username,email', 'imp-b,'], '?mode=upsert')
    assert.deepEqual([stranger.result, stranger.errors[0]?.code], ['failed', 'username_taken'])

    const accept = (type: string) => ({ as: admin.token, headers: { accept: type } })
    const csv = await service.call('GET', '/users/export?q=imp-b', accept('text/csv'))
    assert.match(csv.text.split('\r\n')[1]!, new RegExp(`^${b.id},imp-b,,false,`))
    const ndjson = await service.call('GET', '/users/export?q=imp-b', accept('application/x-ndjson'))
    assert.equal(JSON.parse(ndjson.text).email, null)
    for (const [type, { text }] of [
      ['text/csv', csv],
      ['application/x-ndjson', ndjson],
    ] as const)
      assert.deepEqual(results(await send(service, type, [text.trim()])), ['skipped'])
  })

  it('is refused in an import by an installation that requires an address, with the name of the setting', async () => {
    const strict = await engine.start({ DATABASE_URL: url, ROSTER_REQUIRE_VERIFIED_EMAIL: 'true' })
    for (const [type, row] of [
      ['text/csv', ['username,email', 'strict-a,']],
      ['application/x-ndjson', ['{"username":"strict-a"}']],
    ] as const) {
      const [{ result, errors }] = await send(strict, type, [...row])
      assert.deepEqual([result, errors[0].pointer, errors[0].code], ['failed', '/email', 'required'])
      assert.match(errors[0].detail, /ROSTER_EMAIL=optional/)
    }
    const made = await service.call('POST', '/users', { body: { username: 'unverified', password } })
    const body = { username: 'unverified', password }
    assert.equal((await strict.call('POST', '/auth/login', { body })).status, 401)
    const status = await strict.call('GET', `/users/${made.body.id}/sign-in`, { as: admin.token })
    assert.deepEqual(status.body.obstacles, ['unverified_email'])
  })

  it('is provisioned by SCIM, shown without emails, and keeps an address that a request does not name', async () => {
    const permissions = ['scim:read', 'scim:write']
    const key = await service.call('POST', '/api-keys', {
      as: admin.token,
      body: { name: 'directory', permissions },
    })
    const scim = async (method: string, path: string, body?: object) => {
      const headers = body ? { 'content-type': 'application/scim+json' } : {}
      const answer = await service.call(method, `/scim/v2${path}`, {
        ...{ as: key.body.secret, headers },
        ...(body && { body }),
      })
      assert.ok(answer.status < 300, answer.text)
      return answer.body
    }
    const schemas = ['urn:ietf:params:scim:schemas:core:2.0:User']
    const made = await scim('POST', '/Users', { schemas, userName: 'scim-bare', active: true })
    assert.equal('emails' in made, false)
    assert.equal((await read(`/users/${made.id}`)).email, null)
    const found = async (filter: string) =>
      (await scim('GET', `/Users?filter=${encodeURIComponent(filter)}`)).Resources.map(
        ({ id }: { id: string }) => id,
      )
    assert.deepEqual(await found('userName eq "scim-bare" and not (emails pr)'), [made.id])
    const emails = [{ value: 'scim-bare@corp.example', type: 'work', primary: true }]
    await scim('PUT', `/Users/${made.id}`, { schemas, userName: 'scim-bare', emails, active: true })
    const kept = await scim('PUT', `/Users/${made.id}`, { schemas, userName: 'scim-bare', active: true })
    assert.deepEqual(kept.emails, emails)
    await service.call('PATCH', `/users/${made.id}`, { as: admin.token, body: { email: null } })
    const patch = {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'replace', path: 'name.givenName', value: 'Bo' }],
    }
    const patched = await scim('PATCH', `/Users/${made.id}`, patch)
    assert.deepEqual(['emails' in patched, patched.name.givenName], [false, 'Bo'])
  })

  it('signs up through a provider that sends no address, and is a user apart from others without one', async () => {
    const bare = { email: undefined, email_verified: undefined }
    isNext(upstream, { sub: 'first', ...bare })
    const first = (await whoIs((await enter('corp')).traveller))!.user
    isNext(upstream, { sub: 'second', ...bare })
    const second = (await whoIs((await enter('corp')).traveller))!.user
    assert.deepEqual([first.email, second.email, first.username], [null, null, 'first'])
    assert.notEqual(first.id, second.id)
    isNext(upstream, { sub: 'first', ...bare })
    assert.equal((await whoIs((await enter('corp')).traveller))?.user.id, first.id)
  })

  it('has no claims about an address', async () => {
    await service.call('POST', '/users', { body: { username: 'claims', password } })
    const body = { username: 'claims', password }
    const { access_token, user } = (await service.call('POST', '/auth/login', { body })).body
    const config = await connect(service, await registerApplication(service, { first_party: true }))
    const { tokens } = await signIn(service, config, access_token)
    for (const claims of [
      tokens.claims()!,
      await client.fetchUserInfo(config, tokens.access_token, user.id),
    ]) {
      assert.equal(claims['preferred_username'], 'claims')
      assert.deepEqual(['email' in claims, 'email_verified' in claims], [false, false])
    }
  })
})
