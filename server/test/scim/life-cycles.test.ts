/** What Entra ID, Okta and Google send, from their documentation, and what is there afterwards. */
import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { jsonText } from '../../src/encoding/json-text.ts'
import { onBothEngines, type Service, type TestUser } from '../harness.ts'

const userUrn = 'urn:ietf:params:scim:schemas:core:2.0:User'
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const groupUrn = 'urn:ietf:params:scim:schemas:core:2.0:Group'
const patchUrn = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'
const nobody = '019a5f0e-7c1b-7d2e-9f3a-4b5c6d7e8f90'

onBothEngines('SCIM', (engine) => {
  let service: Service
  let admin: TestUser
  let key: string
  let reader: string

  const newKey = async (permissions: string[]) => {
    const answer = await service.call('POST', '/api-keys', {
      as: admin.token,
      body: { name: 'directory', permissions },
    })
    assert.equal(answer.status, 201, answer.text)
    return answer.body.secret as string
  }
  const scim = (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
    as = key,
  ) =>
    service.call(method, `/scim/v2${path}`, {
      as,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/scim+json' }), ...headers },
      ...(body === undefined ? {} : { body }),
    })
  const patch = (path: string, ...operations: object[]) =>
    scim('PATCH', path, { schemas: [patchUrn], Operations: operations })
  const ok = async (answer: ReturnType<typeof scim>, status = 200) => {
    const done = await answer
    assert.equal(done.status, status, done.text)
    return done.body
  }
  const refused = async (answer: ReturnType<typeof scim>, status: number, scimType?: string) => {
    const { status: actual, body, text, headers } = await answer
    assert.equal(actual, status, text)
    assert.equal(headers.get('content-type'), 'application/scim+json')
    assert.deepEqual(body.schemas, ['urn:ietf:params:scim:api:messages:2.0:Error'])
    assert.equal(body.status, String(status))
    assert.equal(body.scimType, scimType, text)
  }
  const rest = async (path: string) => (await service.call('GET', path, { as: admin.token })).body
  const query = (path: string, filter: string, more = '') =>
    ok(scim('GET', `${path}?filter=${encodeURIComponent(filter)}${more}`))
  const membersOf = async (id: string) =>
    (await rest(`/groups/${id}/members`)).map(({ user_id }: { user_id: string }) => user_id).sort()

  before(async () => {
    service = await engine.start()
    admin = await service.admin()
    key = await newKey(['scim:read', 'scim:write'])
    reader = await newKey(['scim:read'])
  })

  it('Entra: match, create, change, disable, push a group, delete', async () => {
    const none = await query('/Users', 'userName eq "Ada@Contoso.com"')
    assert.equal(none.totalResults, 0)
    const made = await scim('POST', '/Users', {
      schemas: [userUrn, enterprise],
      externalId: 'ada-1',
      userName: 'Ada@Contoso.com',
      active: 'True',
      displayName: 'Ada Lovelace',
      emails: [{ primary: 'true', type: 'work', value: 'Ada@Contoso.com' }],
      meta: { resourceType: 'User' },
      name: { formatted: 'Ada Lovelace', familyName: 'Lovelace', givenName: 'Ada' },
      roles: [],
      [enterprise]: { department: 'Engines', manager: { value: admin.id } },
    })
    assert.equal(made.status, 201, made.text)
    const { id } = made.body
    assert.equal(made.headers.get('location'), `http://roster.test/scim/v2/Users/${id}`)
    assert.equal(made.headers.get('etag'), made.body.meta.version)
    assert.equal(made.body.userName, 'Ada@Contoso.com')
    const user = await rest(`/users/${id}`)
    assert.deepEqual(
      [user.username, user.email, user.first_name, user.status, user.external_id, user.email_verified],
      ['Ada', 'Ada@Contoso.com', 'Ada', 'active', 'ada-1', false],
    )
    assert.equal((await query('/Users', 'userName EQ "ada@contoso.COM"')).Resources[0].id, id)
    assert.equal((await query('/Users', 'externalId eq "ada-1"')).totalResults, 1)
    assert.equal((await query('/Users', 'emails[type eq "work"].value eq "ada@contoso.com"')).totalResults, 1)

    const changed = await ok(
      patch(
        `/Users/${id}`,
        { op: 'Add', path: 'emails[type eq "home"].value', value: 'ada@home.example' },
        { op: 'Replace', path: 'name.givenName', value: 'Augusta' },
        { op: 'Replace', path: `${enterprise}:department`, value: 'Analysis' },
        { op: 'Add', path: 'phoneNumbers[type eq "mobile"].value', value: '+44 1' },
        { op: 'Replace', path: 'nothingLikeIt', value: 1 },
        {
          op: 'Replace',
          value: { title: 'Countess', [`${enterprise}:costCenter`]: '7', 'name.familyName': 'King' },
        },
      ),
    )
    assert.deepEqual(changed.emails, [
      { primary: true, type: 'work', value: 'Ada@Contoso.com' },
      { type: 'home', value: 'ada@home.example' },
    ])
    assert.deepEqual(
      [changed.name.givenName, changed.name.familyName, changed.title, changed.phoneNumbers[0].type],
      ['Augusta', 'King', 'Countess', 'mobile'],
    )
    assert.deepEqual(changed[enterprise], {
      department: 'Analysis',
      manager: { value: admin.id },
      costCenter: '7',
    })
    assert.ok(
      service
        .logs()
        .some((line) => line['event'] === 'scim.ignored' && String(line['names']).includes('nothingLikeIt')),
    )

    const group = await ok(
      scim('POST', '/Groups', {
        schemas: [groupUrn],
        externalId: 'g-1',
        displayName: 'Analysts',
        members: [],
      }),
      201,
    )
    assert.equal(
      (await query('/Groups', 'displayName eq "analysts"', '&excludedAttributes=members')).totalResults,
      1,
    )
    await ok(
      patch(`/Groups/${group.id}`, {
        op: 'Add',
        path: 'members',
        value: [{ $ref: null, value: id }, { value: nobody }],
      }),
      200,
    )
    assert.deepEqual(await membersOf(group.id), [id])
    assert.equal((await query('/Groups', `id eq "${group.id}" and members eq "${id}"`)).totalResults, 1)
    await ok(
      patch(`/Groups/${group.id}`, { op: 'Replace', path: 'displayName', value: 'Mathematicians' }),
      200,
    )
    assert.deepEqual((await ok(scim('GET', `/Users/${id}`))).groups, [
      {
        value: group.id,
        $ref: `http://roster.test/scim/v2/Groups/${group.id}`,
        display: 'Mathematicians',
        type: 'direct',
      },
    ])
    await ok(patch(`/Groups/${group.id}`, { op: 'Remove', path: 'members', value: [{ value: id }] }), 200)
    assert.deepEqual(await membersOf(group.id), [])

    assert.equal(
      (await ok(patch(`/Users/${id}`, { op: 'Replace', path: 'active', value: 'False' }))).active,
      false,
    )
    assert.equal((await rest(`/users/${id}`)).status, 'disabled')
    await ok(scim('DELETE', `/Users/${id}`), 204)
    await refused(scim('GET', `/Users/${id}`), 404)
    assert.equal((await query('/Users', 'userName eq "ada@contoso.com"')).totalResults, 0)
    await ok(scim('DELETE', `/Groups/${group.id}`), 204)
    // The name is free again, although the recycle bin holds the user.
    await ok(scim('POST', '/Users', { userName: 'ada@contoso.com' }), 201)
  })

  it('Okta: match, create, replace, deactivate by a value without path, group push by PUT', async () => {
    const search = await query('/Users', 'userName eq "grace@example.org"', '&startIndex=1&count=100')
    assert.deepEqual([search.totalResults, search.startIndex, search.Resources], [0, 1, []])
    const body = {
      schemas: [userUrn],
      userName: 'grace@example.org',
      name: { givenName: 'Grace', familyName: 'Hopper' },
      emails: [{ primary: true, value: 'grace@example.org', type: 'work' }],
      displayName: 'Grace Hopper',
      locale: 'en-US',
      externalId: '00ujl29u0le5T6Aj10h7',
      groups: [],
      password: '1mz050nq',
      active: true,
    }
    const { id } = await ok(scim('POST', '/Users', body), 201)
    await refused(scim('POST', '/Users', body), 409, 'uniqueness')
    const replaced = await ok(
      scim('PUT', `/Users/${id}`, {
        ...body,
        id,
        name: { givenName: 'Grace', familyName: 'Murray', middleName: 'Brewster' },
        meta: { resourceType: 'User' },
      }),
    )
    assert.equal(replaced.name.middleName, 'Brewster')
    assert.equal((await rest(`/users/${id}`)).last_name, 'Murray')
    const other = await ok(scim('POST', '/Users', { userName: 'alan@example.org' }), 201)
    const group = await ok(
      scim('POST', '/Groups', { displayName: 'Compilers', members: [{ value: id, display: 'grace' }] }),
      201,
    )
    await ok(
      scim('PUT', `/Groups/${group.id}`, {
        schemas: [groupUrn],
        displayName: 'Compilers',
        members: [{ value: other.id }, { value: nobody }],
      }),
    )
    assert.deepEqual(await membersOf(group.id), [other.id])
    await ok(
      patch(
        `/Groups/${group.id}`,
        { op: 'replace', value: { id: group.id, displayName: 'Languages' } },
        { op: 'remove', path: `members[value eq "${other.id}"]` },
        { op: 'add', path: 'members', value: [{ value: id, display: 'grace@example.org' }] },
      ),
      200,
    )
    assert.deepEqual(await membersOf(group.id), [id])
    assert.equal((await rest(`/groups/${group.id}`)).name, 'Languages')
    await ok(patch(`/Users/${id}`, { op: 'replace', value: { active: false } }))
    assert.equal((await rest(`/users/${id}`)).status, 'disabled')
    await ok(scim('DELETE', `/Groups/${group.id}`), 204)
    assert.equal((await rest(`/users/${id}`)).username, 'grace')
  })

  it('links an existing user by username or address', async () => {
    const person = await service.createUser({ username: 'linus', email: 'linus@example.org' })
    assert.equal((await query('/Users', 'userName eq "linus@example.org"')).Resources[0].id, person.id)
    const linked = await ok(
      patch(`/Users/${person.id}`, { op: 'replace', path: 'userName', value: 'linus@example.org' }),
    )
    assert.equal(linked.userName, 'linus@example.org')
    assert.equal((await rest(`/users/${person.id}`)).username, 'linus')
    const { etag } = Object.fromEntries((await scim('GET', `/Users/${person.id}`)).headers)
    assert.equal(
      (await scim('GET', `/Users/${person.id}`, undefined, { 'if-none-match': etag! })).status,
      304,
    )
    await ok(
      scim(
        'PATCH',
        `/Users/${person.id}`,
        { Operations: [{ op: 'add', path: 'title', value: 'x' }] },
        { 'if-match': etag! },
      ),
    )
    await refused(
      scim(
        'PATCH',
        `/Users/${person.id}`,
        { Operations: [{ op: 'add', path: 'title', value: 'y' }] },
        { 'if-match': etag! },
      ),
      412,
    )
  })

  it('takes over no administrator, no address of another user, no user in the recycle bin', async () => {
    const { id } = await ok(scim('POST', '/Users', { userName: 'mallory@example.org' }), 201)
    const before = await rest(`/users/${admin.id}`)
    await refused(
      patch(`/Users/${admin.id}`, {
        op: 'replace',
        path: 'emails[primary eq true].value',
        value: 'm@example.org',
      }),
      403,
    )
    await refused(patch(`/Users/${admin.id}`, { op: 'replace', path: 'active', value: false }), 403)
    await refused(scim('DELETE', `/Users/${admin.id}`), 403)
    assert.deepEqual(await rest(`/users/${admin.id}`), before)
    await refused(
      patch(`/Users/${id}`, { op: 'replace', path: 'emails', value: [{ value: admin.email }] }),
      409,
      'uniqueness',
    )
    await refused(
      patch(`/Users/${id}`, { op: 'replace', path: 'userName', value: admin.email }),
      409,
      'uniqueness',
    )
    await refused(
      scim('POST', '/Users', { userName: admin.email, emails: [{ value: 'x@example.org' }] }),
      409,
      'uniqueness',
    )
    await refused(
      scim('POST', '/Users', { userName: 'y', emails: [{ value: admin.email }] }),
      409,
      'uniqueness',
    )
    const gone = await ok(scim('POST', '/Users', { userName: 'gone@example.org' }), 201)
    await ok(scim('DELETE', `/Users/${gone.id}`), 204)
    for (const method of ['PUT', 'PATCH', 'DELETE']) {
      const body =
        method === 'PUT' ? { userName: 'back' } : { Operations: [{ op: 'add', path: 'active', value: true }] }
      await refused(scim(method, `/Users/${gone.id}`, method === 'DELETE' ? undefined : body), 404)
    }
    const strong = await service.call('POST', '/groups', {
      as: admin.token,
      body: { name: 'Admins', roles: ['admin'] },
    })
    await refused(
      patch(`/Groups/${strong.body.id}`, { op: 'add', path: 'members', value: [{ value: id }] }),
      403,
    )
    assert.deepEqual(await membersOf(strong.body.id), [])
    // The permission scim:write is valid here only.
    assert.equal((await service.call('GET', '/users', { as: key })).status, 403)
    await refused(scim('POST', '/Users', { userName: 'z@example.org' }, {}, reader), 403)
    await refused(scim('GET', '/Users', undefined, {}, 'rk_wrong'), 401)
  })

  it('writes a group with its members or not at all', async () => {
    const levels = []
    for (let level = 1; level <= 5; level += 1)
      levels.push(await ok(scim('POST', '/Groups', { displayName: `Level ${level}` }), 201))
    for (const [at, { id }] of levels.slice(1).entries())
      await ok(patch(`/Groups/${levels[at].id}`, { op: 'add', path: 'members', value: [{ value: id }] }), 200)
    const { id } = await ok(scim('POST', '/Users', { userName: 'whole@example.org' }), 201)
    const members = [{ value: id }, { value: levels[0].id }]
    await refused(scim('POST', '/Groups', { displayName: 'Too deep', members }), 409)
    assert.equal((await query('/Groups', 'displayName eq "Too deep"')).totalResults, 0)
    const group = await ok(
      scim('POST', '/Groups', { displayName: 'Flat', members: members.slice(0, 1) }),
      201,
    )
    await refused(scim('PUT', `/Groups/${group.id}`, { displayName: 'Deep', members: members.slice(1) }), 409)
    const after = await ok(scim('GET', `/Groups/${group.id}`))
    assert.deepEqual([after.displayName, after.members.length], ['Flat', 1])
    assert.deepEqual(after.meta.version, group.meta.version)
  })

  it('lists by index, by cursor, sorted, filtered in whole RFC 7644, and projected', async () => {
    for (const [name, title] of [
      ['p1', 'Poet'],
      ['p2', 'Painter'],
      ['p3', 'Poet'],
    ])
      await ok(
        scim('POST', '/Users', { userName: `${name}@lists.example`, title, name: { familyName: 'Listed' } }),
        201,
      )
    const names = (list: { Resources: { userName: string }[] }) =>
      list.Resources.map(({ userName }) => userName.split('@')[0])
    const family = 'name.familyName eq "listed"'
    assert.deepEqual(names(await query('/Users', family)), ['p1', 'p2', 'p3'])
    assert.deepEqual(names(await query('/Users', family, '&startIndex=2&count=1')), ['p2'])
    assert.deepEqual(names(await query('/Users', family, '&startIndex=3&count=1')), ['p3'])
    assert.deepEqual(names(await query('/Users', family, '&startIndex=9')), [])
    assert.deepEqual([(await query('/Users', family, '&count=0')).totalResults], [3])
    const first = await query('/Users', family, '&cursor&count=2')
    assert.deepEqual(names(first), ['p1', 'p2'])
    const next = await query('/Users', family, `&cursor=${first.nextCursor}&count=2`)
    assert.deepEqual([names(next), next.nextCursor], [['p3'], undefined])
    await refused(scim('GET', '/Users?cursor=abc'), 400, 'invalidCursor')
    assert.deepEqual(names(await query('/Users', `${family} and title eq "POET"`)), ['p1', 'p3'])
    assert.deepEqual(names(await query('/Users', `${family} and not (title sw "po")`)), ['p2'])
    assert.deepEqual(
      names(await query('/Users', `${family} and emails[value ew "@lists.example" and type eq "work"]`)),
      ['p1', 'p2', 'p3'],
    )
    assert.deepEqual(
      names(await query('/Users', `${family} and (userName co "P2@" or title pr and nickName pr)`)),
      ['p2'],
    )
    assert.deepEqual(names(await query('/Users', family, '&sortBy=title')), ['p2', 'p1', 'p3'])
    assert.deepEqual(names(await query('/Users', family, '&sortBy=userName&sortOrder=descending')), [
      'p3',
      'p2',
      'p1',
    ])
    const projected = await query('/Users', family, '&attributes=userName,name.familyName&count=1')
    assert.deepEqual(Object.keys(projected.Resources[0]).sort(), ['id', 'name', 'schemas', 'userName'])
    const found = await ok(
      scim('POST', '/Users/.search', { filter: family, excludedAttributes: ['meta', 'emails'], count: 1 }),
    )
    assert.ok(!('meta' in found.Resources[0]) && 'name' in found.Resources[0])
    for (const filter of [
      'title',
      'title zz "x"',
      'nothing eq "x"',
      'emails[type eq "work"',
      `${'('.repeat(20_000)}title pr`,
      '__proto__ pr',
      'name eq "x"',
    ])
      await refused(scim('POST', '/Users/.search', { filter }), 400, 'invalidFilter')
  })

  it('refuses impossible values, and reaches no prototype', async () => {
    const { id } = await ok(scim('POST', '/Users', { userName: 'safe@example.org' }), 201)
    const before = await ok(scim('GET', `/Users/${id}`))
    await refused(patch(`/Users/${id}`, { op: 'replace', path: 'id', value: nobody }), 400, 'mutability')
    await refused(
      patch(`/Users/${id}`, { op: 'replace', value: { meta: { version: 'x' } } }),
      400,
      'mutability',
    )
    await refused(
      patch(`/Users/${id}`, { op: 'add', path: 'groups', value: [{ value: nobody }] }),
      400,
      'mutability',
    )
    await refused(patch(`/Users/${id}`, { op: 'remove' }), 400, 'noTarget')
    for (const value of [null, 'text', ['text']])
      await refused(patch(`/Users/${id}`, { op: 'replace', path: '', value }), 400, 'invalidValue')
    await refused(patch(`/Users/${id}`, { op: 'remove', path: '' }), 400, 'noTarget')
    await refused(
      patch(`/Users/${id}`, { op: 'replace', path: 'emails[type eq "other"].value', value: 'x' }),
      400,
      'noTarget',
    )
    await refused(patch(`/Users/${id}`, { op: 'explode', path: 'title' }), 400, 'invalidSyntax')
    await refused(patch(`/Users/${id}`, { op: 'add', path: 'title[', value: 'x' }), 400, 'invalidPath')
    await refused(
      patch(`/Users/${id}`, { op: 'add', path: `emails[${'('.repeat(3000)}`, value: 'x' }),
      400,
      'invalidPath',
    )
    await refused(patch(`/Users/${id}`, { op: 'add', path: 'active', value: 'perhaps' }), 400, 'invalidValue')
    await refused(patch(`/Users/${id}`, { op: 'remove', path: 'userName' }), 400, 'invalidValue')
    await refused(scim('POST', '/Users', { userName: 'no-address' }), 400, 'invalidValue')
    await refused(scim('POST', '/Users', { displayName: 'nobody' }), 400, 'invalidValue')
    await refused(scim('POST', '/Users', '{"userName":'), 400, 'invalidSyntax')
    await refused(scim('PATCH', `/Users/${id}`, '[]'), 400, 'invalidSyntax')
    const nested = `${'('.repeat(20_000)}userName pr${')'.repeat(20_000)}`
    for (const filter of [nested, `emails[${nested}]`, 'not ('.repeat(10_000)])
      await refused(scim('POST', '/Users/.search', { filter }), 400, 'invalidFilter')
    await refused(scim('GET', '/Nothing'), 404)
    for (const text of ['a\u0000b', 'a\\u0000b', 'a\\ud800b', 'a\\u0007b'])
      for (const subject of ['Users?filter=userName', 'Users?filter=emails', 'Groups?filter=displayName']) {
        const path = `/${subject}${encodeURIComponent(` eq "${text}"`)}`
        await refused(scim('GET', path), 400, 'invalidFilter')
      }
    for (const path of ['constructor.prototype.polluted', 'name.__proto__', 'toString'])
      await ok(patch(`/Users/${id}`, { op: 'add', path, value: 'yes' }))
    await ok(
      patch(`/Users/${id}`, { op: 'add', value: { 'constructor.prototype.x': 1, 'name.constructor': 'x' } }),
    )
    await refused(
      patch(`/Users/${id}`, { op: 'add', path: '__proto__.polluted', value: 1 }),
      400,
      'invalidPath',
    )
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
    const after = await ok(scim('GET', `/Users/${id}`))
    assert.deepEqual(after, before)
    const outer = await ok(scim('POST', '/Groups', { displayName: 'Outer' }), 201)
    await refused(
      patch(`/Groups/${outer.id}`, { op: 'add', path: 'members', value: [{ value: outer.id }] }),
      409,
    )
    await refused(
      patch(`/Groups/${outer.id}`, { op: 'replace', path: `members[value eq "${id}"].value`, value: nobody }),
      400,
      'mutability',
    )
    const inner = await ok(scim('POST', '/Groups', { displayName: 'Inner', members: [{ value: id }] }), 201)
    await ok(patch(`/Groups/${outer.id}`, { op: 'add', path: 'members', value: [{ value: inner.id }] }), 200)
    assert.deepEqual(
      (await ok(scim('GET', `/Groups/${outer.id}`))).members.map(({ type }: { type: string }) => type),
      ['Group'],
    )
    assert.deepEqual(
      (await ok(scim('GET', `/Users/${id}`))).groups.map(({ type }: { type: string }) => type),
      ['direct', 'indirect'],
    )
  })

  it('does many operations in one request, which may name each other', async () => {
    const answer = await ok(
      scim('POST', '/Bulk', {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
        Operations: [
          {
            method: 'POST',
            path: '/Groups',
            bulkId: 'g',
            data: { displayName: 'Bulk', members: [{ value: 'bulkId:u' }] },
          },
          { method: 'POST', path: '/Users', bulkId: 'u', data: { userName: 'bulk@example.org' } },
          { method: 'POST', path: '/Users', bulkId: 'v', data: { userName: 'bulk@example.org' } },
          {
            method: 'PATCH',
            path: '/Users/bulkId:u',
            data: { Operations: [{ op: 'add', path: 'title', value: 'Bulky' }] },
          },
          { method: 'DELETE', path: '/Users/bulkId:nothing' },
        ],
      }),
    )
    const statuses = answer.Operations.map(
      ({ method, status }: { method: string; status: string }) => `${method} ${status}`,
    )
    assert.deepEqual(
      statuses,
      ['POST 201', 'POST 409', 'PATCH 200', 'POST 201', 'DELETE 400'].toSorted(
        (a, b) => statuses.indexOf(a) - statuses.indexOf(b),
      ),
    )
    const [user] = (await query('/Users', 'userName eq "bulk@example.org"')).Resources
    assert.equal(user.title, 'Bulky')
    assert.deepEqual(
      user.groups.map(({ display }: { display: string }) => display),
      ['Bulk'],
    )
    await refused(
      scim('POST', '/Bulk', { Operations: Array(201).fill({ method: 'DELETE', path: '/Users/x' }) }),
      413,
    )
  })

  it('has the metadata of Roster as an extension', async () => {
    const urn = 'urn:roster:params:scim:schemas:extension:metadata:2.0:User'
    const { id } = await ok(
      scim('POST', '/Users', {
        userName: 'meta@example.org',
        [urn]: { entries: [{ name: 'plan', value: 'gold' }] },
      }),
      201,
    )
    await service.call('PATCH', `/users/${id}`, { as: admin.token, body: { metadata: { tags: ['a', 'b'] } } })
    const changed = await ok(
      patch(`/Users/${id}`, { op: 'replace', path: `${urn}:entries[name eq "plan"].value`, value: 'silver' }),
    )
    assert.deepEqual(changed[urn].entries, [
      { name: 'plan', value: 'silver' },
      { name: 'tags', value: '["a","b"]' },
    ])
    assert.deepEqual((await rest(`/users/${id}`)).metadata, { plan: 'silver', tags: ['a', 'b'] })
    await ok(scim('PUT', `/Users/${id}`, { userName: 'meta@example.org' }))
    assert.deepEqual((await rest(`/users/${id}`)).metadata, { plan: 'silver', tags: ['a', 'b'] })
  })

  it('describes itself', async () => {
    const config = await ok(scim('GET', '/ServiceProviderConfig'))
    assert.equal(config.patch.supported, true)
    const schemas = await ok(scim('GET', '/Schemas'))
    assert.equal(schemas.totalResults, 4)
    assert.equal((await ok(scim('GET', `/Schemas/${userUrn}`))).name, 'User')
    assert.equal((await ok(scim('GET', '/ResourceTypes/User'))).schemaExtensions.length, 2)
  })

  it('adds 100 members to a large group with 100 rows and no more', async () => {
    const group = await ok(scim('POST', '/Groups', { displayName: 'Large' }), 201)
    const { database } = service.roster
    const ids = Array.from(
      { length: 1100 },
      (_, at) => `019a5f0e-0000-7000-8000-${String(at).padStart(12, '0')}`,
    )
    await database.transaction(async (tx) => {
      const at = '2026-01-01T00:00:00.000Z'
      const rows = ids.map((id, index) => {
        const name = `large-${index}`
        const email = `${name}@x.example`
        const names = { username: name, username_key: name, email, email_key: email, search_text: name }
        return { id, ...names, metadata: jsonText({}), version: 1, created_at: at, updated_at: at }
      })
      for (let from = 0; from < rows.length; from += 100)
        await tx
          .insertInto('users')
          .values(rows.slice(from, from + 100))
          .execute()
    })
    const members = (some: string[]) => some.map((value) => ({ value }))
    await ok(
      scim('PUT', `/Groups/${group.id}`, { displayName: 'Large', members: members(ids.slice(0, 1000)) }),
    )
    const before = (await rest(`/audit-events?type=group.member_added&limit=1`))[0].seq
    await ok(
      patch(`/Groups/${group.id}`, { op: 'add', path: 'members', value: members(ids.slice(950)) }),
      204,
    )
    const after = (await rest(`/audit-events?type=group.member_added&limit=1`))[0].seq
    assert.equal(after - before, 100)
    assert.equal((await ok(scim('GET', `/Groups/${group.id}`))).members.length, 1100)
  })
})
