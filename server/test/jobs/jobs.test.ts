import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { newId } from '../../src/clock.ts'
import { fromJsonText, jsonText } from '../../src/encoding/json-text.ts'
import { until } from '../harness/wait.ts'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'

onBothEngines('jobs', (engine) => {
  let service: Service
  let admin: TestUser
  before(async () => {
    service = await engine.start({ ROSTER_EMAIL: 'optional' })
    admin = await service.admin()
    const rows = Array.from({ length: 120 }, (_, n) => ({
      username: `many${n}`,
      email: `many${n}@example.com`,
      metadata: { team: n % 2 === 0 ? 'even' : 'odd' },
    }))
    await service.call('POST', '/users/import', {
      as: admin.token,
      headers: { 'content-type': 'application/x-ndjson' },
      body: rows.map((row) => JSON.stringify(row)).join('\n'),
    })
  })
  const call = (method: string, path: string, body?: object, as = admin.token) =>
    service.call(method, path, { as, ...(body && { body }) })
  const count = async (query: string) =>
    Number((await call('GET', `/users?limit=1&count=exact&${query}`)).headers.get('x-total-count'))
  const ended = (id: string) =>
    until(async () => {
      const { body } = await call('GET', `/jobs/${id}`)
      return body.finished_at !== null && body
    }, `the end of job ${id}`)
  const run = async (body: object) => {
    const { status, body: job, headers } = await call('POST', '/jobs', body)
    assert.equal(status, 201, JSON.stringify(job))
    assert.equal(headers.get('location'), `/jobs/${job.id}`)
    return ended(job.id)
  }
  const evens = 'metadata.team eq "even"'

  it('says how many users there are before anything happens', async () => {
    const { status, body } = await call('POST', '/jobs/preview', {
      kind: 'disable',
      filter: { filter: evens },
    })
    assert.deepEqual([status, body], [200, { total: 60 }])
    assert.equal(await count('status=disabled'), 0)
  })

  it('disables all that match, and undoes exactly that', async () => {
    const [first] = (await call('GET', '/users?q=many0&limit=1')).body
    await call('PATCH', `/users/${first.id}`, { status: 'disabled' })
    const job = await run({ kind: 'disable', filter: { filter: evens } })
    const { state, total, changed, unchanged, failed, can_undo } = job
    assert.deepEqual(
      { state, total, changed, unchanged, failed, can_undo },
      { state: 'done', total: 60, changed: 59, unchanged: 1, failed: 0, can_undo: true },
    )
    assert.equal(await count('status=disabled'), 60)
    const { body: undo, status } = await call('POST', `/jobs/${job.id}/undo`)
    assert.equal(status, 201)
    assert.deepEqual((await ended(undo.id)).changed, 59)
    assert.equal(await count('status=disabled'), 1)
    assert.equal((await call('GET', `/users/${first.id}`)).body.status, 'disabled')
    await call('PATCH', `/users/${first.id}`, { status: 'active' })
    const events = (await call('GET', '/audit-events?type=user.disabled&limit=200')).body
    assert.equal(events.length, 60)
    assert.ok(events.every((event: { actor: { id: string } }) => event.actor.id === admin.id))
  })

  it('deletes and restores, gives and takes a role', async () => {
    await call('POST', '/roles', { name: 'guest', permissions: [] })
    const filter = { q: 'many1' }
    const size = await count('q=many1')
    assert.equal((await run({ kind: 'add_role', role: 'guest', filter })).changed, size)
    assert.equal(await count('role=guest'), size)
    assert.equal((await run({ kind: 'remove_role', role: 'guest', filter })).changed, size)
    assert.equal(await count('role=guest'), 0)
    assert.equal((await run({ kind: 'delete', filter })).changed, size)
    assert.equal(await count('deleted=true'), size)
    assert.equal((await run({ kind: 'restore', filter })).changed, size)
    assert.equal(await count('deleted=true'), 0)
  })

  it('ends sessions, and sends links only to those whose address is not verified', async () => {
    const user = await service.createUser()
    assert.equal((await run({ kind: 'end_sessions', ids: [user.id] })).changed, 1)
    assert.equal((await service.call('GET', '/users/me', { as: user.token })).status, 401)
    await call('PATCH', `/users/${user.id}`, { email_verified: true })
    const [other] = (await call('GET', '/users?q=many7&limit=1')).body
    const { body: bare } = await call('POST', '/users', { username: 'bare' })
    const job = await run({ kind: 'send_verification', ids: [user.id, other.id, bare.id] })
    assert.deepEqual([job.changed, job.unchanged, job.can_undo], [1, 1, false])
    assert.deepEqual(job.failed_users, [{ user_id: bare.id, code: 'no_email_address' }])
    assert.equal((await call('POST', `/jobs/${job.id}/undo`)).body.code, 'job_not_undoable')
  })

  it('does not change users whom a single request could not change, and says why', async () => {
    await call('POST', '/roles', { name: 'desk', permissions: ['users:read', 'users:write'] })
    const desk = await service.createUser({ username: 'desk', roles: ['desk'] })
    const [plain] = (await call('GET', '/users?q=many8&limit=1')).body
    const nobody = '00000000-0000-4000-8000-000000000000'
    const ids = [admin.id, desk.id, nobody, plain.id]
    const { body: made } = await call('POST', '/jobs', { kind: 'disable', ids }, desk.token)
    const job = await ended(made.id)
    assert.deepEqual([job.changed, job.failed], [1, 3])
    assert.deepEqual(
      new Map(job.failed_users.map((each: { user_id: string; code: string }) => [each.user_id, each.code])),
      new Map(
        [
          [nobody, 'not_found'],
          [admin.id, 'permission_not_held'],
          [desk.id, 'own_account'],
        ].sort(([a], [b]) => (a! < b! ? -1 : 1)) as [string, string][],
      ),
    )
    const refusals = [
      [{ kind: 'delete', ids }, 'forbidden'],
      [{ kind: 'add_role', role: 'admin', ids }, 'permission_not_held'],
      [{ kind: 'add_role', ids }, 'invalid_input'],
      [{ kind: 'add_role', role: 'nothing', ids }, 'invalid_input'],
      [{ kind: 'disable' }, 'invalid_input'],
      [{ kind: 'disable', ids, filter: {} }, 'invalid_input'],
      [{ kind: 'disable', filter: { filter: 'no filter' } }, 'invalid_filter'],
    ] as const
    for (const [body, code] of refusals)
      assert.equal((await call('POST', '/jobs', body, desk.token)).body.code, code, JSON.stringify(body))
    const { token } = await service.createUser()
    assert.equal((await call('GET', '/jobs', undefined, token)).status, 403)
    await call('PATCH', `/users/${plain.id}`, { status: 'active' })
  })

  it('continues where a replica died, and does nothing for a caller who lost the right or must replace the password', async () => {
    const { database } = service.roster
    const { body: keyed } = await call('GET', '/users?q=many9&limit=2')
    const [done, left] = keyed
    const { body: made } = await call('POST', '/jobs', { kind: 'disable', ids: [done.id, left.id] })
    await ended(made.id)
    // The state after a replica died that had recorded both users and changed the first one.
    await call('PATCH', `/users/${left.id}`, { status: 'active' })
    await database.transaction(async (tx) => {
      await tx
        .updateTable('bulk_jobs')
        .set({
          state: 'running',
          finished_at: null,
          changed: 0,
          leased_by: 'dead',
          leased_until: '2020-01-01T00:00:00.000Z',
        })
        .where('id', '=', made.id)
        .execute()
      await tx
        .updateTable('bulk_job_users')
        .set({ outcome: 'pending' })
        .where('job_id', '=', made.id)
        .execute()
    })
    // Any new job makes the runner look.
    await run({ kind: 'enable', ids: [admin.id] })
    const resumed = await ended(made.id)
    assert.deepEqual([resumed.state, resumed.changed, resumed.failed], ['done', 2, 0])
    assert.equal((await call('GET', `/users/${left.id}`)).body.status, 'disabled')

    for (const change of [{ roles: [] }, { must_change_password: true }]) {
      const helper = await service.createUser({ roles: ['desk'] })
      const id = newId()
      await database.transaction(async (tx) => {
        const row = await tx
          .selectFrom('bulk_jobs')
          .selectAll()
          .where('id', '=', made.id)
          .executeTakeFirstOrThrow()
        const caller = { ...fromJsonText(row.caller), userId: helper.id }
        await tx
          .insertInto('bulk_jobs')
          .values({
            ...row,
            id,
            kind: 'enable',
            state: 'queued',
            finished_at: null,
            position: null,
            caller: jsonText(caller),
          })
          .execute()
      })
      assert.equal((await call('PATCH', `/users/${helper.id}`, change)).status, 200)
      await run({ kind: 'enable', ids: [admin.id] })
      const stopped = await ended(id)
      assert.deepEqual([stopped.state, stopped.reason], ['stopped', 'forbidden'], JSON.stringify(change))
    }
    assert.equal((await call('GET', `/users/${left.id}`)).body.status, 'disabled')
  })

  it('is cancelled, listed newest first, and asks for a fresh proof', async () => {
    const { body: made } = await call('POST', '/jobs', { kind: 'disable', filter: {} })
    const cancelled = await call('POST', `/jobs/${made.id}/cancel`)
    const { state } = (await call('GET', `/jobs/${made.id}`)).body
    assert.ok(cancelled.status === 200 ? state === 'cancelled' : cancelled.body.code === 'job_finished')
    assert.equal((await call('POST', `/jobs/${made.id}/cancel`)).body.code, 'job_finished')
    const { body: page, headers } = await call('GET', '/jobs?limit=2')
    assert.equal(page[0].id, made.id)
    const next = /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1]
    assert.equal((await call('GET', next!)).body.length, 2)
    const login = await service.call('POST', '/auth/login', { body: { username: 'admin', password } })
    await service.roster.database.transaction((tx) =>
      tx
        .updateTable('sessions')
        .set({ proven_at: '2020-01-01T00:00:00.000Z' })
        .where('user_id', '=', admin.id)
        .execute(),
    )
    const refused = await call('POST', '/jobs', { kind: 'enable', filter: {} }, login.body.access_token)
    assert.deepEqual([refused.status, refused.body.code], [403, 'reauthentication_required'])
  })
})
