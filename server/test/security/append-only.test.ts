import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { systemCaller } from '../../src/caller.ts'
import { fromNow, shiftClock } from '../../src/clock.ts'
import { createAudit } from '../../src/features/audit/service.ts'
import { onBothEngines, type Service, type TestUser } from '../harness.ts'
import { type Outsider, outsider, sharedDatabase } from '../shared-database.ts'

const day = 86_400

onBothEngines('the audit log in the database', (engine) => {
  let service: Service
  let user: TestUser
  let other: Outsider
  before(async () => {
    const DATABASE_URL = await sharedDatabase(engine)
    service = await engine.start({ DATABASE_URL })
    user = await service.createUser()
    other = await outsider(DATABASE_URL)
  })
  const rows = () =>
    service.roster.database.scan.selectFrom('audit_events').selectAll().orderBy('seq').execute()
  const refused = async (sql: string) => {
    const before = await rows()
    await assert.rejects(other.run(sql), /append-only/, sql)
    assert.deepEqual(await rows(), before, sql)
  }

  it('refuses to change, replace or delete what happened', async () => {
    const [first] = await rows()
    assert.ok(first)
    for (const column of Object.keys(first)) {
      if (['seq', 'changes', 'address', 'user_agent'].includes(column)) continue
      const value = column === 'at' ? `'2020-01-01T00:00:00.000Z'` : `'forged'`
      await refused(`update audit_events set ${column} = ${value} where seq = ${first.seq}`)
    }
    for (const sql of [
      `update audit_events set address = '192.0.2.1'`,
      `update audit_events set changes = '{}', user_agent = null`,
      `update audit_events set seq = seq + 1000`,
      `update audit_events set actor_id = null`,
      'delete from audit_events',
      `delete from audit_events where seq = ${first.seq}`,
      ...(engine.name === 'postgres'
        ? ['truncate audit_events', 'truncate audit_events cascade']
        : [`insert or replace into audit_events select * from audit_events where seq = ${first.seq}`]),
    ])
      await refused(sql)
  })

  it('lets personal details be erased, and by that nothing else', async () => {
    const earlier = await rows()
    await service.roster.users.purge(systemCaller, user.id, null)
    const later = await rows()
    assert.equal(later.length, earlier.length + 1)
    for (const [at, row] of earlier.entries())
      assert.deepEqual(
        { ...later[at], changes: null, address: null, user_agent: null },
        { ...row, changes: null, address: null, user_agent: null },
      )
    const about = later.filter(({ actor_id, target_id }) => actor_id === user.id || target_id === user.id)
    assert.ok(about.length > 3)
    for (const { type, target_id, address, user_agent, changes } of about) {
      if (type === 'user.erased') continue
      assert.deepEqual([address, user_agent], [null, null], type)
      if (target_id === user.id) assert.equal(changes, null, type)
    }
  })

  it('keeps the actions of an erased user on other accounts', async () => {
    const rogue = await service.createUser({ roles: ['admin', 'user'] })
    const crony = await service.createUser()
    const roles = ['admin', 'user']
    const change = { as: rogue.token, body: { roles } }
    assert.equal((await service.call('PATCH', `/users/${crony.id}`, change)).status, 200)
    await service.roster.users.purge(systemCaller, rogue.id, null)
    const assigned = (await rows()).findLast(({ type }) => type === 'role.assigned')
    assert.deepEqual(
      [assigned?.actor_id, assigned?.target_id, assigned?.address, assigned?.changes],
      [rogue.id, crony.id, null, JSON.stringify({ roles: ['admin'] })],
    )
  })

  it('lets old events go when the retention has moved on, which cannot be undone', async () => {
    const earlier = await rows()
    assert.equal(await createAudit(service.roster.database).deleteBefore(fromNow(-30 * day), 500), 0)
    await refused('delete from audit_events')
    shiftClock(366 * day)
    try {
      await service.roster.housekeeping.runDue()
    } finally {
      shiftClock(-366 * day)
    }
    const left = await rows()
    const ids = new Set(left.map(({ id }) => id))
    assert.ok(earlier.every(({ id }) => !ids.has(id)))
    assert.ok(left.some(({ type }) => type === 'audit.purged'))
    await refused('delete from audit_events')
    await refused('delete from audit_retention')
    await refused(`update audit_retention set deletable_before = '2020-01-01T00:00:00.000Z'`)
    if (engine.name === 'postgres') await refused('truncate audit_retention')
    await other.close()
  })
})
