/** An unproven sign-up gets a role or a group at the moment in which that gets permissions. */
import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import pg from 'pg'
import { until } from '../harness/wait.ts'
import { onBothEngines, type Service, type TestUser } from '../harness.ts'
import { requestsTo } from './unproven.ts'

onBothEngines('roles and groups of an unproven sign-up that get permissions at the same time', (engine) => {
  let service: Service
  let admin: TestUser
  let directory: string
  let DATABASE_URL: string
  before(async () => {
    DATABASE_URL = await engine.createDatabase()
    service = await engine.start({ DATABASE_URL })
    admin = await service.admin()
    directory = await makeReaderAndDirectory()
  })
  const { call, make, makeReaderAndDirectory, signUp, token } = requestsTo(() => ({ service, admin }))
  const importRow = (row: object) =>
    service.call('POST', '/users/import?mode=upsert', {
      as: admin.token,
      headers: { 'content-type': 'application/x-ndjson' },
      body: `${JSON.stringify(row)}\n`,
    })

  it('give no permission, whether the group that gets it is around another one or the role is given directly', async () => {
    let round = 0
    for (const gives of ['role of the group', 'permission of the role'] as const)
      for (const joins of ['request', 'directory', 'import', 'role'] as const) {
        if (joins === 'role' && gives === 'role of the group') continue
        round += 1
        const username = `racer${round}`
        const id = await signUp(username)
        await call('PATCH', `/users/${id}`, { external_id: username })
        const role = `race${round}`
        await make('/roles', { name: role, permissions: [] })
        const isRole = gives === 'permission of the role'
        const outer = await make('/groups', { name: `Outer ${round}`, roles: isRole ? [role] : [] })
        const inner = await make('/groups', { name: `Inner ${round}` })
        assert.equal((await call('PUT', `/groups/${outer.id}/groups/${inner.id}`)).status, 204)
        const give = () =>
          isRole
            ? call('PATCH', `/roles/${role}`, { permissions: ['users:read'] })
            : call('PATCH', `/groups/${outer.id}`, { roles: ['reader'] })
        const operation = { op: 'add', path: 'members', value: [{ value: id }] }
        const fields = { external_id: username, username, email: `${username}@corp.example` }
        const join = {
          request: () => call('PUT', `/groups/${inner.id}/members/${id}`),
          directory: () =>
            call('PATCH', `/scim/v2/Groups/${inner.id}`, { Operations: [operation] }, directory),
          role: () => call('PATCH', `/users/${id}`, { roles: [role, 'user'] }),
          import: () => importRow({ ...fields, groups: [`Inner ${round}`] }),
        }[joins]
        const [given, joined] = await interleaved(give, join)
        const read = await call('GET', '/users?limit=1', undefined, await token(username))
        assert.equal(
          read.status,
          403,
          `${gives}, ${joins}: given ${given.status}, joined ${joined.status} ${joined.text}`,
        )
        assert.ok(given.status === 200 || joined.status < 300, given.text)
      }
  })

  /**
   * Runs both. On PostgreSQL `second` starts when `first` has done all but its audit event, which waits for a lock, and goes
   * on until it waits too. On SQLite transactions run one after the other.
   */
  async function interleaved<T>(first: () => Promise<T>, second: () => Promise<T>): Promise<[T, T]> {
    if (engine.name === 'sqlite') return Promise.all([first(), second()])
    const holder = new pg.Client(DATABASE_URL)
    await holder.connect()
    const waiting = (count: number) =>
      until(async () => {
        const { rows } = await holder.query(
          `select count(*)::int as waiting from pg_locks where not granted and database = (select oid from pg_database where datname = current_database())`,
        )
        return rows[0].waiting >= count
      }, `${count} waiting locks`)
    try {
      await holder.query('begin')
      await holder.query('lock table audit_events in share mode')
      const given = first()
      await waiting(1)
      const joined = second()
      await Promise.race([joined, waiting(2)])
      await holder.query('commit')
      return await Promise.all([given, joined])
    } finally {
      await holder.end()
    }
  }
})
