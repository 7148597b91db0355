import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'

onBothEngines('/users', (engine) => {
  let service: Service
  let admin: TestUser
  before(async () => {
    service = await engine.start()
    admin = await service.admin()
  })
  const call: Service['call'] = (...args) => service.call(...args)

  describe('POST /users', () => {
    it('201 with Location, ETag and the user', async () => {
      const { status, headers, body } = await call('POST', '/users', {
        body: { username: 'Alice', email: 'Alice@Example.com', password },
      })
      assert.equal(status, 201)
      assert.equal(headers.get('location'), `/users/${body.id}`)
      assert.equal(headers.get('etag'), '"1"')
      const { id, created_at, updated_at, ...rest } = body
      assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7/)
      assert.equal(created_at, updated_at)
      assert.deepEqual(rest, {
        username: 'Alice',
        email: 'Alice@Example.com',
        email_verified: false,
        first_name: null,
        last_name: null,
        locale: null,
        status: 'active',
        roles: ['user'],
        external_id: null,
        metadata: {},
        profile: {},
        last_login_at: null,
      })
    })

    it('takes blanks off around names and addresses, here and in every change', async () => {
      const typed = { username: ' blank ', email: ' blank@example.com\u00a0', first_name: ' Ann Marie ' }
      const made = await call('POST', '/users', { body: typed, as: admin.token })
      assert.equal(made.status, 201)
      const names = ({ username, email, first_name }: typeof typed) => ({ username, email, first_name })
      const bare = { username: 'blank', email: 'blank@example.com', first_name: 'Ann Marie' }
      assert.deepEqual(names(made.body), bare)
      const path = `/users/${made.body.id}`
      const same = await call('PATCH', path, { body: { email: ' blank@example.com ' }, as: admin.token })
      assert.equal(same.headers.get('etag'), '"1"')
      const put = await call('PUT', path, { body: { ...typed, last_name: ' Lee' }, as: admin.token })
      assert.deepEqual([names(put.body), put.body.last_name], [bare, 'Lee'])
      const row = JSON.stringify({ username: ' blank2', email: 'blank2@example.com ' })
      const headers = { 'content-type': 'application/x-ndjson' }
      const imported = await call('POST', '/users/import', { body: row, as: admin.token, headers })
      assert.match(imported.text, /"created"/)
      const found = await call('GET', '/users?username=blank2', { as: admin.token })
      assert.equal(found.body[0].email, 'blank2@example.com')
      for (const name of ['blank\n', 'bl ank', '   '])
        assert.equal((await call('PATCH', path, { body: { username: name }, as: admin.token })).status, 400)
    })

    it('409 when the username is taken in another case, or the e-mail address', async () => {
      const username = await call('POST', '/users', {
        body: { username: 'aLICE', email: 'other@example.com', password },
      })
      assert.deepEqual([username.status, username.body.code], [409, 'username_taken'])
      const email = await call('POST', '/users', {
        body: { username: 'alice2', email: 'ALICE@example.COM', password },
      })
      assert.deepEqual([email.status, email.body.code], [409, 'email_taken'])
    })

    it('400 names what the schema forbids and what the rules of the fields forbid together', async () => {
      const faultsOf = async (method: string, path: string, body: object) => {
        const answer = await call(method, path, { body, as: admin.token })
        assert.equal(answer.status, 400)
        return answer.body.errors.map(
          (fault: { pointer: string; code: string }) => `${fault.pointer} ${fault.code}`,
        )
      }
      const wrong = { username: 'a b', email: 'nobody', password: 'short', first_name: 7, extra: 1 }
      const found = await faultsOf('POST', '/users', { ...wrong, roles: ['user', 'nobodys-role'] })
      assert.deepEqual(found.sort(), [
        '/email invalid_email',
        '/extra unknown_field',
        '/first_name invalid_type',
        '/password too_short',
        '/roles/1 unknown_role',
        '/username invalid_character',
      ])
      const path = `/users/${(await service.createUser()).id}`
      const changed = await faultsOf('PATCH', path, { email: 'nobody', first_name: null, extra: 1 })
      assert.deepEqual(changed.sort(), ['/email invalid_email', '/extra unknown_field'])
      const replaced = await faultsOf('PUT', path, { username: 'a b', status: 1 })
      assert.deepEqual(replaced.sort(), [
        '/email required',
        '/status invalid_type',
        '/username invalid_character',
      ])
    })

    it('400 names every fault in one answer', async () => {
      const { status, body } = await call('POST', '/users', {
        body: { username: 'a b', email: 'nobody', password: 'short' },
      })
      assert.equal(status, 400)
      assert.deepEqual(
        body.errors.map((fault: { pointer: string; code: string }) => `${fault.pointer} ${fault.code}`),
        ['/username invalid_character', '/email invalid_email', '/password too_short'],
      )
    })

    it('exactly one of twenty concurrent requests gets the name', async () => {
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, at) =>
          call('POST', '/users', {
            body: { username: at % 2 ? 'race' : 'RACE', email: `race${at}@example.com` },
          }),
        ),
      )
      const statuses = answers.map(({ status }) => status).sort()
      assert.deepEqual(statuses, [201, ...Array(19).fill(409)])
    })

    it('gives roles in order byte by byte, read alone and in a list, however they were given', async () => {
      const roles = ['zoo', 'a_b', 'a-b', 'a10', 'a2', 'ab', 'a']
      for (const name of roles)
        await call('POST', '/roles', { as: admin.token, body: { name, permissions: [] } })
      const { status, body } = await call('POST', '/users', {
        as: admin.token,
        body: { username: 'many-roles', email: 'many-roles@example.com', password, roles },
      })
      assert.equal(status, 201)
      const sorted = ['a', 'a-b', 'a10', 'a2', 'a_b', 'ab', 'zoo']
      const read = await call('GET', `/users/${body.id}`, { as: admin.token })
      const listed = await call('GET', '/users?username=many-roles', { as: admin.token })
      const [inList] = listed.body as unknown as { roles: string[] }[]
      assert.deepEqual([body.roles, read.body.roles, inList?.roles], [sorted, sorted, sorted])
    })

    it('403 when a sign-up sets what only administrators write', async () => {
      const { status, body } = await call('POST', '/users', {
        body: { username: 'eve', email: 'eve@example.com', roles: ['admin'], status: 'active' },
      })
      assert.deepEqual([status, body.code], [403, 'field_not_writable'])
      const found = await call('GET', '/users?username=eve', { as: admin.token })
      assert.deepEqual(found.body, [])
    })
  })

  describe('PATCH /users/{id}', () => {
    it('merges metadata and changes the ETag; an empty patch changes nothing', async () => {
      const user = await service.createUser()
      const path = `/users/${user.id}`
      const first = await call('PATCH', path, {
        as: admin.token,
        body: { metadata: { a: 1, b: { c: 2 } }, first_name: 'Ada' },
      })
      assert.equal(first.status, 200)
      const second = await call('PATCH', path, {
        as: admin.token,
        headers: { 'content-type': 'application/merge-patch+json', 'if-match': first.headers.get('etag')! },
        body: { metadata: { a: null, b: { d: 3 } } },
      })
      assert.deepEqual(second.body.metadata, { b: { c: 2, d: 3 } })
      assert.notEqual(second.headers.get('etag'), first.headers.get('etag'))
      const stale = await call('PATCH', path, {
        as: admin.token,
        headers: { 'if-match': first.headers.get('etag')! },
        body: { first_name: 'Eve' },
      })
      assert.deepEqual(
        [stale.status, stale.body.code, stale.headers.get('etag')],
        [412, 'precondition_failed', second.headers.get('etag')],
      )
      const empty = await call('PATCH', path, { as: admin.token, body: {} })
      assert.equal(empty.headers.get('etag'), second.headers.get('etag'))
    })

    it('a hundred concurrent changes lose nothing', async () => {
      const user = await service.createUser()
      const names = Array.from({ length: 100 }, (_, at) => `field_${at}`)
      const write = async (name: string): Promise<number> => {
        const body = { metadata: { [name]: true } }
        return (await call('PATCH', `/users/${user.id}`, { as: admin.token, body })).status
      }
      const statuses = await Promise.all(names.map(write))
      assert.deepEqual([...new Set(statuses)], [200])
      const { body } = await call('GET', `/users/${user.id}`, { as: admin.token })
      assert.equal(Object.keys(body.metadata).length, 100)
    })
  })

  describe('the profile', () => {
    const filtered = async (filter: string) => {
      const { body } = await call('GET', `/users?fields=username&${new URLSearchParams({ filter })}`, {
        as: admin.token,
      })
      return (body as unknown as { username: string }[]).map(({ username }) => username)
    }

    it('is written by the user and by administrators, at most 16 KiB, and can be filtered by', async () => {
      const user = await service.createUser({ username: 'profiled' })
      const patch = (as: string, profile: unknown) =>
        call('PATCH', `/users/${user.id}`, { as, body: { profile } })
      const own = await patch(user.token, { theme: 'dark', tags: ['a', 'b'], gone: 1 })
      assert.deepEqual([own.status, own.body.profile], [200, { theme: 'dark', tags: ['a', 'b'], gone: 1 }])
      const theirs = await patch(admin.token, { gone: null, seen: true })
      assert.deepEqual(theirs.body.profile, { theme: 'dark', tags: ['a', 'b'], seen: true })
      assert.deepEqual(await filtered('profile.theme eq "dark" and profile.tags eq "b"'), ['profiled'])
      assert.deepEqual(await filtered('profile.theme eq "light" or metadata.theme pr'), [])
      const large = await patch(user.token, { a: 'x'.repeat(16 * 1024) })
      assert.deepEqual(
        [large.status, large.body.errors.map((fault: { pointer: string }) => fault.pointer)],
        [400, ['/profile']],
      )
      const { body: events } = await call('GET', `/audit-events?target=${user.id}`, { as: admin.token })
      assert.ok(!JSON.stringify(events).includes('dark'))
    })

    it('goes back to an empty one with PUT; the metadata stays the administrators\u2019', async () => {
      const user = await service.createUser({ username: 'profiled-2' })
      const path = `/users/${user.id}`
      const { username, email } = user
      const put = (fields: object) =>
        call('PUT', path, { as: user.token, body: { username, email, ...fields } })
      assert.deepEqual((await put({ profile: { a: 1 } })).body.profile, { a: 1 })
      assert.deepEqual((await put({})).body.profile, {})
      const refused = await put({ metadata: {}, profile: { b: 1 } })
      assert.deepEqual(
        [refused.status, refused.body.errors.map((fault: { pointer: string }) => fault.pointer)],
        [403, ['/metadata']],
      )
      const other = await service.createUser()
      const stranger = await call('PATCH', path, { as: other.token, body: { profile: { c: 1 } } })
      assert.equal(stranger.status, 404)
      assert.deepEqual((await call('GET', path, { as: admin.token })).body.profile, {})
    })
  })

  describe('DELETE /users/{id}', () => {
    it('frees the names for administrators; restore gives 409 while they are taken', async () => {
      const user = await service.createUser({ username: 'gone' })
      const deleted = await call('DELETE', `/users/${user.id}`, { as: admin.token })
      assert.equal(deleted.status, 204)
      assert.equal((await call('GET', `/users/${user.id}`, { as: admin.token })).status, 404)
      assert.equal((await call('GET', '/users/me', { as: user.token })).status, 401)
      const body = { username: 'gone', email: 'gone@example.org', password }
      assert.equal(
        (await call('POST', '/users', { body })).body.code,
        'username_taken',
        'reserved for 30 days',
      )
      const again = await call('POST', '/users', { as: admin.token, body })
      assert.equal(again.status, 201)
      const clash = await call('POST', `/users/${user.id}/restore`, { as: admin.token })
      assert.deepEqual([clash.status, clash.body.code], [409, 'username_taken'])
      await call('DELETE', `/users/${again.body.id}?purge=true`, { as: admin.token })
      const restored = await call('POST', `/users/${user.id}/restore`, { as: admin.token })
      assert.deepEqual([restored.status, restored.body.username], [200, 'gone'])
    })

    it('409 for the last administrator', async () => {
      const { status, body } = await call('DELETE', `/users/${admin.id}`, { as: admin.token })
      assert.deepEqual([status, body.code], [409, 'last_admin'])
    })
  })

  describe('GET /users', () => {
    it('searches, filters, sorts and pages', async () => {
      for (let at = 0; at < 7; at += 1)
        await service.createUser({ username: `page-${at}`, email: `page-${at}@pages.example` })
      const seen: string[] = []
      let path = '/users?q=pages.exa&sort=username&limit=3&count=exact'
      for (let pages = 0; path !== '' && pages < 10; pages += 1) {
        const { status, headers, body } = await call('GET', path, { as: admin.token })
        assert.equal(status, 200)
        if (pages === 0) assert.equal(headers.get('x-total-count'), '7')
        seen.push(...body.map((user: { username: string }) => user.username))
        path = /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1] ?? ''
      }
      assert.deepEqual(
        seen,
        Array.from({ length: 7 }, (_, at) => `page-${at}`),
      )
      const filtered = await call(
        'GET',
        `/users?fields=username&filter=${encodeURIComponent('username sw "PAGE-" and not (email co "page-3") and roles eq "user"')}&sort=-username`,
        { as: admin.token },
      )
      assert.deepEqual(
        filtered.body,
        [6, 5, 4, 2, 1, 0].map((at) => ({ username: `page-${at}` })),
      )
    })
  })
})
