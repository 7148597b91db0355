/**
 * Life cycles as directories send them, from their documentation, as tables: Okta's test suite for SCIM 2.0, Okta,
 * JumpCloud, Google and Entra ID. Each leaves exactly the users and groups that it names.
 */
import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { onBothEngines, type Service, type TestUser } from '../harness.ts'

const userUrn = 'urn:ietf:params:scim:schemas:core:2.0:User'
const groupUrn = 'urn:ietf:params:scim:schemas:core:2.0:Group'
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const listUrn = 'urn:ietf:params:scim:api:messages:2.0:ListResponse'
const errorUrn = 'urn:ietf:params:scim:api:messages:2.0:Error'

/** `{name}` in a path or a body is replaced by the id that a step with `as: name` got. */
type Step = [
  method: string,
  path: string,
  status: number,
  more?: { as?: string; body?: object; has?: object; bearer?: string },
]
type Sequence = {
  steps: Step[]
  /** What is there afterwards: users with their status, groups with their members. */
  users: Record<string, 'active' | 'disabled'>
  groups: Record<string, string[]>
}

const changes = (...Operations: object[]) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations,
})
const named = (name: string) => `/Users?filter=${encodeURIComponent(`userName eq "${name}"`)}`
const person = (userName: string, given: string, family: string, more: object = {}) => ({
  schemas: [userUrn],
  userName,
  name: { givenName: given, familyName: family },
  emails: [{ primary: true, value: userName, type: 'work' }],
  active: true,
  ...more,
})

