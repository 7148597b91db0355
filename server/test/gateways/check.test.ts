import assert from 'node:assert/strict'
import { get, type IncomingHttpHeaders } from 'node:http'
import { before, it } from 'node:test'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'

type Headers = Record<string, string>
type Answer = { status: number; headers: IncomingHttpHeaders }

onBothEngines('GET /auth/check', (engine) => {
  let service: Service
  let admin: TestUser
  let user: TestUser
  let cookie: string
  before(async () => {
    service = await engine.start()
    admin = await service.admin()
    user = await service.createUser({ username: 'ann', email: 'ann@example.com' })
    const opened = await service.call('POST', '/auth/session', { body: { username: 'ann', password } })
    cookie = opened.headers.get('set-cookie')!.split(';')[0]!
  })
  /** Without the headers that `fetch` adds. */
  const check = (query: string, headers: Headers): Promise<Answer> =>
    new Promise((resolve, reject) => {
      get(`${service.url}/auth/check${query}`, { headers }, (answer) => {
        answer.resume()
        resolve({ status: answer.statusCode!, headers: answer.headers })
      }).on('error', reject)
    })
  const names = ({ headers }: Answer) => [
    headers['x-roster-user'],
    headers['x-roster-username'],
    headers['x-roster-email'],
    headers['x-roster-roles'],
  ]

  it('204 names the user, with a cookie and with a token, for every Accept header', async () => {
    const asked: Headers[] = [
      { cookie },
      { cookie, accept: 'image/avif,image/webp' },
      { cookie, accept: 'text/event-stream', 'x-forwarded-method': 'POST' },
      { authorization: `Bearer ${user.token}` },
    ]
    for (const headers of asked) {
      const answer = await check('', headers)
      assert.equal(answer.status, 204, JSON.stringify(headers))
      assert.deepEqual(names(answer), [user.id, 'ann', '', 'user'])
    }
  })

  it('an address is named only when it is verified', async () => {
    assert.equal((await check('', { cookie })).headers['x-roster-email'], '')
    const { token } = await service.createUser({ email: 'eve@example.com', email_verified: true })
    const answer = await check('', { authorization: `Bearer ${token}` })
    assert.equal(answer.headers['x-roster-email'], 'eve@example.com')
  })

  it('names outside ASCII are percent-encoded', async () => {
    const { token } = await service.createUser({ username: 'zoë', email: 'zoe@example.com' })
    const answer = await check('', { authorization: `Bearer ${token}` })
    assert.equal(answer.headers['x-roster-username'], 'zo%C3%AB')
  })

  it('403 without the role or the permission', async () => {
    const asAdmin = { authorization: `Bearer ${admin.token}` }
    for (const query of ['?role=admin', '?permission=users:read', '?role=user&permission=users:read']) {
      assert.equal((await check(query, { cookie })).status, 403, query)
      assert.equal((await check(query, asAdmin)).status, 204, query)
    }
    assert.equal((await check('?role=user', { cookie })).status, 204)
    assert.equal((await check('?role=use', { cookie })).status, 403)
    assert.equal((await check('?permission=made:up', { cookie })).status, 400)
  })

  it('an API key has its own permissions and no roles', async () => {
    const fields = { name: 'k', permissions: ['users:read'] }
    const { body } = await service.call('POST', '/api-keys', { as: admin.token, body: fields })
    const headers = { authorization: `Bearer ${body.secret}` }
    const answer = await check('?permission=users:read', headers)
    assert.deepEqual([answer.status, ...names(answer)], [204, admin.id, 'admin', '', ''])
    assert.equal((await check('?permission=users:write', headers)).status, 403)
    assert.equal((await check('?role=admin', headers)).status, 403)
  })

  it('401 without credentials and for sessions that ended, without a dialog', async () => {
    const nobody = await check('', {})
    assert.deepEqual([nobody.status, nobody.headers['www-authenticate']], [401, 'Bearer realm="roster"'])
    assert.equal((await check('', { cookie: 'roster=nobody' })).status, 401)
    assert.equal((await check('', { authorization: 'Bearer nobody' })).status, 401)
    const gone = await service.createUser()
    const headers = { authorization: `Bearer ${gone.token}` }
    assert.equal((await check('', headers)).status, 204)
    const path = `/users/${gone.id}`
    await service.call('PATCH', path, { as: admin.token, body: { status: 'disabled' } })
    assert.equal((await check('', headers)).status, 401)
  })

  it('with sign_in a browser that opens a page goes to the sign-in page and returns to a path of ours', async () => {
    const page = { accept: 'text/html,*/*;q=0.8', 'sec-fetch-mode': 'navigate' }
    const to = async (headers: Headers) => {
      const answer = await check('?sign_in=true', headers)
      return `${answer.status} ${answer.headers.location ?? ''}`
    }
    assert.equal(await to(page), '303 http://roster.test/sign-in')
    assert.equal(
      await to({ ...page, 'x-forwarded-uri': '/app?a=1&b=2' }),
      '303 http://roster.test/sign-in?return_to=%2Fapp%3Fa%3D1%26b%3D2',
    )
    for (const uri of ['//evil.example', 'https://evil.example', '/\\evil.example', '/%5cevil.example'])
      assert.equal(await to({ ...page, 'x-forwarded-uri': uri }), '303 http://roster.test/sign-in', uri)
    assert.equal(await to({ ...page, 'x-forwarded-method': 'POST' }), '401 ')
    assert.equal(await to({ accept: '*/*' }), '401 ')
    assert.equal(await to({ accept: 'text/html', 'sec-fetch-mode': 'cors' }), '401 ')
    assert.equal(await to({ ...page, cookie }), '204 ')
    assert.equal((await check('', page)).status, 401)
  })
})
