import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Case, describeCases, sendRaw } from './table.ts'

const invalid = { status: 400, code: 'invalid_input' } as const

/** The same fault of a field in each of the requests that write it. */
function refused(name: string, field: string, value: unknown, fault?: string): Case[] {
  const base = { username: 'mallory', email: 'mallory@example.com' }
  return ['POST /users', 'PUT /users/{user}', 'PATCH /users/{user}'].map((to) => ({
    name: `${name} to ${to}`,
    to,
    as: 'admin' as const,
    body: to.startsWith('PATCH') ? { [field]: value } : { ...base, [field]: value },
    ...invalid,
    ...(fault && { faults: [`/${field} ${fault}`] }),
  }))
}

const textFields = ['username', 'email', 'first_name', 'last_name', 'external_id']
const nul: Case[] = [
  ...textFields.flatMap((field) => refused(`a NUL in ${field}`, field, 'a\u0000b@x.io')),
  ...refused('a NUL in metadata', 'metadata', { a: 'a\u0000b' }),
  ...refused('a NUL in a name of metadata', 'metadata', { 'a\u0000b': 1 }),
  ...textFields.map((field) => ({
    name: `half a surrogate pair in ${field}`,
    to: 'PATCH /users/{user}',
    as: 'admin' as const,
    body: `{"${field}":"a\\ud800b@x.io"}`,
    ...invalid,
  })),
  ...['q', 'username', 'email', 'external_id', 'role'].map((name) => ({
    name: `a NUL in the query parameter ${name}`,
    to: `GET /users?${name}=a%00b`,
    as: 'admin' as const,
    status: 400,
    code: 'invalid_parameter',
  })),
  ...['%ff', '%ed%a0%80', '%c3%28', '%'].map((text) => ({
    name: `${text} in a query`,
    to: `GET /users?q=${text}`,
    as: 'admin' as const,
    status: 400,
    code: 'invalid_parameter',
  })),
  {
    name: 'a NUL in a filter',
    to: `GET /users?filter=${encodeURIComponent('username eq "a\\u0000b"')}`,
    as: 'admin',
    status: 400,
    code: 'invalid_filter',
  },
  {
    name: 'a NUL at sign-in',
    to: 'POST /auth/login',
    body: { username: 'a\u0000b', password: 'a\u0000b' },
    ...invalid,
  },
]

const controls = ['\u0001', '\t', '\n', '\r', '\u001b[31m', '\u007f', '\u0085', '\u009b'].flatMap((control) =>
  ['username', 'email', 'first_name', 'last_name', 'external_id'].flatMap((field) =>
    refused(
      `U+${control.codePointAt(0)!.toString(16).padStart(4, '0')} in ${field}`,
      field,
      `a${control}b@x.io`,
    ),
  ),
)

const taken: Case[] = [
  ...['bob', 'BOB', 'Bob', 'ｂｏｂ', 'bo\u{1d41b}'].map((username) => ({
    name: `the username ${username} while bob exists`,
    to: 'POST /users',
    as: 'admin' as const,
    body: { username, email: 'other@example.com' },
    status: 409,
    code: 'username_taken',
  })),
  ...['bob@example.com', 'BOB@EXAMPLE.COM', 'bob@ｅxample.com'].map((email) => ({
    name: `the address ${email} while bob@example.com exists`,
    to: 'POST /users',
    as: 'admin' as const,
    body: { username: 'other', email },
    status: 409,
    code: 'email_taken',
  })),
  {
    name: 'the username of the administrator in a patch',
    to: 'PATCH /users/{user}',
    as: 'admin',
    body: { username: 'ADMIN' },
    status: 409,
    code: 'username_taken',
  },
]

const emails = [
  'victim\uff20x.io',
  'a@b@c.io',
  'a@b\uff20c.io',
  'plain',
  '@x.io',
  'a@',
  'a@x..io',
  'a@-x.io',
  'a@x.io.',
  'a@[127.0.0.1]',
  'a@127.0.0.1',
  'a b@x.io',
  '"a b"@x.io',
  'a@x.io, b@y.io',
  'A <a@x.io>',
  'a@x.io\r\nBcc: b@y.io',
  `${'a'.repeat(65)}@x.io`,
  `a@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(63)}.${'e'.repeat(62)}`,
  `a@${'b'.repeat(64)}.io`,
].flatMap((email) => refused(`${JSON.stringify(email).slice(0, 60)} (${email.length})`, 'email', email))

const usernames = (
  [
    'x'.repeat(65),
    '\u{1d41b}'.repeat(65),
    'x'.repeat(30_000),
    '   ',
    '',
    'bob\u00a0two',
    '\u200bbob2',
    '\u3164',
    'bob\u202e2',
    '018f5c3a-7b1e-7cc0-8a1b-0123456789ab',
    '018F5C3A7B1E7CC08A1B0123456789AB',
    'admin@example.com',
    'a/b',
    'a?b',
    '<script>',
    'me',
    'ME',
    'import',
    'export',
    'Ｅxport',
    '.',
    '..',
  ] as const
).flatMap((username) =>
  refused(`the username ${JSON.stringify(username).slice(0, 45)} (${username.length})`, 'username', username),
)