const sequences: Record<string, Sequence> = {
  'the test suite of Okta': {
    steps: [
      ['POST', '/Users', 201, { as: 'first', body: person('okta.first@example.org', 'First', 'Person') }],
      [
        'GET',
        '/Users?count=1&startIndex=1',
        200,
        { has: { schemas: [listUrn], itemsPerPage: 1, startIndex: 1 } },
      ],
      [
        'GET',
        '/Users/{first}',
        200,
        {
          has: {
            userName: 'okta.first@example.org',
            active: true,
            name: { givenName: 'First', familyName: 'Person' },
            emails: [{ primary: true, value: 'okta.first@example.org', type: 'work' }],
          },
        },
      ],
      ['GET', named('not.there@example.org'), 200, { has: { schemas: [listUrn], totalResults: 0 } }],
      ['GET', '/Users/0a1b2c3d4e5f', 404, { has: { schemas: [errorUrn], status: '404' } }],
      [
        'POST',
        '/Users',
        201,
        {
          as: 'made',
          body: person('okta.made@example.org', 'Made', 'Here', { displayName: 'Made Here' }),
          has: { active: true, userName: 'okta.made@example.org', schemas: [userUrn] },
        },
      ],
      ['GET', '/Users/{made}', 200, { has: { userName: 'okta.made@example.org' } }],
      [
        'POST',
        '/Users',
        409,
        { body: person('okta.made@example.org', 'Made', 'Here'), has: { schemas: [errorUrn] } },
      ],
      ['POST', '/Users', 409, { body: person('OKTA.made@example.org', 'Made', 'Here') }],
      ['GET', named('OKTA.MADE@EXAMPLE.ORG'), 200, { has: { schemas: [listUrn], totalResults: 1 } }],
      [
        'GET',
        '/Users?count=1&startIndex=1',
        401,
        { bearer: 'non-token', has: { schemas: [errorUrn], status: '401' } },
      ],
      ['GET', '/Users/00919288221112222', 404, { has: { schemas: [errorUrn], status: '404' } }],
      [
        'POST',
        '/Users',
        400,
        { body: { schemas: [userUrn], name: { givenName: 'No', familyName: 'Name' } } },
      ],
      ['GET', '/Groups?count=100&startIndex=1', 200, { has: { schemas: [listUrn] } }],
      ['DELETE', '/Users/{made}', 204],
      ['GET', '/Users/{made}', 404],
    ],
    users: { 'okta.first': 'active' },
    groups: {},
  },
  'Okta with a group push': {
    steps: [
      ['GET', `${named('okta.ann@example.org')}&startIndex=1&count=100`, 200, { has: { totalResults: 0 } }],
      [
        'POST',
        '/Users',
        201,
        {
          as: 'ann',
          body: person('okta.ann@example.org', 'Ann', 'A', {
            externalId: '00u1',
            groups: [],
            password: 'x1Y2z3A4!!',
          }),
        },
      ],
      [
        'POST',
        '/Users',
        201,
        { as: 'ben', body: person('okta.ben@example.org', 'Ben', 'B', { externalId: '00u2' }) },
      ],
      ['GET', '/Users/{ann}', 200],
      [
        'PUT',
        '/Users/{ann}',
        200,
        { body: person('okta.ann@example.org', 'Anna', 'A', { externalId: '00u1' }) },
      ],
      ['GET', '/Groups?filter=displayName%20eq%20%22Okta%20Sales%22', 200, { has: { totalResults: 0 } }],
      [
        'POST',
        '/Groups',
        201,
        { as: 'sales', body: { schemas: [groupUrn], displayName: 'Okta Sales', members: [] } },
      ],
      [
        'PATCH',
        '/Groups/{sales}',
        200,
        {
          body: changes({ op: 'replace', path: 'members', value: [{ value: '{ann}' }, { value: '{ben}' }] }),
        },
      ],
      [
        'PATCH',
        '/Groups/{sales}',
        200,
        { body: changes({ op: 'remove', path: 'members[value eq "{ann}"]' }) },
      ],
      [
        'PATCH',
        '/Groups/{sales}',
        200,
        { body: changes({ op: 'replace', value: { id: '{sales}', displayName: 'Okta Sellers' } }) },
      ],
      [
        'PATCH',
        '/Users/{ann}',
        200,
        { body: changes({ op: 'replace', value: { active: false } }), has: { active: false } },
      ],
      [
        'PATCH',
        '/Users/{ann}',
        200,
        { body: changes({ op: 'replace', value: { active: true } }), has: { active: true } },
      ],
      ['PATCH', '/Users/{ann}', 200, { body: changes({ op: 'replace', value: { active: false } }) }],
      // A group that is pushed with its members, and removed with its link.
      [
        'POST',
        '/Groups',
        201,
        {
          as: 'night',
          body: {
            schemas: [groupUrn],
            displayName: 'Okta Night',
            members: [{ value: '{ann}', display: 'okta.ann@example.org' }, { value: '{ben}' }],
          },
        },
      ],
      [
        'PUT',
        '/Groups/{night}',
        200,
        {
          body: {
            schemas: [groupUrn],
            id: '{night}',
            displayName: 'Okta Late',
            members: [{ value: '{ben}', display: 'okta.ben@example.org' }],
          },
          has: { displayName: 'Okta Late' },
        },
      ],
      ['DELETE', '/Groups/{night}', 204],
      ['GET', '/Groups/{night}', 404, { has: { schemas: [errorUrn], status: '404' } }],
      ['DELETE', '/Groups/{night}', 404],
      ['GET', '/Groups?filter=displayName%20eq%20%22Okta%20Late%22', 200, { has: { totalResults: 0 } }],
    ],
    users: { 'okta.ann': 'disabled', 'okta.ben': 'active' },
    groups: { 'Okta Sellers': ['okta.ben'] },
  },
  JumpCloud: {
    steps: [
      // The test of the connection makes a user and a group, changes them, and removes both.
      ['GET', named('jumpcloud.test@example.org'), 200, { has: { totalResults: 0 } }],
      ['POST', '/Users', 201, { as: 'test', body: person('jumpcloud.test@example.org', 'Test', 'User') }],
      ['GET', '/Users?startIndex=1&count=100', 200],
      ['PUT', '/Users/{test}', 200, { body: person('jumpcloud.test@example.org', 'Changed', 'User') }],
      ['POST', '/Groups', 201, { as: 'probe', body: { displayName: 'JumpCloud Test' } }],
      [
        'PATCH',
        '/Groups/{probe}',
        200,
        { body: changes({ op: 'add', path: 'members', value: [{ value: '{test}' }] }) },
      ],
      ['DELETE', '/Groups/{probe}', 204],
      [
        'PUT',
        '/Users/{test}',
        200,
        {
          body: person('jumpcloud.test@example.org', 'Changed', 'User', { active: false }),
          has: { active: false },
        },
      ],
      ['DELETE', '/Users/{test}', 204],
      ['POST', '/Users', 201, { as: 'cleo', body: person('jc.cleo@example.org', 'Cleo', 'C') }],
      ['POST', '/Users', 201, { as: 'dan', body: person('jc.dan@example.org', 'Dan', 'D') }],
      [
        'POST',
        '/Groups',
        201,
        { as: 'ops', body: { schemas: [groupUrn], displayName: 'JC Ops', members: [{ value: '{cleo}' }] } },
      ],
      // One with a value list as Entra ID sends it, one with a filter.
      [
        'PATCH',
        '/Groups/{ops}',
        200,
        {
          body: changes(
            { op: 'add', path: 'members', value: [{ value: '{dan}' }] },
            { op: 'remove', path: 'members', value: [{ value: '{cleo}' }] },
          ),
        },
      ],
      ['PUT', '/Users/{cleo}', 200, { body: person('jc.cleo@example.org', 'Cleo', 'C', { active: false }) }],
      ['DELETE', '/Users/{cleo}', 204],
      ['POST', '/Groups', 201, { as: 'old', body: { schemas: [groupUrn], displayName: 'JC Old' } }],
      [
        'PUT',
        '/Groups/{old}',
        200,
        { body: { schemas: [groupUrn], displayName: 'JC Older', members: [{ value: '{dan}' }] } },
      ],
      ['DELETE', '/Groups/{old}', 204],
    ],
    users: { 'jc.dan': 'active' },
    groups: { 'JC Ops': ['jc.dan'] },
  },
  Google: {
    steps: [
      // The probe of the address and the token.
      ['GET', '/Users?count=1', 200, { has: { schemas: [listUrn], startIndex: 1 } }],
      ['GET', `${named('g.eva@example.org')}&startIndex=1&count=2`, 200, { has: { totalResults: 0 } }],
      [
        'POST',
        '/Users',
        201,
        {
          as: 'eva',
          body: person('g.eva@example.org', 'Eva', 'E', {
            schemas: [userUrn, enterprise],
            externalId: '1001',
            name: { givenName: 'Eva', familyName: 'E', formatted: 'Eva E' },
            addresses: [{ type: 'work', formatted: 'Main Street 1', primary: true }],
            [enterprise]: { department: 'Research', organization: 'Example' },
          }),
          has: { [enterprise]: { department: 'Research', organization: 'Example' } },
        },
      ],
      [
        'PATCH',
        '/Users/{eva}',
        200,
        {
          body: changes(
            { op: 'replace', path: 'name.familyName', value: 'Evans' },
            { op: 'replace', path: `${enterprise}:department`, value: 'Development' },
          ),
          has: { [enterprise]: { department: 'Development', organization: 'Example' } },
        },
      ],
      // Suspended, active again, and suspended until the account is removed.
      ['PATCH', '/Users/{eva}', 200, { body: changes({ op: 'replace', path: 'active', value: false }) }],
      [
        'PATCH',
        '/Users/{eva}',
        200,
        { body: changes({ op: 'replace', path: 'active', value: true }), has: { active: true } },
      ],
      [
        'POST',
        '/Users',
        201,
        { as: 'fay', body: person('g.fay@example.org', 'Fay', 'F', { externalId: '1002' }) },
      ],
      ['PATCH', '/Users/{fay}', 200, { body: changes({ op: 'replace', path: 'active', value: false }) }],
      ['DELETE', '/Users/{fay}', 204],
      ['GET', named('g.fay@example.org'), 200, { has: { totalResults: 0 } }],
    ],
    users: { 'g.eva': 'active' },
    groups: {},
  },
  'Entra ID': {
    steps: [
      ['GET', named('entra.test-connection@example.org'), 200, { has: { totalResults: 0 } }],
      [
        'POST',
        '/Users',
        201,
        {
          as: 'gil',
          body: person('entra.gil@example.org', 'Gil', 'G', {
            active: 'True',
            emails: [{ primary: 'true', type: 'work', value: 'entra.gil@example.org' }],
            externalId: 'gil',
            roles: [],
          }),
        },
      ],
      [
        'PATCH',
        '/Users/{gil}',
        200,
        {
          body: changes(
            { op: 'Replace', path: 'emails[type eq "work"].value', value: 'gil@example.org' },
            { op: 'Add', path: 'name.familyName', value: 'Green' },
          ),
        },
      ],
      ['GET', '/Groups?excludedAttributes=members&filter=displayName%20eq%20%22Entra%20HR%22', 200],
      [
        'POST',
        '/Groups',
        201,
        { as: 'hr', body: { schemas: [groupUrn], externalId: 'hr', displayName: 'Entra HR' } },
      ],
      [
        'PATCH',
        '/Groups/{hr}',
        200,
        { body: changes({ op: 'Add', path: 'members', value: [{ $ref: null, value: '{gil}' }] }) },
      ],
      [
        'PATCH',
        '/Groups/{hr}',
        200,
        { body: changes({ op: 'Replace', path: 'displayName', value: 'Entra People' }) },
      ],
      [
        'PATCH',
        '/Groups/{hr}',
        200,
        { body: changes({ op: 'Remove', path: 'members', value: [{ value: '{gil}' }] }) },
      ],
      [
        'PATCH',
        '/Users/{gil}',
        200,
        { body: changes({ op: 'Replace', path: 'active', value: 'False' }), has: { active: false } },
      ],
      // Disabled when the user is deleted in the directory, deleted when that can no longer be undone.
      ['GET', '/Users?filter=externalId%20eq%20%22hal%22', 200, { has: { totalResults: 0 } }],
      [
        'POST',
        '/Users',
        201,
        {
          as: 'hal',
          body: person('entra.hal@example.org', 'Hal', 'H', {
            schemas: [userUrn, enterprise],
            active: 'True',
            externalId: 'hal',
            [enterprise]: { manager: { value: '{gil}' } },
          }),
        },
      ],
      [
        'POST',
        '/Groups',
        201,
        { as: 'temp', body: { schemas: [groupUrn], externalId: 'temp', displayName: 'Entra Temp' } },
      ],
      [
        'PATCH',
        '/Groups/{temp}',
        200,
        {
          body: changes({
            op: 'Add',
            path: 'members',
            value: [
              { $ref: null, value: '{hal}' },
              { $ref: null, value: '{gil}' },
            ],
          }),
        },
      ],
      [
        'PATCH',
        '/Groups/{hr}',
        200,
        { body: changes({ op: 'Add', path: 'members', value: [{ $ref: null, value: '{hal}' }] }) },
      ],
      ['PATCH', '/Users/{hal}', 200, { body: changes({ op: 'Replace', path: 'active', value: 'False' }) }],
      ['GET', '/Users/{hal}', 200, { has: { active: false, externalId: 'hal' } }],
      ['DELETE', '/Users/{hal}', 204],
      ['GET', '/Users/{hal}', 404, { has: { schemas: [errorUrn], status: '404' } }],
      ['GET', '/Users?filter=externalId%20eq%20%22hal%22', 200, { has: { totalResults: 0 } }],
      ['DELETE', '/Groups/{temp}', 204],
      ['GET', '/Groups/{temp}', 404],
      // The same person is created again: a new user, who is in no group.
      [
        'POST',
        '/Users',
        201,
        { as: 'back', body: person('entra.hal@example.org', 'Hal', 'H', { externalId: 'hal' }) },
      ],
      ['GET', '/Users/{back}', 200, { has: { active: true, groups: undefined } }],
    ],
    users: { 'entra.gil': 'disabled', 'entra.hal': 'active' },
    groups: { 'Entra People': [] },
  },
}

