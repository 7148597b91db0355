import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { type Case, cheaply, describeCases, type Setting } from './table.ts'

function refused(code: string, queries: readonly string[], path = '/users'): Case[] {
  return queries.map((query) => ({
    name: `${path}?${query.slice(0, 70)} (${query.length})`,
    to: `GET ${path}?${query}`,
    as: 'admin' as const,
    status: 400,
    code,
  }))
}

const encoded = (name: string, values: readonly string[]) =>
  values.map((value) => `${name}=${encodeURIComponent(value)}`)
const invalid = 'invalid_parameter'
const limits = [
  '0',
  '-1',
  '201',
  '1e3',
  '0x10',
  '1.5',
  'abc',
  '',
  ' ',
  '+1',
  '01',
  '9223372036854775808',
  'Infinity',
]
const sorts = [
  'name;drop table users',
  '(select password_hash from users)',
  'password_hash',
  'email desc',
  'email,username',
  '--email',
  '+email',
  'EMAIL',
  'id',
  'seq',
  '',
  "email'--",
]
const instants = [
  'infinity',
  '-infinity',
  'now',
  '99999-01-01',
  '99999-01-01T00:00:00Z',
  '2026-02-30',
  '2026-02-30T00:00:00Z',
  '2026-01-01',
  '2026-01-01T00:00:00',
  '2026-01-01 00:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-01-01T25:00:00Z',
  '2026-01-01T00:00:00+99:00',
  '1767225600',
  '1767225600000',
  '',
]
const filters = [
  `${'('.repeat(1_000)}username eq "a"${')'.repeat(1_000)}`.slice(0, 1_900),
  `${'('.repeat(11)}username eq "a"${')'.repeat(11)}`,
  `${'not ('.repeat(11)}username eq "a"${')'.repeat(11)}`,
  Array(51).fill('username eq "a"').join(' and '),
  Array(51).fill('username eq "a"').join(' or '),
  'x'.repeat(2_001),
  'id in ("a","b")',
  `id in (${Array.from({ length: 150 }, (_, at) => `"${at}"`).join(',')})`,
  'username matches "(a+)+$"',
  'username regex ".*"',
  'username ~ "a"',
  'username like "a%"',
  'password eq "a"',
  'password_hash sw "$argon2"',
  'search_text co "a"',
  'username eq "a"; drop table users',
  'username eq "a" or 1 eq 1',
  "username eq 'a'",
  'username eq',
  'username',
  'and',
  'username eq "a" and',
  'username eq "a" username eq "b"',
  '(username eq "a"',
  'username eq "a")',
  'username gt 5',
  'email_verified eq "true"',
  'created_at gt "yesterday"',
  'created_at gt "2026-02-30T00:00:00Z"',
  'metadata eq "a"',
  'metadata. eq "a"',
  'metadata.a.b.c.d.e.f eq "a"',
  'username eq "\\ud800"',
  'username eq "a\\u0000"',
]

const mangled: Case[] = [
  ...refused('invalid_cursor', [
    'cursor=AAAA',
    `cursor=${'A'.repeat(1_100)}`,
    'cursor=%27%20or%201%3D1--',
    `cursor=${Buffer.from('["n","2026-01-01T00:00:00.000Z","x"]').toString('base64url')}`,
  ]),
  ...refused('invalid_cursor', ['cursor=AAAA'], '/audit-events'),
  ...refused('invalid_cursor', ['cursor=AAAA'], '/api-keys'),
  {
    name: 'a cursor of 10 KB',
    to: `GET /users?cursor=${'A'.repeat(10_000)}`,
    as: 'admin',
    status: 414,
    code: 'uri_too_long',
  },
]

/** The cursor of the next page, and its list. */
async function nextOf({ service, admin }: Setting, query: string): Promise<string> {
  const { headers } = await service.call('GET', `/users?${query}`, { as: admin.token })
  const link = /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1]
  return new URL(link ?? '/', 'http://x').searchParams.get('cursor') ?? ''
}

