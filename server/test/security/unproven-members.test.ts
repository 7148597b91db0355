/** Memberships and jobs that would give permissions to an account with the address of another person. */
import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { until } from '../harness/wait.ts'
import { onBothEngines, type Service, type TestUser } from '../harness.ts'
import { requestsTo } from './unproven.ts'

onBothEngines('permissions for an unproven sign-up', (engine) => {
  let service: Service
  let admin: TestUser
  let directory: string
  let giving: string
  before(async () => {
    service = await engine.start()
    admin = await service.admin()
    directory = await makeReaderAndDirectory()
    giving = (await make('/groups', { name: `giving ${engine.name}`, roles: ['reader'] })).id
  })
  const { call, make, makeReaderAndDirectory, signUp, token } = requestsTo(() => ({ service, admin }))
  /** What the stranger may do with the password. */
  const rightsOf = async (username: string) => {
    const me = await service.call('GET', '/users?limit=1', { as: await token(username) })
    return me.status
  }
  const run = async (path: string, body?: object) => {
    const { status, body: made, text } = await call('POST', path, body)
    assert.equal(status, 201, text)
    return until(async () => {
      const { body: job } = await call('GET', `/jobs/${made.id}`)
      return job.finished_at !== null && job
    }, 'the end of the job')
  }

  it('are given neither through a SCIM group nor through a group in another one', async () => {
    const id = await signUp('scim-member')
    const plain = (await make('/groups', { name: `plain ${engine.name}` })).id
    const inner = (await make('/groups', { name: `inner ${engine.name}` })).id
    assert.equal((await call('PUT', `/groups/${giving}/groups/${inner}`)).status, 204)
    const members = [{ value: id }]
    const patch = { Operations: [{ op: 'add', path: 'members', value: members }] }
    const scim = (method: string, group: string, body: object) =>
      call(method, `/scim/v2/Groups/${group}`, body, directory)
    for (const [method, group, body] of [
      ['PATCH', giving, patch],
      ['PUT', giving, { displayName: `giving ${engine.name}`, members }],
      ['PATCH', inner, patch],
    ] as const) {
      const { status, text } = await scim(method, group, body)
      assert.equal(status, 409, `${method}: ${text}`)
      assert.match(text, /not proven/)
    }
    assert.equal((await scim('PATCH', plain, patch)).status, 200, 'a group without permissions')
    const nest = { Operations: [{ op: 'add', path: 'members', value: [{ value: plain }] }] }
    assert.equal((await scim('PATCH', giving, nest)).status, 409)
    assert.equal(await rightsOf('scim-member'), 403)
  })

  it('are not given by a job, nor by a row of an import that names a group', async () => {
    const id = await signUp('job-member')
    const job = await run('/jobs', { kind: 'add_role', role: 'reader', ids: [id] })
    assert.deepEqual([job.changed, job.failed_users], [0, [{ user_id: id, code: 'unproven_account' }]])
    await call('PATCH', `/users/${id}`, { external_id: 'e-7' })
    const { text } = await service.call('POST', '/users/import?mode=upsert', {
      as: admin.token,
      headers: { 'content-type': 'application/x-ndjson' },
      body: `${JSON.stringify({ external_id: 'e-7', username: 'job-member', email: 'job-member@corp.example', groups: [`giving ${engine.name}`] })}\n`,
    })
    assert.match(text, /was not joined/, text)
    assert.equal(await rightsOf('job-member'), 403)
  })

  it('are not given by restoring the account, or by undoing that it lost a role', async () => {
    await make('/roles', { name: 'empty', permissions: [] })
    const group = (await make('/groups', { name: `bin ${engine.name}`, roles: ['empty'] })).id
    const id = await signUp('restored')
    assert.equal((await call('PATCH', `/users/${id}`, { roles: ['empty', 'user'] })).status, 200)
    const loss = await run('/jobs', { kind: 'remove_role', role: 'empty', ids: [id] })
    assert.equal(loss.changed, 1)
    assert.equal((await call('PUT', `/groups/${group}/members/${id}`)).status, 204)
    assert.equal((await call('DELETE', `/users/${id}`)).status, 204)
    const raised = () => call('PATCH', '/roles/empty', { permissions: ['users:read'] })
    const deleted = await raised()
    assert.deepEqual([deleted.status, deleted.body.code], [409, 'unproven_account'], 'in the recycle bin')
    assert.equal((await call('POST', `/users/${id}/restore`)).status, 200)
    assert.equal((await call('DELETE', `/groups/${group}/members/${id}`)).status, 204)
    assert.equal((await raised()).status, 200)
    const undo = await run(`/jobs/${loss.id}/undo`)
    assert.deepEqual(undo.failed_users, [{ user_id: id, code: 'unproven_account' }])
    assert.equal(await rightsOf('restored'), 403)
  })
})
