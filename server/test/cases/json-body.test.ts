import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  assertProblem,
  assertRefusals,
  type Case,
  cheaply,
  describeCases,
  faultsOf,
  sendRaw,
  unchangedBy,
} from './table.ts'

const malformed = { status: 400, code: 'malformed_json' } as const
const invalid = { status: 400, code: 'invalid_input' } as const
const base = { username: 'mallory', email: 'mallory@example.com' }

const writes = ['POST /users', 'PUT /users/{user}', 'PATCH /users/{user}', 'POST /roles', 'POST /auth/login']

const broken: Case[] = (
  [
    ['half an object', '{"email":'],
    ['a trailing comma', '{"username":"a",}'],
    ['single quotes', "{'username':'a'}"],
    ['a comment', '{"username":"a"/**/}'],
    ['NaN', '{"metadata":{"a":NaN}}'],
    ['two values', '{}{}'],
    ['a name given twice', '{"username":"a","username":"b"}'],
    ['a name given twice in two spellings', '{"email":"a@b.de","\\u0065mail":"b@b.de"}'],
    ['a byte order mark', '\ufeff{"username":"a"}'],
    ['nothing', ''],
    ['spaces only', '  \n '],
    ['100 levels of arrays', `{"metadata":{"a":${'['.repeat(100)}${']'.repeat(100)}}}`],
    ['30,000 levels of arrays', `{"a":${'['.repeat(30_000)}${']'.repeat(30_000)}}`],
    ['5,000 members', `{${Array.from({ length: 5_000 }, (_, at) => `"k${at}":1`).join(',')}}`],
  ] as const
).flatMap(([name, body]) =>
  writes.map((to) => ({ name: `${name} to ${to}`, to, as: 'admin' as const, body, ...malformed })),
)

const notObjects: Case[] = ['[]', '[{}]', '"x"', 'null', '123', 'true'].flatMap((body) =>
  writes.map((to) => ({
    name: `${body} to ${to}`,
    to,
    as: 'admin' as const,
    body,
    ...invalid,
    faults: [' invalid_type'],
  })),
)

const wrongTypes: Case[] = (
  [
    ['username', [['a'], null, 5, { $ne: null }, true]],
    ['email', [['a@b.de'], null, 5, { $gt: '' }, false]],
    ['first_name', [['a'], 5, {}, true]],
    ['external_id', [['a'], 5, {}, false]],
    ['email_verified', ['false', 0, 1, 'true', [], {}]],
    ['status', [true, 0, 'Active', 'gone', '', ['active'], {}]],
    ['roles', ['admin', { 0: 'admin' }, [5], [null], [['admin']], 1]],
    ['metadata', ['{}', [], 5, true]],
  ] as const
).flatMap(([field, values]) =>
  values.flatMap((value) =>
    ['POST /users', 'PUT /users/{user}', 'PATCH /users/{user}'].map((to) => ({
      name: `${field} ${JSON.stringify(value)} to ${to}`,
      to,
      as: 'admin' as const,
      body: to.startsWith('PATCH') ? { [field]: value } : { ...base, [field]: value },
      ...invalid,
    })),
  ),
)

const signInTypes: Case[] = [
  { username: ['admin'], password: 'x' },
  { username: { $ne: null }, password: { $ne: null } },
  { username: 'admin', password: ['correct horse battery'] },
  { username: 'admin', password: null },
  { username: 'admin' },
  {},
].map((body) => ({
  name: `${JSON.stringify(body)} to login`,
  to: 'POST /auth/login',
  body,
  ...invalid,
}))

const unknownFields: Case[] = [
  'isRoot',
  'id',
  'created_at',
  'password_hash',
  'Username',
  'user_name',
  'toString',
  'hasOwnProperty',
  'length',
  '',
].flatMap((name) =>
  ['POST /users', 'PUT /users/{user}', 'PATCH /users/{user}'].map((to) => ({
    name: `${JSON.stringify(name)} to ${to}`,
    to,
    as: 'admin' as const,
    body: { ...base, [name]: true },
    ...invalid,
    faults: [`/${name} unknown_field`],
  })),
)

const pollution: Case[] = [
  '{"__proto__":{"role":"admin"}}',
  '{"constructor":{"prototype":{"role":"admin"}}}',
  '{"metadata":{"__proto__":{"role":"admin"}}}',
  '{"metadata":{"a":{"constructor":{"prototype":{"role":"admin"}}}}}',
  '{"\\u005f_proto__":{"role":"admin"}}',
].flatMap((body) =>
  ['POST /users', 'PATCH /users/{user}', 'PUT /users/{user}'].map((to) => ({
    name: `${body} to ${to}`,
    to,
    as: 'admin' as const,
    body: to.startsWith('PATCH')
      ? body
      : body.replace('{', '{"username":"mallory","email":"mallory@example.com",'),
    ...invalid,
  })),
)

const required: Case[] = (
  [
    ['email', 'required'],
    ['username', 'invalid_type'],
  ] as const
).flatMap(([field, code]) =>
  ['application/merge-patch+json', 'application/json'].map((type) => ({
    name: `${field} null as ${type}`,
    to: 'PATCH /users/{user}',
    as: 'admin' as const,
    headers: { 'content-type': type },
    body: { [field]: null },
    ...invalid,
    faults: [`/${field} ${code}`],
  })),
)

/** An object of exactly this many bytes of compact JSON, and this many levels. */
function metadataOf(bytes: number, depth = 1): Record<string, unknown> {
  const open = '{"a":'.repeat(depth - 1)
  const close = '}'.repeat(depth - 1)
  const empty = `${open}{"f":""}${close}`
  return JSON.parse(`${open}{"f":"${'x'.repeat(bytes - empty.length)}"}${close}`) as Record<string, unknown>
}

