/** Roles and groups without permissions, by which applications and gateways let users in. */
import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { onBothEngines, password, type Service, type TestUser } from '../harness.ts'

onBothEngines('roles and groups of an unproven sign-up', (engine) => {
  let service: Service
  let admin: TestUser
  let directory: string
  let DATABASE_URL: string
  before(async () => {
    DATABASE_URL = await engine.createDatabase()
    service = await engine.start({ DATABASE_URL })
    admin = await service.admin()
    await make('/roles', { name: 'reader', permissions: ['users:read'] })
    await make('/roles', { name: 'wiki', permissions: [] })
    const permissions = ['scim:read', 'scim:write', 'users:read']
    directory = (await make('/api-keys', { name: 'directory', permissions })).secret
  })
  const call = (method: string, path: string, body?: object, as = admin.token) =>
    service.call(method, path, { as, ...(body && { body }) })
  const make = async (path: string, body: object) => {
    const answer = await call('POST', path, body)
    assert.equal(answer.status, 201, answer.text)
    return answer.body
  }
  const signUp = async (username: string) => {
    const body = { username, email: `${username}@corp.example`, password }
    return (await service.call('POST', '/users', { body })).body.id as string
  }
  const token = async (username: string): Promise<string> => {
    const entered = await service.call('POST', '/auth/login', { body: { username, password } })
    assert.equal(entered.status, 200, entered.text)
    return entered.body.access_token
  }
  const importRow = (row: object) =>
    service.call('POST', '/users/import?mode=upsert', {
      as: admin.token,
      headers: { 'content-type': 'application/x-ndjson' },
      body: `${JSON.stringify(row)}\n`,
    })

  it('are given by no request before an administrator has decided, and open no gateway', async () => {
    const id = await signUp('victor')
    const group = await make('/groups', { name: 'Wiki' })
    const operation = { op: 'add', path: 'members', value: [{ value: id }] }
    const gifts: [string, string, object?, string?][] = [
      ['PATCH', `/users/${id}`, { roles: ['user', 'wiki'] }],
      ['PATCH', `/users/${id}`, { roles: ['wiki'] }],
      ['PUT', `/users/${id}`, { username: 'victor', email: 'victor@corp.example', roles: ['wiki'] }],
      ['PUT', `/groups/${group.id}/members/${id}`],
      ['POST', `/groups/${group.id}/members`, { add: [id] }],
      ['PATCH', `/scim/v2/Groups/${group.id}`, { Operations: [operation] }, directory],
      ['PUT', `/scim/v2/Groups/${group.id}`, { displayName: 'Wiki', members: [{ value: id }] }, directory],
      ['POST', '/scim/v2/Groups', { displayName: 'More', members: [{ value: id }] }, directory],
    ]
    for (const gift of gifts) {
      const { status, text } = await call(...gift)
      assert.deepEqual(
        [status, /not proven/.test(text)],
        [409, true],
        `${gift.slice(0, 2).join(' ')}: ${text}`,
      )
    }
    await call('PATCH', `/users/${id}`, { external_id: 'v-1' })
    const row = { external_id: 'v-1', username: 'victor', email: 'victor@corp.example' }
    assert.match((await importRow({ ...row, groups: ['Wiki'] })).text, /was not joined/)
    const stranger = await token('victor')
    for (const query of ['role=wiki', 'group=Wiki']) {
      const { status } = await call('GET', `/auth/check?${query}`, undefined, stranger)
      assert.equal(status, 403, query)
    }
    const raised = await importRow({ ...row, roles: ['wiki'] })
    assert.match(
      raised.text,
      /sessions, links and API keys have ended/,
      'an import ends what the stranger has',
    )
    assert.equal((await call('GET', '/users/me', undefined, stranger)).status, 401)
  })

  it('are given with a decision, which needs a fresh proof', async () => {
    const id = await signUp('decided')
    const give = (as: string) =>
      call('PATCH', `/users/${id}?credentials=keep`, { roles: ['user', 'wiki'] }, as)
    const other = await service.createUser({ roles: ['admin'] })
    const stale = new Date(Date.now() - 3_600_000).toISOString()
    await service.roster.database.transaction(async (tx) => {
      const sessions = tx.updateTable('sessions').where('user_id', '=', other.id)
      await sessions.set({ proven_at: stale, created_at: stale }).execute()
    })
    const refused = await give(other.token)
    assert.deepEqual([refused.status, refused.body.code], [403, 'reauthentication_required'])
    assert.equal((await give(admin.token)).status, 200)
    const group = await make('/groups', { name: 'Decided' })
    assert.equal((await call('PUT', `/groups/${group.id}/members/${id}`)).status, 204)
    const { status } = await call('GET', '/auth/check?role=wiki', undefined, await token('decided'))
    assert.equal(status, 204)
  })

  it('do not turn into permissions when a group is joined while a group around it gets them', async () => {
    let round = 0
    for (const gives of ['role of the group', 'permission of the role'] as const)
      for (const joins of ['request', 'directory', 'import'] as const) {
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
          import: () => importRow({ ...fields, groups: [`Inner ${round}`] }),
        }[joins]
        const [given, joined] = await interleaved(give, join)
        const read = await call('GET', '/users?limit=1', undefined, await token(username))
        assert.equal(
          read.status,
          403,
          `${gives}, ${joins}: given ${given.status}, joined ${joined.status} ${joined.text}`,
        )
        assert.equal(given.status, 200, given.text)
      }
  })

  /**
   * Runs both. On PostgreSQL `second` starts when `first` has done all but its audit event, which waits for a lock; on
   * SQLite transactions run one after the other.
   */
  async function interleaved<T>(first: () => Promise<T>, second: () => Promise<T>): Promise<[T, T]> {
    if (engine.name === 'sqlite') return Promise.all([first(), second()])
    const holder = new pg.Client(DATABASE_URL)
    await holder.connect()
    const waiting = async (count: number) => {
      for (;;) {
        const { rows } = await holder.query(
          `select count(*)::int as waiting from pg_locks where relation = 'audit_events'::regclass and not granted`,
        )
        if (rows[0].waiting >= count) return
        await sleep(5)
      }
    }
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
