/** Groups in exports and imports, in the event feed, and in the data of a user. */
import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { sql } from 'kysely'
import { readAll } from '../events/feed.ts'
import { onBothEngines, type Service, type TestUser } from '../harness.ts'

onBothEngines('groups in exports and imports', (engine) => {
  let service: Service
  let admin: TestUser
  const ask = (method: string, path: string, body?: unknown) =>
    service.call(method, path, { as: admin.token, ...(body === undefined ? {} : { body }) })
  const made = async (path: string, body: object) => {
    const answer = await ask('POST', path, body)
    assert.equal(answer.status, 201, answer.text)
    return answer.body
  }
  const person = (username: string) => made('/users', { username, email: `${username}@example.com` })
  const groupsOf = async (id: string): Promise<string[]> =>
    (await ask('GET', `/users/${id}/groups`)).body.map(({ name }: { name: string }) => name)
  const load = async (rows: unknown, query = '', type = 'application/json', as = admin.token) => {
    const answer = await service.call('POST', `/users/import${query}`, {
      as,
      headers: { 'content-type': type },
      body: rows,
    })
    assert.equal(answer.status, 200, answer.text)
    const lines = answer.text.trim().split('\n')
    return lines.map((line) => JSON.parse(line))
  }
  const found = async (username: string) => (await ask('GET', `/users?q=${username}`)).body[0]

  before(async () => {
    service = await engine.start()
    admin = await service.admin()
  })

  it('are exported by name and imported again, in JSON and CSV', async () => {
    const { id } = await made('/groups', { name: 'R&D; "Lab"' })
    const ada = await person('ada')
    await ask('PUT', `/groups/${id}/members/${ada.id}`)
    const json = await service.call('GET', '/users/export?q=ada', { as: admin.token })
    assert.deepEqual(JSON.parse(json.text).groups, ['R&D; "Lab"'])
    const csv = await service.call('GET', '/users/export?q=ada', {
      as: admin.token,
      headers: { accept: 'text/csv' },
    })
    await ask('DELETE', `/groups/${id}`)
    for (const [text, type] of [
      [json.text, 'application/x-ndjson'],
      [csv.text, 'text/csv'],
    ] as const) {
      await load(text, '?mode=upsert&dry_run=true', type)
      assert.deepEqual(await groupsOf(ada.id), [])
      await load(text, '?mode=upsert', type)
      assert.deepEqual(await groupsOf(ada.id), ['R&D; "Lab"'])
      const [again] = (await ask('GET', '/groups?q=R%26D')).body
      await ask('DELETE', `/groups/${again.id}`)
    }
  })

  it('are imported with users of Keycloak, Okta and SCIM, except groups that give permissions', async () => {
    await made('/roles', { name: 'auditor', permissions: ['audit:read'] })
    await made('/groups', { name: 'Admins', roles: ['auditor'] })
    const keycloak = {
      realm: 'r',
      users: [
        {
          username: 'kim',
          email: 'kim@example.com',
          enabled: true,
          groups: ['/Staff', '/Staff/Night', '/Admins'],
        },
      ],
    }
    const [row] = await load(keycloak)
    assert.equal(row.result, 'created')
    assert.ok(
      row.notes.some((note: string) => note === 'the group "Admins" was not joined: it gives permissions'),
      row.notes.join(),
    )
    assert.deepEqual(await groupsOf((await found('kim')).id), ['Staff', 'Staff/Night'])
    await load([
      {
        id: '00u1',
        status: 'ACTIVE',
        profile: { login: 'olga@example.com', email: 'olga@example.com', firstName: 'O', lastName: 'K' },
        groups: [
          { id: '00g1', profile: { name: 'Everyone' } },
          { id: '00g2', profile: { name: 'Staff' } },
        ],
      },
    ])
    assert.deepEqual(await groupsOf((await found('olga')).id), ['Staff'])
    const user = {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      userName: 'sam',
      emails: [{ value: 'sam@example.com' }],
      groups: [
        { value: '1', display: 'Staff', type: 'direct' },
        { value: '2', display: 'All', type: 'indirect' },
      ],
    }
    await load({ schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'], Resources: [user] })
    assert.deepEqual(await groupsOf((await found('sam')).id), ['Staff'])
    const groups = {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
      Resources: [
        {
          schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
          ...{ id: 'g1', displayName: 'Divers', members: [{ value: 'tia-1' }, { value: 'gone' }] },
        },
        {
          schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
          ...{ id: 'g2', displayName: 'Admins', members: [{ value: 'tia-1' }] },
        },
        {
          ...user,
          id: 'tia-1',
          externalId: 'hr-tia',
          userName: 'tia',
          emails: [{ value: 'tia@example.com' }],
          groups: [],
        },
      ],
    }
    const [tia, divers, admins] = await load(groups)
    assert.equal(tia.result, 'created')
    assert.equal(divers.reason, 'the group "Divers": 1 of 2 members are in it')
    assert.equal(admins.reason, 'the group "Admins" was not joined: it gives permissions')
    assert.deepEqual(await groupsOf(tia.id), ['Divers'])
  })

  it('are joined in the transaction that writes the users, so an interrupted import loses no membership', async () => {
    const rename = (from: string, to: string) =>
      service.roster.database.transaction((tx) => sql.raw(`alter table ${from} rename to ${to}`).execute(tx))
    const rows = ['una', 'ulf']
      .map((name) =>
        JSON.stringify({ username: name, email: `${name}@example.com`, groups: ['Crew', 'Deck'] }),
      )
      .join('\n')
    await rename('group_members', 'group_members_gone')
    const broken = await load(rows, '', 'application/x-ndjson').catch(() => 'broke off')
    await rename('group_members_gone', 'group_members')
    assert.equal(broken, 'broke off')
    assert.equal(await found('una'), undefined)
    assert.deepEqual((await ask('GET', '/groups?name=Crew')).body, [])
    const again = await load(rows, '', 'application/x-ndjson')
    assert.deepEqual(
      again.slice(0, 2).map(({ result }) => result),
      ['created', 'created'],
    )
    for (const name of ['una', 'ulf'])
      assert.deepEqual(await groupsOf((await found(name)).id), ['Crew', 'Deck'])
  })

  it('are not joined by an import whose caller may not change groups', async () => {
    await made('/roles', { name: 'importer', permissions: ['users:read', 'users:write'] })
    const importer = await service.createUser({ roles: ['importer'] })
    const row = { username: 'plain', email: 'plain@example.com', roles: [], groups: ['Staff', 'New'] }
    const [result] = await load(JSON.stringify(row), '', 'application/x-ndjson', importer.token)
    assert.equal(result.result, 'created')
    assert.equal(result.notes.filter((note: string) => note.includes('groups:write')).length, 2)
    assert.deepEqual(await groupsOf(result.id), [])
    assert.deepEqual((await ask('GET', '/groups?name=New')).body, [])
  })

  it('are in the event feed and in the data of a user', async () => {
    const [mia, group] = [await person('mia'), await made('/groups', { name: 'Feed' })]
    const start = (await ask('GET', '/events')).body.next
    await ask('PUT', `/groups/${group.id}/members/${mia.id}`)
    const since = async (after: number) =>
      (await readAll(service, admin.token, after)).map(({ type, data }) => [type, data.user_id, data.groups])
    const joined = ['user.groups_changed', mia.id, [{ id: group.id, name: 'Feed' }]]
    assert.deepEqual(await since(start), [joined])
    const data = (await ask('GET', `/users/${mia.id}/data`)).body
    assert.deepEqual(data.groups, [{ id: group.id, name: 'Feed', direct: true }])
    await ask('PATCH', `/groups/${group.id}`, { name: 'Renamed' })
    await ask('DELETE', `/groups/${group.id}`)
    const left = ['user.groups_changed', mia.id, []]
    assert.deepEqual(await since(start), [left, left, left])
  })
})