describeCases(
  'JSON body and types',
  [
    ...broken,
    ...notObjects,
    ...wrongTypes,
    ...signInTypes,
    ...unknownFields,
    ...pollution,
    ...required,
    {
      name: 'metadata of 16 KiB and a byte',
      to: 'PATCH /users/{user}',
      as: 'admin',
      body: { metadata: metadataOf(16 * 1024 + 1) },
      ...invalid,
      faults: ['/metadata too_long'],
    },
    {
      name: 'metadata of 17 levels',
      to: 'PATCH /users/{user}',
      as: 'admin',
      body: { metadata: metadataOf(200, 17) },
      ...malformed,
    },
  ],
  (setting) => {
    describe('beyond the table', () => {
      it('the pointer of a body that is no object is empty', async () => {
        const { body } = await setting.service.call('POST', '/users', { body: '[]' })
        assert.equal(body.errors[0].pointer, '')
      })

      it('the process is not polluted', () => {
        assert.equal(({} as { role?: string }).role, undefined)
      })

      it('400 for a body that is not UTF-8', async () => {
        const body = Buffer.concat([
          Buffer.from('{"username":"'),
          Buffer.from([0xc3, 0x28]),
          Buffer.from('","email":"x@y.de"}'),
        ])
        const head = `POST /users HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`
        const answer = await sendRaw(setting.service.url, Buffer.concat([Buffer.from(head), body]))
        assert.deepEqual([answer.status, answer.body.code], [400, 'malformed_json'])
        assertProblem(answer)
      })

      it('100,000 members are refused, and quickly', async () => {
        const body = `{${Array.from({ length: 100_000 }, (_, at) => `"k${at}":1`).join(',')}}`
        const answer = await unchangedBy(setting, 413, () =>
          cheaply(500, () => setting.service.call('POST', '/users', { body })),
        )
        assert.deepEqual([answer.status, answer.body.code], [413, 'body_too_large'])
        assertRefusals([answer])
      })

      it('a body full of members, levels or long numbers costs little', async () => {
        const bodies = [
          `{${Array.from({ length: 6_000 }, (_, at) => `"k${at}":1`).join(',')}}`,
          `{"metadata":{"a":${'['.repeat(32_000)}${']'.repeat(32_000)}}}`,
          `{"metadata":{"a":${'1'.repeat(65_000)}}}`,
          `{"username":"${'\\u0041'.repeat(10_000)}"}`,
          `{"${'a'.repeat(65_000)}":1}`,
        ]
        for (const body of bodies) {
          assert.ok(body.length <= 64 * 1024)
          const answer = await unchangedBy(setting, 400, () =>
            cheaply(500, () => setting.service.call('POST', '/users', { as: setting.admin.token, body })),
          )
          assert.equal(answer.status, 400, body.slice(0, 40))
          assertRefusals([answer])
        }
      })

      it('400 with at most 50 faults in 16 KB, whatever is wrong', async () => {
        const many = Array.from({ length: 3_000 }, (_, at) => at)
        const bodies = [
          { ...base, roles: many },
          { ...base, ...Object.fromEntries(many.slice(0, 400).map((at) => [`${'k'.repeat(100)}${at}`, at])) },
          { ...base, roles: many.slice(0, 50).map((at) => `${'r'.repeat(60)}${at}`) },
        ]
        for (const body of bodies) {
          const answer = await cheaply(500, () =>
            setting.service.call('POST', '/users', { as: setting.admin.token, body }),
          )
          assert.deepEqual([answer.status, answer.body.code], [400, 'invalid_input'])
          assert.ok(answer.body.errors.length <= 50)
          assert.ok(Buffer.byteLength(answer.text) <= 16 * 1024, `${Buffer.byteLength(answer.text)} bytes`)
        }
      })

      it('201 for metadata of exactly 16 KiB, and of 16 levels; the answer has it unchanged', async () => {
        for (const metadata of [metadataOf(16 * 1024), metadataOf(300, 16)]) {
          const username = `big-${Object.keys(metadata)[0]}`
          const { status, body } = await setting.service.call('POST', '/users', {
            as: setting.admin.token,
            body: { username, email: `${username}@example.com`, metadata },
          })
          assert.equal(status, 201)
          assert.deepEqual(body.metadata, metadata)
        }
      })

      it('an empty patch changes neither the ETag nor the audit', async () => {
        const { service, admin, user } = setting
        const events = async () =>
          (
            await service.call('GET', `/audit-events?target=${user.id}&type=user.updated`, {
              as: admin.token,
            })
          ).body.length
        const [before, count] = [
          await service.call('GET', `/users/${user.id}`, { as: admin.token }),
          await events(),
        ]
        for (const body of [{}, { username: 'bob' }, { metadata: {} }, { metadata: { gone: null } }]) {
          const { status, headers } = await service.call('PATCH', `/users/${user.id}`, {
            as: admin.token,
            body,
          })
          assert.deepEqual([status, headers.get('etag')], [200, before.headers.get('etag')])
        }
        assert.equal(await events(), count)
      })

      it('one answer names every fault of a body', async () => {
        const { body } = await setting.service.call('POST', '/users', {
          as: setting.admin.token,
          body: { username: 5, email: null, roles: 'x', extra: 1 },
        })
        assert.deepEqual(faultsOf(body).sort(), [
          '/email required',
          '/extra unknown_field',
          '/roles invalid_type',
          '/username invalid_type',
        ])
      })
    })
  },
)