describeCases(
  'lists',
  [
    ...refused(invalid, [`q=${'%25'.repeat(500)}`, `q=${'_a'.repeat(1_000)}`, `q=${'a'.repeat(101)}`, 'q=']),
    {
      name: 'a search of 5,000 percent signs',
      to: `GET /users?q=${'%25'.repeat(5_000)}`,
      as: 'admin',
      status: 414,
      code: 'uri_too_long',
    },
    {
      name: 'a filter for 5,000 ids',
      to: `GET /users?filter=${encodeURIComponent(`id in (${Array.from({ length: 5_000 }, (_, at) => `"${at}"`).join(',')})`)}`,
      as: 'admin',
      status: 414,
      code: 'uri_too_long',
    },
    ...refused(invalid, [...encoded('sort', sorts), 'order=asc,1', 'order=asc', 'sort=email&sort=username']),
    ...['/users', '/audit-events', '/api-keys'].flatMap((path) =>
      refused(invalid, encoded('limit', limits), path),
    ),
    ...refused(invalid, [
      'limit=10&limit=1000',
      'q[]=a',
      'q[a]=b',
      'q=a&q=b',
      'username=a&%75sername=b',
      'filter=id%20pr&filter=id%20pr',
    ]),
    ...refused(invalid, [
      'limt=10',
      'offset=5',
      'page=2',
      'Limit=5',
      '__proto__=x',
      'constructor=x',
      'count=yes',
      'fields=password',
      'fields=',
      'deleted=1',
      'email_verified=yes',
      'status=gone',
    ]),
    ...refused(invalid, ['x=1', 'limt=1'], '/roles'),
    ...refused(invalid, ['x=1'], '/users/{user}'),
    ...refused(invalid, [...encoded('created_after', instants), ...encoded('created_before', instants)]),
    ...refused(invalid, [...encoded('after', instants), ...encoded('before', instants)], '/audit-events'),
    ...refused(
      'invalid_filter',
      encoded(
        'filter',
        filters.filter((text) => text.length <= 2_000),
      ),
    ),
    ...refused(
      invalid,
      encoded(
        'filter',
        filters.filter((text) => text.length > 2_000),
      ),
    ),
    ...mangled,
  ],
  (setting) => {
    describe('beyond the table', () => {
      it('wildcards are letters like any other', async () => {
        const names = ['100%', 'under_score', 'back\\slash', 'plain', '%25', 'a*b', "o'hara"]
        for (const [at, first_name] of names.entries())
          await setting.service.call('POST', '/users', {
            as: setting.admin.token,
            body: { username: `wild${at}`, email: `wild${at}@wild.example`, first_name },
          })
        const find = async (q: string) => {
          const { status, body } = await setting.service.call(
            'GET',
            `/users?q=${encodeURIComponent(q)}&sort=username`,
            { as: setting.admin.token },
          )
          assert.equal(status, 200)
          return body.map((user: { first_name: string }) => user.first_name)
        }
        assert.deepEqual(await find('%'), ['100%', '%25'])
        assert.deepEqual(await find('_'), ['under_score'])
        assert.deepEqual(await find('k\\'), ['back\\slash'])
        assert.deepEqual(await find('\\'), ['back\\slash'])
        assert.deepEqual(await find('%25'), ['%25'])
        assert.deepEqual(await find('%%'), [])
        assert.deepEqual(await find('a*b'), ['a*b'])
        assert.deepEqual(await find("o'h"), ["o'hara"])
        assert.deepEqual(await find('u_d'), [])
      })

      it('each word of the search is a part of some field, in any order and case', async () => {
        const people = [
          { username: 'aoneil', email: 'ann@words.example', first_name: 'Ann', last_name: "O'Neil" },
          { username: 'annb', email: 'b@words.example', first_name: 'Ann', last_name: 'Boyd' },
        ]
        for (const body of people)
          await setting.service.call('POST', '/users', { as: setting.admin.token, body })
        const find = async (q: string) => {
          const { body } = await setting.service.call(
            'GET',
            `/users?${new URLSearchParams({ q })}&sort=username`,
            {
              as: setting.admin.token,
            },
          )
          return body.map((user: { username: string }) => user.username)
        }
        assert.deepEqual(await find("ann o'neil"), ['aoneil'])
        assert.deepEqual(await find("  O'NEIL   an  "), ['aoneil'])
        assert.deepEqual(await find('ann words.example'), ['annb', 'aoneil'])
        assert.deepEqual(await find('ann smith'), [])
        assert.deepEqual(await find('n yd'), ['annb'])
        const { status, body } = await setting.service.call('GET', '/users?q=%20', {
          as: setting.admin.token,
        })
        assert.deepEqual([status, body.length > 2], [200, true])
      })

      it('a cursor is valid only for its list, filter, order and caller, and only unchanged', async () => {
        const { service, admin } = setting
        const cursor = await nextOf(setting, 'limit=1&sort=username')
        assert.ok(cursor)
        const status = async (query: string, as = admin.token, path = '/users') => {
          const answer = await service.call('GET', `${path}?${query}`, { as })
          if (answer.status >= 400) assert.equal(answer.body.code, 'invalid_cursor')
          return answer.status
        }
        assert.equal(await status(`limit=1&sort=username&cursor=${cursor}`), 200)
        assert.equal(await status(`sort=-username&cursor=${cursor}`), 400)
        assert.equal(await status(`sort=email&cursor=${cursor}`), 400)
        assert.equal(await status(`cursor=${cursor}`), 400)
        assert.equal(await status(`sort=username&q=a&cursor=${cursor}`), 400)
        assert.equal(await status(`cursor=${cursor}`, admin.token, '/audit-events'), 400)
        const other = await service.createUser({ roles: ['admin', 'user'] })
        assert.equal(await status(`sort=username&cursor=${cursor}`, other.token), 400)
        for (let at = 0; at < cursor.length; at += 1) {
          const letter = cursor[at] === 'A' ? 'B' : 'A'
          const flipped = cursor.slice(0, at) + letter + cursor.slice(at + 1)
          assert.equal(await status(`sort=username&cursor=${flipped}`), 400)
        }
        for (const cut of [0, 1, 10, 21, 22, 30]) {
          if (cut > 0) assert.equal(await status(`sort=username&cursor=${cursor.slice(0, cut)}`), 400)
          assert.equal(await status(`sort=username&cursor=${cursor.slice(0, -1 - cut)}`), 400)
        }
      })

      it('a cursor that was signed with another key is refused', async () => {
        const other = await setting.engine.start({
          ROSTER_SECRET_KEY: randomBytes(32).toString('base64'),
        })
        const admin = await other.admin()
        await other.createUser()
        const cursor = await nextOf({ ...setting, service: other, admin }, 'limit=1&sort=username')
        assert.ok(cursor)
        const { status, body } = await setting.service.call(
          'GET',
          `/users?limit=1&sort=username&cursor=${cursor}`,
          { as: setting.admin.token },
        )
        assert.deepEqual([status, body.code], [400, 'invalid_cursor'])
      })

      it('filters that are deep, long or broken are refused at little cost', async () => {
        for (const filter of filters) {
          const path = `/users?filter=${encodeURIComponent(filter)}`
          const answer = await cheaply(500, () =>
            setting.service.call('GET', path, { as: setting.admin.token }),
          )
          assert.equal(answer.status, 400)
        }
      })

      it('a filter of 50 expressions, ten deep, is answered', async () => {
        const filter = `${'('.repeat(9)}${Array(50).fill('username eq "bob"').join(' or ')}${')'.repeat(9)}`
        const { status, body } = await setting.service.call(
          'GET',
          `/users?filter=${encodeURIComponent(filter)}`,
          {
            as: setting.admin.token,
          },
        )
        assert.deepEqual([status, body.length], [200, 1])
      })

      it('a list without count=exact does not count', async () => {
        const { headers } = await setting.service.call('GET', '/users', { as: setting.admin.token })
        assert.equal(headers.get('x-total-count'), null)
        const counted = await setting.service.call('GET', '/users?count=exact&limit=1', {
          as: setting.admin.token,
        })
        assert.match(counted.headers.get('x-total-count') ?? '', /^\d+$/)
      })

      it('formulas in an export are plain text, and come back as they were', async () => {
        const { service, admin } = setting
        const names = ['=1+1', '+1', '-1', '@sum', 'a"b', "it's", 'a,b', "'=x"]
        for (const [at, last_name] of names.entries())
          await service.call('POST', '/users', {
            as: admin.token,
            body: { username: `csv${at}`, email: `csv${at}@csv.example`, last_name },
          })
        const csv = await service.call('GET', '/users/export?q=csv.example', {
          as: admin.token,
          headers: { accept: 'text/csv' },
        })
        assert.equal(csv.status, 200)
        assert.doesNotMatch(csv.text, /(^|,)"?([=+@\t-]|\r(?!\n))/m)
        const again = await service.call('POST', '/users/import?mode=upsert', {
          as: admin.token,
          headers: { 'content-type': 'text/csv' },
          body: csv.text,
        })
        assert.equal(again.status, 200)
        const { body } = await service.call('GET', '/users?q=csv.example&sort=username', { as: admin.token })
        assert.deepEqual(
          body.map((user: { last_name: string }) => user.last_name),
          names,
        )
      })
    })
  },
)
