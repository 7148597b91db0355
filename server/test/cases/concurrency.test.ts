import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { systemCaller } from '../../src/caller.ts'
import { type Answer, onBothEngines, type Request, type Service, type TestUser } from '../harness.ts'
import { assertRefusals, contentOf } from './table.ts'

const times = <T>(count: number, make: (at: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => make(at))
const statuses = (answers: readonly Answer[]) => answers.map(({ status }) => status).sort()
const won = (count: number, success: number, loser: number) =>
  [success, ...Array(count - 1).fill(loser)].sort()

onBothEngines('concurrency', (engine) => {
  let services: Service[]
  let admin: TestUser
  const one = () => services[0]!
  /** Sends to the replicas in turn. */
  const call = (at: number, method: string, path: string, request?: Request) =>
    services[at % services.length]!.call(method, path, request)
  const asAdmin = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
    one().call(method, path, {
      as: admin.token,
      ...(body !== undefined && { body }),
      ...(headers && { headers }),
    })

  before(async () => {
    // Two replicas share a PostgreSQL database; a SQLite file belongs to one process.
    const url = await engine.createDatabase()
    const count = engine.name === 'postgres' ? 2 : 1
    services = []
    for (let at = 0; at < count; at += 1) services.push(await engine.start({ DATABASE_URL: url }))
    admin = await one().admin()
  })

  describe('the same name at the same instant', () => {
    it('one 201, the others 409, in every spelling, on every replica', async () => {
      for (let name = 0; name < 15; name += 1) {
        const spellings = [`race${name}`, `RACE${name}`, `Race${name}`, `ｒace${name}`]
        const answers = await Promise.all(
          times(20, (at) =>
            call(at, 'POST', '/users', {
              body: { username: spellings[at % 4], email: `${name}-${at}@race.example` },
            }),
          ),
        )
        assert.deepEqual(statuses(answers), won(20, 201, 409))
        assert.ok(answers.every(({ status, body }) => status === 201 || body.code === 'username_taken'))
        assertRefusals(answers)
      }
      const { body } = await asAdmin('GET', '/users?q=race.example&limit=200')
      assert.equal(body.length, 15)
    })

    it('one 201, the others 409, for an address in upper case, NFC, NFD and xn--', async () => {
      const emails = ['é@ü.de', 'E\u0301@Ü.de', 'é@xn--tda.de', 'e\u0301@u\u0308.de']
      const answers = await Promise.all(
        times(20, (at) =>
          call(at, 'POST', '/users', { body: { username: `mail-race-${at}`, email: emails[at % 4] } }),
        ),
      )
      assert.deepEqual(statuses(answers), won(20, 201, 409))
      assert.ok(answers.every(({ status, body }) => status === 201 || body.code === 'email_taken'))
    })

    it('one of many users gets a name that all want, and an external id', async () => {
      const users = await Promise.all(
        times(8, (at) => one().roster.users.create(systemCaller, named(`want-${at}`))),
      )
      for (const [field, code] of [
        ['username', 'username_taken'],
        ['external_id', 'external_id_taken'],
      ] as const) {
        const answers = await Promise.all(
          users.map(({ user }, at) =>
            call(at, 'PATCH', `/users/${user.id}`, { as: admin.token, body: { [field]: 'wanted' } }),
          ),
        )
        assert.deepEqual(statuses(answers), won(8, 200, 409))
        assert.ok(answers.every(({ status, body }) => status === 200 || body.code === code))
      }
    })
  })

  describe('conditional requests', () => {
    it('412 with the current ETag for a stale one, and nothing is written', async () => {
      const user = await one().createUser()
      const path = `/users/${user.id}`
      const stale = (await asAdmin('GET', path)).headers.get('etag')!
      const current = (await asAdmin('PATCH', path, { first_name: 'New' })).headers.get('etag')!
      const content = await contentOf(one())
      for (const [method, body] of [
        ['PATCH', { first_name: 'Late' }],
        ['PUT', { username: user.username, email: user.email }],
        ['DELETE', undefined],
      ] as const) {
        for (const tag of [stale, '"nonsense"', `W/${current}`]) {
          const answer = await asAdmin(method, path, body, { 'if-match': tag })
          assert.deepEqual(
            [answer.status, answer.body.code],
            [412, 'precondition_failed'],
            `${method} ${tag}`,
          )
          assert.equal(answer.headers.get('etag'), current)
        }
      }
      assert.equal(await contentOf(one()), content)
      assert.equal(
        (await asAdmin('PATCH', path, { first_name: 'x' }, { 'if-match': `"a", ${current}` })).status,
        200,
      )
    })

    it('one of twenty changes of the same version wins, the others get 412', async () => {
      const user = await one().createUser()
      const tag = (await asAdmin('GET', `/users/${user.id}`)).headers.get('etag')!
      const answers = await Promise.all(
        times(20, (at) =>
          call(at, 'PATCH', `/users/${user.id}`, {
            as: admin.token,
            body: { first_name: `n${at}` },
            headers: { 'if-match': tag },
          }),
        ),
      )
      assert.deepEqual(statuses(answers), won(20, 200, 412))
      assertRefusals(answers)
    })

    it('304 without a body for a known ETag, after the same checks of the caller', async () => {
      const [user, other] = [await one().createUser(), await one().createUser()]
      const path = `/users/${user.id}`
      const tag = (await asAdmin('GET', path)).headers.get('etag')!
      const headers = { 'if-none-match': tag }
      const known = await asAdmin('GET', path, undefined, headers)
      assert.deepEqual([known.status, known.text, known.headers.get('etag')], [304, '', tag])
      const anonymous = await one().call('GET', path, { headers })
      assert.deepEqual([anonymous.status, anonymous.body.code], [401, 'unauthenticated'])
      const foreign = await one().call('GET', path, { headers, as: other.token })
      assert.deepEqual([foreign.status, foreign.body.code], [404, 'not_found'])
      await asAdmin('PATCH', path, { first_name: 'New' })
      assert.equal((await asAdmin('GET', path, undefined, headers)).status, 200)
    })
  })

  describe('changes of different fields', () => {
    it('a hundred concurrent changes on every replica lose nothing', async () => {
      const user = await one().createUser()
      const answers = await Promise.all(
        times(100, (at) =>
          call(at, 'PATCH', `/users/${user.id}`, { as: admin.token, body: { metadata: { [`f${at}`]: at } } }),
        ),
      )
      assert.deepEqual([...new Set(statuses(answers))], [200])
      const { body, headers } = await asAdmin('GET', `/users/${user.id}`)
      assert.equal(Object.keys(body.metadata).length, 100)
      const versions = answers.map((answer) => answer.headers.get('etag'))
      assert.equal(new Set(versions).size, 100, 'every change has a version of its own')
      assert.ok(versions.includes(headers.get('etag')))
    })
  })

  describe('deletes', () => {
    it('one of ten deletes wins, the others and the late updates get 404', async () => {
      const user = await one().createUser()
      const path = `/users/${user.id}`
      const deletes = await Promise.all(times(10, (at) => call(at, 'DELETE', path, { as: admin.token })))
      assert.deepEqual(statuses(deletes), won(10, 204, 404))
      const late = [await asAdmin('DELETE', path), await asAdmin('PATCH', path, { first_name: 'x' })]
      const losers = [...deletes.filter(({ status }) => status !== 204), ...late]
      for (const { status, body } of losers) assert.deepEqual([status, body.code], [404, 'not_found'])
      assertRefusals(losers)
    })

    it('an update during a delete is there or 404, and the user is gone', async () => {
      for (let round = 0; round < 5; round += 1) {
        const user = await one().createUser()
        const path = `/users/${user.id}`
        const [gone, ...updates] = await Promise.all([
          call(round, 'DELETE', path, { as: admin.token }),
          ...times(5, (at) => call(at, 'PATCH', path, { as: admin.token, body: { first_name: `x${at}` } })),
        ])
        assert.equal(gone.status, 204)
        assert.ok(updates.every(({ status }) => status === 200 || status === 404))
        assert.equal((await asAdmin('GET', path)).status, 404)
      }
    })
  })

  describe('the last administrator', () => {
    it('remains when all administrators delete, disable and demote each other at the same time', async () => {
      const admins = [admin]
      for (let at = 0; at < 3; at += 1) admins.push(await one().createUser({ roles: ['admin', 'user'] }))
      const changes: [string, unknown][] = [
        ['DELETE', undefined],
        ['PATCH', { status: 'disabled' }],
        ['PATCH', { roles: ['user'] }],
      ]
      const answers = await Promise.all(
        admins.flatMap((target, at) =>
          changes.map(([method, body]) =>
            call(at, method, `/users/${target.id}`, {
              as: admins[(at + 1) % 4]!.token,
              ...(body !== undefined && { body }),
            }),
          ),
        ),
      )
      assert.ok(
        answers.every(({ status }) => status < 500),
        String(statuses(answers)),
      )
      const page = { limit: 10, direction: 'next', position: null, wantsTotal: false } as const
      const left = await one().roster.users.list(systemCaller, { role: 'admin', status: 'active' }, page)
      assert.ok(left.items.length >= 1)
    })
  })
})

onBothEngines('ROSTER_REQUIRE_IF_MATCH', (engine) => {
  it('428 for PUT, PATCH and DELETE without If-Match, and nothing is written', async () => {
    const service = await engine.start({ ROSTER_REQUIRE_IF_MATCH: 'true' })
    const admin = await service.admin()
    const user = await service.createUser()
    const content = await contentOf(service)
    for (const [method, body] of [
      ['PUT', { username: 'a', email: 'a@b.de' }],
      ['PATCH', { first_name: 'x' }],
      ['DELETE', undefined],
    ] as const) {
      const answer = await service.call(method, `/users/${user.id}`, {
        as: admin.token,
        ...(body && { body }),
      })
      assert.deepEqual([answer.status, answer.body.code], [428, 'precondition_required'])
      assertRefusals([answer])
    }
    assert.equal(await contentOf(service), content)
    const tag = (await service.call('GET', `/users/${user.id}`, { as: admin.token })).headers.get('etag')!
    const changed = await service.call('PATCH', `/users/${user.id}`, {
      as: admin.token,
      body: { first_name: 'x' },
      headers: { 'if-match': tag },
    })
    assert.equal(changed.status, 200)
  })
})

function named(username: string) {
  return { username, email: `${username}@example.com` }
}
