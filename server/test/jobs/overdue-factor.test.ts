import assert from 'node:assert/strict'
import { it } from 'node:test'
import { shiftClock } from '../../src/clock.ts'
import { until } from '../harness/wait.ts'
import { onBothEngines, password, type TestUser } from '../harness.ts'

const grace = 7 * 24 * 3600 + 60

onBothEngines('the job of a user whose second factor is overdue', (engine) => {
  /** Runs a finished job of the user again after the time limit for a second factor. */
  const runAgain = async (settings: Record<string, string>) => {
    const service = await engine.start({ ROSTER_EMAIL: 'optional', ...settings })
    const call = (as: TestUser, method: string, path: string, body?: object) =>
      service.call(method, path, { as: as.token, ...(body && { body }) })
    const ended = (as: TestUser, id: string) =>
      until(async () => {
        const { body } = await call(as, 'GET', `/jobs/${id}`)
        return body.finished_at !== null && body
      }, `the end of job ${id}`)
    let admin = await service.admin()
    const role = { name: 'desk', permissions: ['users:read', 'users:write'] }
    assert.equal((await call(admin, 'POST', '/roles', role)).status, 201)
    const desk = await service.createUser({ roles: ['desk'] })
    const plain = await service.createUser()
    const { body: job } = await call(desk, 'POST', '/jobs', { kind: 'disable', ids: [plain.id] })
    assert.equal((await ended(admin, job.id)).state, 'done')
    assert.equal((await call(admin, 'PATCH', `/users/${plain.id}`, { status: 'active' })).status, 200)
    assert.equal((await call(admin, 'PATCH', '/roles/desk', { second_factor_required: true })).status, 200)
    assert.equal((await call(desk, 'GET', '/auth/session')).body.second_factor.overdue, false)
    shiftClock(grace)
    try {
      const body = { username: admin.username, password }
      admin = { ...admin, token: (await service.call('POST', '/auth/login', { body })).body.access_token }
      await service.roster.database.transaction((tx) =>
        tx
          .updateTable('bulk_jobs')
          .set({ state: 'queued', finished_at: null, position: null })
          .where('id', '=', job.id)
          .execute(),
      )
      // Any new job makes the runner look.
      assert.equal((await call(admin, 'POST', '/jobs', { kind: 'enable', ids: [admin.id] })).status, 201)
      const { state, reason } = await ended(admin, job.id)
      const { status } = (await call(admin, 'GET', `/users/${plain.id}`)).body
      return { state, reason, status }
    } finally {
      shiftClock(-grace)
    }
  }

  it('stops', async () => {
    assert.deepEqual(await runAgain({}), { state: 'stopped', reason: 'forbidden', status: 'active' })
  })

  it('continues when codes are mailed as the second factor', async () => {
    const byMail = { ROSTER_SECOND_FACTOR_BY_MAIL: 'true', ROSTER_MAIL_URL: 'smtp://127.0.0.1:9' }
    assert.deepEqual(await runAgain(byMail), { state: 'done', reason: null, status: 'disabled' })
  })
})
