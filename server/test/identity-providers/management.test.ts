import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { onBothEngines, type Service, type TestUser } from '../harness.ts'

const secret = 'GOCSPX-not-to-be-seen'

onBothEngines('identity providers', (engine) => {
  let service: Service
  let admin: TestUser
  before(async () => {
    service = await engine.start()
    admin = await service.admin()
  })
  const call = (method: string, path: string, body?: object, headers = {}) =>
    service.call(method, `/identity-providers${path}`, {
      as: admin.token,
      headers,
      ...(body && { body }),
    })
  const faultsOf = async (body: object) => {
    const answer = await call('POST', '', body)
    assert.equal(answer.status, 400, answer.text)
    return answer.body.errors.map(({ pointer, code }: Record<string, string>) => `${pointer} ${code}`)
  }

  it('a preset needs only the client id and the secret, which is never shown', async () => {
    const created = await call('POST', '', { kind: 'google', client_id: 'abc', client_secret: secret })
    assert.equal(created.status, 201, created.text)
    assert.equal(created.headers.get('location'), '/identity-providers/google')
    const { issuer, callback_url, sign_up, has_client_secret } = created.body
    assert.deepEqual(
      [issuer, callback_url, sign_up, has_client_secret],
      ['https://accounts.google.com', 'http://roster.test/auth/providers/google/callback', 'off', true],
    )
    const rows = await service.roster.database.read.selectFrom('identity_providers').selectAll().execute()
    const events = await service.call('GET', '/audit-events', { as: admin.token })
    const texts = [created.text, (await call('GET', '')).text, JSON.stringify(rows), events.text]
    for (const text of [...texts, JSON.stringify(service.logs())]) assert.ok(!text.includes(secret))
    assert.match(events.text, /identity_provider\.created/)
  })

  it('a change keeps the secret unless it names one; a stale version changes nothing', async () => {
    const changed = await call('PATCH', '/google', { domains: ['example.com'], sign_up: 'domains' })
    assert.deepEqual([changed.body.has_client_secret, changed.body.domains], [true, ['example.com']])
    assert.equal((await call('PATCH', '/google', { name: 'G' }, { 'if-match': '"1"' })).status, 412)
    const replaced = await call('PUT', '/google', { client_id: 'def' })
    const { name, client_id, domains, has_client_secret } = replaced.body
    assert.deepEqual([name, client_id, domains, has_client_secret], ['Google', 'def', [], true])
    assert.equal((await call('PATCH', '/google', { client_secret: null })).body.has_client_secret, false)
  })

  it('one answer names all bad fields', async () => {
    const made = (fields: object) => faultsOf({ kind: 'oidc', client_id: 'a', ...fields })
    assert.deepEqual(await made({}), ['/issuer required'])
    for (const issuer of [
      'http://id.example.com',
      'https://id.example.com/?a=b',
      'https://u:p@id.example.com',
      'https://id.example.com/.well-known/openid-configuration',
      'javascript:alert(1)',
      'id.example.com',
    ])
      assert.deepEqual(await made({ issuer }), ['/issuer invalid_issuer'], issuer)
    const issuer = 'https://id.example.com'
    assert.deepEqual(
      await made({ issuer, domains: ['Example.com', 'localhost', '*.example.com'], scopes: ['email'] }),
      [
        '/domains/0 invalid_domain',
        '/domains/1 invalid_domain',
        '/domains/2 invalid_domain',
        '/scopes required',
      ],
    )
    assert.deepEqual(await made({ issuer, sign_up: 'domains' }), ['/domains required'])
    assert.deepEqual(await made({ issuer, role_rules: [{ claim: 'g', value: 'v', role: 'none' }] }), [
      '/role_rules/0/role unknown_role',
    ])
    assert.deepEqual(await faultsOf({ kind: 'apple', client_id: 'a', client_secret: 'x' }), [
      '/team_id required',
      '/key_id required',
      '/client_secret invalid_key',
    ])
    assert.deepEqual(await faultsOf({ kind: 'github', client_id: 'a' }), ['/client_secret required'])
    const shared = 'https://login.microsoftonline.com/common/v2.0'
    assert.deepEqual(await faultsOf({ kind: 'microsoft', client_id: 'a', issuer: shared }), [
      '/issuer invalid_issuer',
    ])
  })

  it('an id and an issuer are there once', async () => {
    const body = { kind: 'oidc', id: 'corp', client_id: 'a', issuer: 'https://id.example.com/' }
    const made = await call('POST', '', body)
    assert.deepEqual([made.status, made.body.issuer], [201, 'https://id.example.com'])
    assert.equal((await call('POST', '', { ...body, issuer: 'https://other.example' })).status, 409)
    assert.equal((await call('POST', '', { ...body, id: 'corp-2' })).status, 409)
    assert.equal((await call('PATCH', '/google', { issuer: 'https://id.example.com' })).status, 409)
    const [first] = (await call('GET', '?limit=1')).body
    const next = /<http:\/\/roster\.test\/identity-providers([^>]+)>; rel="next"/.exec(
      (await call('GET', '?limit=1')).headers.get('link') ?? '',
    )?.[1]
    const [second] = (await call('GET', next!)).body
    assert.deepEqual([first.id, second.id], ['corp', 'google'])
    assert.equal((await call('DELETE', '/corp')).status, 204)
    assert.equal((await call('GET', '/corp')).status, 404)
  })

  it('an administrator of providers can give no role beyond the own rights', async () => {
    const role = { name: 'providers', permissions: ['identity_providers:read', 'identity_providers:write'] }
    assert.equal((await service.call('POST', '/roles', { as: admin.token, body: role })).status, 201)
    const clerk = await service.createUser({ roles: ['providers'] })
    const body = { kind: 'gitlab', client_id: 'a', role_rules: [{ claim: 'g', value: 'v', role: 'admin' }] }
    const refused = await service.call('POST', '/identity-providers', { as: clerk.token, body })
    assert.equal(refused.body.code, 'permission_not_held')
    const fewer = { ...body, role_rules: [{ claim: 'g', value: 'v', role: 'providers' }] }
    const made = await service.call('POST', '/identity-providers', { as: clerk.token, body: fewer })
    assert.equal(made.status, 201, made.text)
    const plain = await service.createUser()
    const { status } = await service.call('GET', '/identity-providers', { as: plain.token })
    assert.equal(status, 403)
  })
})
