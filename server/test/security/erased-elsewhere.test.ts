/** What other features stored about a user is not readable after the user was erased. */
import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { until } from '../harness/wait.ts'
import { onBothEngines, type Service, type TestUser } from '../harness.ts'

const program = 'quillwort/1.0'

onBothEngines('an erased user', (engine) => {
  let service: Service
  let admin: TestUser
  before(async () => {
    service = await engine.start()
    admin = await service.admin()
  })
  const call = (method: string, path: string, body?: object, as = admin.token, headers = {}) =>
    service.call(method, path, { as, ...(body && { body }), headers })
  const erase = async ({ id }: { id: string }) =>
    assert.equal((await call('DELETE', `/users/${id}?purge=true`)).status, 204)

  it('leaves no network address and no program in finished and cancelled jobs', async () => {
    const leaving = await service.createUser({ roles: ['admin', 'user'] })
    const plain = await service.createUser()
    const start = async (kind: string) => {
      const body = { kind, ids: [plain.id] }
      const { body: job } = await call('POST', '/jobs', body, leaving.token, { 'user-agent': program })
      return job.id as string
    }
    const finished = await start('disable')
    await until(
      async () => (await call('GET', `/jobs/${finished}`)).body.finished_at !== null,
      'the end of the job',
    )
    const id = await start('enable')
    await call('POST', `/jobs/${id}/cancel`)
    await until(async () => (await call('GET', `/jobs/${id}`)).body.finished_at !== null, 'its end')
    await erase(leaving)
    const rows = await service.roster.database.read.selectFrom('bulk_jobs').select('caller').execute()
    assert.equal(rows.length, 2)
    for (const { caller } of rows) {
      assert.doesNotMatch(String(caller), /quillwort|127\.0\.0\.1/)
      assert.ok(String(caller).includes(leaving.id), 'its job is still that of this id')
    }
  })

  it('is not named in the refused requests of a directory', async () => {
    const key = await call('POST', '/api-keys', { name: 'directory', permissions: ['scim:write'] })
    const made = await call('POST', '/scim-connections', { api_key_id: key.body.id })
    assert.equal(made.status, 201, made.text)
    const [leaving, staying] = [await service.createUser(), await service.createUser()]
    for (const { username } of [leaving, staying]) {
      const userName = username.toUpperCase()
      const emails = [{ value: `${username}-2@example.com` }]
      const schemas = ['urn:ietf:params:scim:schemas:core:2.0:User']
      const type = { 'content-type': 'application/scim+json' }
      const taken = await call('POST', '/scim/v2/Users', { schemas, userName, emails }, key.body.secret, type)
      assert.equal(taken.status, 409, taken.text)
    }
    const subjects = async () => {
      const rows = await service.roster.database.read.selectFrom('scim_requests').select('subject').execute()
      return rows.map(({ subject }) => subject)
    }
    await until(async () => (await subjects()).length === 2, 'the requests')
    await erase(leaving)
    assert.deepEqual((await subjects()).sort(), [staying.username.toUpperCase(), null].sort())
  })
})
