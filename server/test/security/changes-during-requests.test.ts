/** Changes during a request: the state at the time of the write counts, not that at the time of the request. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { before, it } from 'node:test'
import { passTime } from '../../src/clock.ts'
import { until } from '../harness/wait.ts'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'
import { sharedDatabase, twoServices } from '../shared-database.ts'

const times = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, at) => make(at))
const lines = (rows: object[]) => rows.map((row) => JSON.stringify(row)).join('\n')
const ndjson = { 'content-type': 'application/x-ndjson' }

onBothEngines('changes during a request', (engine) => {
  let here: Service
  let there: Service
  let admin: TestUser
  before(async () => {
    ;[here, there] = await twoServices(engine)
    admin = await here.admin()
  })
  const importAs = (user: TestUser, rows: object[]) =>
    there.call('POST', '/users/import', { as: user.token, headers: ndjson, body: lines(rows) })

  it('the caller of an import is demoted: the rest of the import gives no roles', async () => {
    const other = await here.createUser({ roles: ['admin', 'user'] })
    const rows = times(60, (at) => ({
      username: `imported-${at}`,
      email: `imported-${at}@example.com`,
      password: `a fine password ${at}`,
      roles: ['admin'],
    }))
    const importing = importAs(other, rows)
    await until(() => there.roster.app.deadlines.running.size > 0, 'the import')
    const change = { as: admin.token, body: { roles: ['user'] } }
    assert.equal((await here.call('PATCH', `/users/${other.id}`, change)).status, 200)
    const answer = await importing
    assert.deepEqual([answer.status, answer.body.code], [403, 'forbidden'], answer.text.slice(0, 300))
    const events = await here.roster.database.read
      .selectFrom('audit_events')
      .select(['seq', 'type'])
      .where((at) => at.or([at('actor_id', '=', other.id), at('target_id', '=', other.id)]))
      .where('type', 'in', ['role.removed', 'user.created'])
      .orderBy('seq')
      .execute()
    const demotion = events.findIndex(({ type }) => type === 'role.removed')
    assert.ok(demotion >= 0 && demotion < 60, `${demotion} events before the demotion`)
    assert.deepEqual(events.slice(demotion + 1), [])
  })

  it('an administrator who sets the password of another user is demoted: the password remains', async () => {
    const DATABASE_URL = await sharedDatabase(engine)
    const settings = { DATABASE_URL, ROSTER_EMAIL: 'optional' }
    const [one, other] = [await engine.start(settings), await engine.start(settings)]
    const first = await one.admin()
    for (const at of times(4, Number)) {
      const leaving = await one.createUser({ roles: ['admin', 'user'] })
      const bare = { username: `bare-${at}`, password }
      const made = await one.call('POST', '/users', { as: first.token, body: bare })
      assert.equal(made.status, 201, made.text)
      // This replica reads the rights of the caller, and caches them for a short time.
      assert.equal((await other.call('GET', '/users?limit=1', { as: leaving.token })).status, 200)
      const demoting = { as: first.token, body: { roles: ['user'] } }
      assert.equal((await one.call('PATCH', `/users/${leaving.id}`, demoting)).status, 200)
      const handing = { as: leaving.token, body: { password: 'handed out too late' } }
      const refused = await other.call('PUT', `/users/${made.body.id}/password`, handing)
      assert.ok([403, 404].includes(refused.status), refused.text)
      assert.equal((await one.call('POST', '/auth/login', { body: bare })).status, 200)
    }
  })

  it('the caller of an export is erased: the export is aborted', async () => {
    const other = await here.createUser({ roles: ['admin', 'user'] })
    const big = 'x'.repeat(12_000)
    for (const part of times(4, String)) {
      const rows = times(300, (at) => ({
        username: `large-${part}-${at}`,
        email: `large-${part}-${at}@example.com`,
        metadata: { big },
      }))
      assert.equal((await importAs(admin, rows)).status, 200)
    }
    const headers = { authorization: `Bearer ${other.token}`, accept: 'application/x-ndjson' }
    const response = await fetch(`${there.url}/users/export?include=password_hash`, { headers })
    assert.equal(response.status, 200)
    const reader = response.body!.getReader()
    await reader.read()
    const erased = await here.call('DELETE', `/users/${other.id}?purge=true`, { as: admin.token })
    assert.equal(erased.status, 204)
    await assert.rejects(async () => {
      for (let part = await reader.read(); !part.done; part = await reader.read());
    })
  })

  it('the owner of new API keys is deleted: none of the keys works', async () => {
    for (const user of await Promise.all(times(5, () => here.createUser({ roles: ['admin', 'user'] })))) {
      const make = () =>
        there.call('POST', '/api-keys', { as: user.token, body: { name: 'k', permissions: ['users:read'] } })
      const first = make()
      const deleted = here.call('DELETE', `/users/${user.id}`, { as: admin.token })
      const made = await Promise.all([first, ...times(6, make)])
      assert.equal((await deleted).status, 204)
      const restored = await here.call('POST', `/users/${user.id}/restore`, { as: admin.token })
      assert.equal(restored.status, 200)
      const keys = made.flatMap(({ body }) => body.secret ?? [])
      const used = await Promise.all(keys.map((as) => here.call('GET', '/users?limit=1', { as })))
      assert.deepEqual([...new Set(used.map(({ status }) => status))].sort(), keys.length > 0 ? [401] : [])
    }
  })

  it('a role that is being assigned is deleted: 400, and an import continues without that row', async () => {
    const role = { name: 'brief', permissions: [] }
    assert.equal((await there.call('POST', '/roles', { as: admin.token, body: role })).status, 201)
    // The cached roles of this replica expire, so that it reads the new one.
    passTime(1)
    const user = await here.createUser({ roles: ['brief'] })
    const purged = await here.call('DELETE', `/users/${user.id}?purge=true`, { as: admin.token })
    assert.equal(purged.status, 204)
    assert.equal((await there.call('DELETE', '/roles/brief', { as: admin.token })).status, 204)
    const rows = [
      { username: 'brief-1', email: 'brief-1@example.com' },
      { username: 'brief-2', email: 'brief-2@example.com', roles: ['brief'] },
    ]
    const [imported, given, made] = await Promise.all([
      here.call('POST', '/users/import', { as: admin.token, headers: ndjson, body: lines(rows) }),
      here.call('PATCH', `/users/${admin.id}`, { as: admin.token, body: { roles: ['admin', 'brief'] } }),
      here.call('POST', '/users', {
        as: admin.token,
        body: { ...rows[1], username: 'brief-3', email: 'brief-3@example.com' },
      }),
    ])
    assert.deepEqual([given.status, given.body.errors?.[0].code], [400, 'unknown_role'])
    assert.deepEqual([made.status, made.body.errors?.[0].code], [400, 'unknown_role'])
    const results = imported.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.deepEqual(
      results.slice(0, 2).map(({ result, errors }) => [result, errors?.[0].code]),
      [
        ['created', undefined],
        ['failed', 'unknown_role'],
      ],
    )
  })

  it('the stored hash of a request with a password cannot be guessed from a copy of the database', async () => {
    const body = { email: 'kept@example.com', password, username: 'kept' }
    const headers = { 'idempotency-key': 'kept' }
    assert.equal((await here.call('POST', '/users', { body, headers })).status, 201)
    const { fingerprint } = await here.roster.database.read
      .selectFrom('idempotency_keys')
      .select('fingerprint')
      .where('key', '=', 'kept')
      .executeTakeFirstOrThrow()
    const plain = createHash('sha256')
      .update(`POST /users\n${JSON.stringify(body)}`)
      .digest('hex')
    assert.notEqual(fingerprint, plain)
    for (const encoding of ['hex', 'base64url'] as const)
      assert.notEqual(fingerprint, createHash('sha256').update(plain).digest(encoding))
  })
})
