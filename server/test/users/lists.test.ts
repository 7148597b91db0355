/** The database writes the JSON of users in lists; that of a single user is made in JavaScript. */
import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'

const odd = [
  { first_name: 'A "quoted" \\ name', last_name: 'Zoë 🦊 Yıldız</script>' },
  { first_name: "O'Hara", external_id: '"\\/', status: 'disabled' },
  { metadata: { 10: 1, 2: 'é"\\\n\t\u0001\u001f', 'a b': [1e21, 0.1, -0, 1.5e-7, true, null, {}], '': '' } },
  {
    profile: { deep: { deeper: ['x', { y: '\ud83e\udd8a' }] }, theme: 'dark' },
    email_verified: true,
    status: 'disabled',
  },
  { roles: [] },
  { roles: ['user', 'auditor', 'support'] },
]

onBothEngines('users in lists', (engine) => {
  let service: Service
  let admin: TestUser
  const paths: string[] = []
  before(async () => {
    service = await engine.start()
    admin = await service.admin()
    for (const role of ['auditor', 'support'])
      await service.call('POST', '/roles', { body: { name: role, permissions: [] }, as: admin.token })
    for (const [at, fields] of odd.entries()) {
      const body = { username: `odd-${at}`, email: `odd-${at}@example.com`, password, ...fields }
      const made = await service.call('POST', '/users', { body, as: admin.token })
      assert.equal(made.status, 201, made.text)
      paths.push(`/users/${made.body.id}`)
    }
    const credentials = { username: 'odd-0', password }
    assert.equal((await service.call('POST', '/auth/login', { body: credentials })).status, 200)
  })
  const get = (path: string) => service.call('GET', path, { as: admin.token })

  it('a user in a list equals the same user read alone', async () => {
    const single = await Promise.all(paths.map(async (path) => (await get(path)).body))
    assert.ok(single[0].last_login_at)
    for (const path of [
      '/users?sort=username',
      '/users?sort=username&q=odd',
      '/users?sort=last_login_at&q=odd',
    ]) {
      const { headers, body } = await get(path)
      assert.equal(headers.get('content-type'), 'application/json; charset=utf-8')
      const listed = new Map(body.map((user: { id: string }) => [user.id, user]))
      for (const user of single) {
        assert.deepEqual(listed.get(user.id), user)
        assert.deepEqual(Object.keys(listed.get(user.id) as object), Object.keys(user))
      }
    }
    for (const user of single) assert.deepEqual((await get(`/users?username=${user.username}`)).body, [user])
  })

  it('users in lists have only the members that `fields` names, in the usual order', async () => {
    const found = await get('/users?username=odd-5&fields=roles,id,last_login_at')
    assert.deepEqual(found.body, [
      { id: paths[5]!.slice('/users/'.length), roles: ['auditor', 'support', 'user'], last_login_at: null },
    ])
    assert.deepEqual(Object.keys(found.body[0]!), ['id', 'roles', 'last_login_at'])
  })

  it('a list without users is an empty array, and two pages have the same text as one', async () => {
    assert.equal((await get('/users?username=nobody')).text, '[]')
    const whole = await get('/users?q=odd&sort=email&limit=6')
    const first = await get('/users?q=odd&sort=email&limit=3')
    const next = /<[^>]*(\/users\?[^>]+)>; rel="next"/.exec(first.headers.get('link')!)![1]!
    const second = await get(next)
    assert.equal(`${first.text.slice(0, -1)},${second.text.slice(1)}`, whole.text)
  })

  describe('queries of one form', () => {
    it('two list queries with the same form get different results', async () => {
      const names = async (query: string) =>
        (await get(`/users?fields=username&sort=username&${query}`)).body.map(
          (user: { username: string }) => user.username,
        )
      const filter = (text: string) => names(`filter=${encodeURIComponent(text)}`)
      for (const at of [1, 3, 4]) {
        assert.deepEqual(await names(`username=odd-${at}`), [`odd-${at}`])
        assert.deepEqual(await names(`q=odd-${at}`), [`odd-${at}`])
        assert.deepEqual(await filter(`email eq "odd-${at}@example.com"`), [`odd-${at}`])
        assert.deepEqual(await filter(`username co "odd-${at}"`), [`odd-${at}`])
        assert.deepEqual(
          await filter(`username ge "odd-${at}" and username sw "odd-"`),
          [0, 1, 2, 3, 4, 5].filter((each) => each >= at).map((each) => `odd-${each}`),
        )
      }
      assert.deepEqual(await names('q=odd&status=active&limit=1'), ['odd-0'])
      assert.deepEqual(await names('q=odd&status=disabled&limit=1'), ['odd-1'])
      assert.deepEqual(await names('q=odd&email_verified=true&limit=2'), ['odd-3'])
      assert.deepEqual(await names('q=odd&role=auditor'), ['odd-5'])
      assert.deepEqual(await names('q=odd&role=nobody'), [])
    })
  })
})
