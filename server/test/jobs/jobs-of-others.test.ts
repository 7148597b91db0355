import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { until } from '../harness/wait.ts'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'

onBothEngines('the job of a caller with more permissions', (engine) => {
  let service: Service
  let admin: TestUser
  let desk: TestUser
  let plain: TestUser
  before(async () => {
    service = await engine.start()
    admin = await service.admin()
    const body = { name: 'desk', permissions: ['users:read', 'users:write'] }
    assert.equal((await service.call('POST', '/roles', { as: admin.token, body })).status, 201)
    desk = await service.createUser({ roles: ['desk'] })
    plain = await service.createUser()
  })
  const call = (as: TestUser, method: string, path: string, body?: object) =>
    service.call(method, path, { as: as.token, ...(body && { body }) })
  const start = async (as: TestUser, body: object) => {
    const made = await call(as, 'POST', '/jobs', body)
    assert.equal(made.status, 201, made.text)
    return made.body.id as string
  }
  const ended = (as: TestUser, id: string) =>
    until(async () => {
      const { body } = await call(as, 'GET', `/jobs/${id}`)
      return body.finished_at !== null && body
    }, `the end of job ${id}`)
  const statusOf = async () => (await call(admin, 'GET', `/users/${plain.id}`)).body.status
  const beyond = [403, 'permission_not_held']

  it('is neither read, cancelled nor undone, and its filter is not listed', async () => {
    // The factors of administrators are hidden from the desk, so the users of this job are too.
    const filter = { second_factor: false, q: plain.username }
    const id = await start(admin, { kind: 'disable', filter })
    const job = await ended(admin, id)
    assert.deepEqual([job.changed, job.can_undo, job.filter.q], [1, true, plain.username])
    for (const [method, path] of [
      ['GET', `/jobs/${id}`],
      ['POST', `/jobs/${id}/cancel`],
      ['POST', `/jobs/${id}/undo`],
    ] as const) {
      const { status, body } = await call(desk, method, path)
      assert.deepEqual([status, body.code], beyond, `${method} ${path}`)
    }
    const listed = async (as: TestUser) =>
      (await call(as, 'GET', '/jobs')).body.find((each: { id: string }) => each.id === id)
    const seen = await listed(desk)
    assert.deepEqual([seen.filter, seen.can_undo, seen.changed], [null, false, 1])
    assert.equal((await listed(admin)).filter.q, plain.username)
    assert.equal(await statusOf(), 'disabled')
    const undo = await call(admin, 'POST', `/jobs/${id}/undo`)
    assert.equal(undo.status, 201)
    await ended(admin, undo.body.id)
    assert.equal(await statusOf(), 'active')
  })

  it('is undone by its own caller and by callers with as many permissions', async () => {
    const own = await start(desk, { kind: 'disable', ids: [plain.id] })
    assert.equal((await ended(desk, own)).changed, 1)
    const colleague = await service.createUser({ roles: ['desk'] })
    assert.equal((await call(colleague, 'GET', `/jobs/${own}`)).status, 200)
    const undo = await call(admin, 'POST', `/jobs/${own}/undo`)
    assert.equal(undo.status, 201)
    await ended(admin, undo.body.id)
    const { status, body } = await call(desk, 'POST', `/jobs/${undo.body.id}/undo`)
    assert.deepEqual([status, body.code], beyond)
  })

  it('is that of an API key with more permissions', async () => {
    const make = async (permissions: string[]) => {
      const as = { username: admin.username, password }
      const { body } = await service.call('POST', '/api-keys', { as, body: { name: 'job', permissions } })
      return { ...admin, token: body.secret as string }
    }
    const permissions = ['users:read', 'users:write']
    const id = await start(await make([...permissions, 'users:delete']), { kind: 'disable', ids: [plain.id] })
    await ended(admin, id)
    const lesser = await call(await make(permissions), 'POST', `/jobs/${id}/undo`)
    assert.deepEqual([lesser.status, lesser.body.code], beyond, 'also for another key of the same owner')
    assert.equal((await call(desk, 'POST', `/jobs/${id}/undo`)).status, 403)
  })
})