const reserved: Case[] = [
  'admin',
  'Administrator',
  'root',
  'ROOT',
  'system',
  'me',
  'import',
  'export',
  '.',
  '..',
].map((username) => ({
  name: `the username ${username} at sign-up`,
  to: 'POST /users',
  body: { username, email: 'mallory@example.com', password: 'correct horse battery' },
  ...invalid,
  faults: ['/username username_reserved'],
}))

const keptByAdmins: Case[] = ['root', 'administrator', 'system'].map((username) => ({
  name: `the username ${username} by an administrator`,
  to: 'POST /users',
  as: 'admin' as const,
  body: { username, email: `${username}@example.com` },
  status: 201,
}))

const basicNul = Buffer.from('a\u0000b:correct horse battery').toString('base64')

describeCases(
  'strings, Unicode, identifiers',
  [
    ...nul,
    ...controls,
    ...taken,
    ...emails,
    ...usernames,
    ...reserved,
    ...keptByAdmins,
    {
      name: 'a NUL in Basic credentials',
      raw: `GET /users/me HTTP/1.1\r\nHost: a\r\nAuthorization: Basic ${basicNul}\r\n\r\n`,
      status: 401,
      code: 'invalid_credentials',
    },
    ...(
      [
        ['%00', 400],
        ['a%00b', 400],
        ['%0d%0aX-Evil:1', 400],
        ['%2e%2e', 400],
        ['%ff', 400],
        ["1'%20or%20'1'='1", 404],
        ['%C3%BC', 404],
        ['0', 404],
      ] as const
    ).map(([id, status]) => ({
      name: `the path /users/${id}`,
      raw: `GET /users/${id} HTTP/1.1\r\nHost: a\r\nAuthorization: {basic}\r\n\r\n`,
      status,
      code: status === 404 ? 'not_found' : 'bad_request',
    })),
  ],
  (setting) => {
    const create = (fields: Record<string, unknown>) =>
      setting.service.call('POST', '/users', { as: setting.admin.token, body: fields })

    describe('beyond the table', () => {
      it('a domain and its xn-- form are the same', async () => {
        assert.equal((await create({ username: 'idn-1', email: 'a@ü.de' })).status, 201)
        for (const email of ['a@xn--tda.de', 'A@XN--TDA.DE', 'a@u\u0308.de', 'a@Ü.de']) {
          const { status, body } = await create({ username: 'idn-2', email })
          assert.deepEqual([status, body.code], [409, 'email_taken'], email)
        }
        const { body } = await setting.service.call('GET', '/users?email=a@xn--tda.de', {
          as: setting.admin.token,
        })
        assert.deepEqual([body.length, body[0].email], [1, 'a@ü.de'])
      })

      it('201 for a local part of 64 and an address of 254', async () => {
        const domain = `${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(59)}.io`
        const longest = `${'a'.repeat(254 - domain.length - 1)}@${domain}`
        assert.equal(longest.length, 254)
        assert.equal((await create({ username: 'long-1', email: `${'a'.repeat(64)}@x.io` })).status, 201)
        assert.equal((await create({ username: 'long-2', email: longest })).status, 201)
      })

      it('201 for 64 code points of two UTF-16 units each', async () => {
        const username = '\u{10450}'.repeat(64)
        const { status, body } = await create({ username, email: 'deseret@example.com' })
        assert.deepEqual([status, body.username], [201, username])
      })

      it('a username that is digits is never taken for an id', async () => {
        assert.equal((await create({ username: '12345', email: 'digits@example.com' })).status, 201)
        const answer = await setting.service.call('GET', '/users/12345', { as: setting.admin.token })
        assert.deepEqual([answer.status, answer.body.code], [404, 'not_found'])
      })

      it('emoji and astral characters come back byte for byte', async () => {
        for (const [at, first_name] of [
          '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}',
          '\u{1f600}'.repeat(64),
          '\u{20000}\u{1d11e}',
        ].entries()) {
          const { status, body } = await create({
            username: `emoji-${at}`,
            email: `emoji-${at}@example.com`,
            first_name,
          })
          assert.equal(status, 201)
          const read = await setting.service.call('GET', `/users/${body.id}`, { as: setting.admin.token })
          assert.equal(read.body.first_name, first_name)
        }
      })

      it('names are stored in Unicode NFC', async () => {
        const { status, body } = await create({
          username: 'decomposed',
          email: 'decomposed@example.com',
          first_name: 'e\u0301 é',
        })
        assert.deepEqual([status, body.first_name], [201, 'é é'])
      })

      it('the service answers, and its log has no unhandled rejection', async () => {
        assert.equal(
          (await sendRaw(setting.service.url, 'GET /health/ready HTTP/1.1\r\nHost: a\r\n\r\n')).status,
          200,
        )
        const lines = setting.service
          .logs()
          .filter((line) => /unhandled|uncaught/i.test(JSON.stringify(line)))
        assert.deepEqual(lines, [])
      })
    })
  },
)