onBothEngines('life cycles of directories', (engine) => {
  let service: Service
  let admin: TestUser
  before(async () => {
    service = await engine.start()
    admin = await service.admin()
  })
  const rest = async (path: string) => (await service.call('GET', path, { as: admin.token })).body

  describe('in the order in which they are sent', () => {
    for (const [name, { steps, users, groups }] of Object.entries(sequences))
      it(name, async () => {
        const { body: made } = await service.call('POST', '/api-keys', {
          as: admin.token,
          body: { name, permissions: ['scim:read', 'scim:write'] },
        })
        const before = await present()
        const ids = new Map<string, string>()
        const filled = (text: string) => text.replace(/\{(\w+)\}/g, (whole, as) => ids.get(as) ?? whole)
        for (const [method, path, status, { as, body, has, bearer = made.secret } = {}] of steps) {
          const answer = await service.call(method, `/scim/v2${filled(path)}`, {
            as: bearer,
            headers: body ? { 'content-type': 'application/scim+json; charset=utf-8' } : {},
            ...(body && { body: filled(JSON.stringify(body)) }),
          })
          assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`)
          if (as) ids.set(as, answer.body.id)
          for (const [member, value] of Object.entries(has ?? {}))
            assert.deepEqual(answer.body[member], value, `${method} ${path}: ${member}`)
        }
        const after = await present()
        assert.deepEqual(after.users, { ...before.users, ...users })
        assert.deepEqual(after.groups, { ...before.groups, ...groups })
      })
  })

  const present = async () => {
    const all: { id: string; username: string; status: string }[] = await rest('/users?limit=200')
    const nameOf = new Map(all.map(({ id, username }) => [id, username]))
    const groups: Record<string, string[]> = {}
    for (const { id, name } of await rest('/groups?limit=200')) {
      const members: { user_id: string }[] = await rest(`/groups/${id}/members`)
      groups[name] = members.map(({ user_id }) => nameOf.get(user_id) ?? user_id).sort()
    }
    return { users: Object.fromEntries(all.map(({ username, status }) => [username, status])), groups }
  }
})
