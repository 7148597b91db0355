import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { detectFormat, fixture, formatNamed, formats, itemsOf, summary } from './test-formats.ts'

/** The users of a fixture, or of a text, and the results of the other rows. */
async function read(name: string, text: string, options = {}) {
  const items = await itemsOf(name, text, options)
  const users = items.flatMap((item) => ('user' in item ? [item.user] : []))
  return { users, rows: summary(items), items }
}

describe('detectFormat', () => {
  const names = readdirSync(join(import.meta.dirname, 'fixtures'))
  for (const name of names) {
    const expected = name === 'people.csv' ? 'csv' : name.split('-')[0]
    it(`takes ${name} for ${expected}, also when only its start is seen`, () => {
      const text = fixture(name)
      assert.equal(detectFormat(text)?.format.name, expected)
      assert.equal(detectFormat(text.slice(0, Math.ceil(text.length * 0.7)))?.format.name, expected)
    })
  }

  it('does not mind what other systems left in the metadata', () => {
    const metadata = {
      identities: [{ user_id: '1' }],
      localId: 'x',
      schemas: ['urn:ietf:params:scim:x'],
      realm: 'y',
    }
    const text = JSON.stringify({ username: 'a', email: 'a@example.com', metadata })
    assert.equal(detectFormat(text)?.format.name, 'roster')
    assert.equal(detectFormat(`[${text}]`)?.format.name, 'roster')
  })

  it('sees nothing in other files', () => {
    for (const text of ['', 'hello', '<html>', '{}', '[]', '{"a":1}', 'name,phone\nA,1', '# Title\n\ntext']) {
      assert.equal(detectFormat(text), undefined)
    }
  })

  it('is sure of a header with many columns, less of a single one', () => {
    assert.ok(detectFormat('email\na@example.com')!.confidence < detectFormat('email,name\n')!.confidence)
  })
})

describe('formatNamed', () => {
  it('knows its formats, and no other', () => {
    const names = [
      'roster',
      'csv',
      'keycloak',
      'auth0',
      'firebase',
      'supabase',
      'cognito',
      'clerk',
      'okta',
      'scim',
      'django',
      'wordpress',
      'laravel',
      'devise',
      'strapi',
      'pocketbase',
      'phpbb',
      'discourse',
      'drupal',
      'fusionauth',
      'ldif',
      'htpasswd',
      'shadow',
      'ghost',
      'zitadel',
      'phpmyadmin',
      'json',
      'sql',
    ]
    assert.deepEqual(
      formats.map((format) => format.name),
      names,
    )
    for (const name of names) assert.equal(formatNamed(name)?.name, name)
    assert.equal(formatNamed('toString'), undefined)
  })
})

describe('roster', () => {
  it('gives every member of our own export as it is', async () => {
    const text = fixture('roster-export.ndjson')
    const expected = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown)
    assert.deepEqual((await read('roster', text)).users, expected)
    assert.deepEqual((await read('roster', JSON.stringify(expected, null, 2))).users, expected)
  })

  it('names every member that does not fit, and shows none of their values', async () => {
    const record = {
      id: '7',
      username: 1,
      email_verified: 'true',
      roles: ['a', 1],
      metadata: [],
      status: 'gone',
      phone: '5',
      created_at: 'yesterday',
    }
    const [item] = await itemsOf('roster', JSON.stringify(record))
    assert.ok(item && 'fault' in item)
    assert.equal(item.fault.code, 'invalid_value')
    for (const name of Object.keys(record)) assert.match(item.fault.detail, new RegExp(`\\b${name} is not`))
    assert.doesNotMatch(item.fault.detail, /yesterday|gone/)
    assert.deepEqual(item.source, record)
  })

  it('takes a null for a value only where null is one', async () => {
    const { users } = await read(
      'roster',
      '{"username":null,"email":"a@example.com","first_name":null,"password_hash":null}',
    )
    assert.deepEqual(users, [{ email: 'a@example.com', first_name: null }])
  })
})

describe('csv', () => {
  it('knows columns under many names, and keeps the others as metadata', async () => {
    const { users } = await read('csv', fixture('people.csv'))
    assert.deepEqual(users, [
      {
        username: 'pia',
        email: 'pia@example.com',
        email_verified: true,
        first_name: 'Pia',
        last_name: 'Falk',
        status: 'active',
        roles: ['editor', 'viewer'],
        last_login_at: '2024-05-06T07:08:09.000Z',
        metadata: { plan: 'pro', address: { city: 'Lund' }, department: 'Ops' },
        totp_secret: 'GEZDGNBVGY3TQOJQ',
      },
    ])
  })

  it('takes an id that is a UUID for the id, and another for the external id', async () => {
    const uuid = '5B0B9C3E-0000-4000-8000-000000000001'
    const { users } = await read(
      'csv',
      `id,email,external_id\n${uuid},a@x,\n7,b@x,\n7,c@x,crm-1\n${uuid},d@x,crm-2`,
    )
    assert.deepEqual(users, [
      { id: uuid.toLowerCase(), email: 'a@x' },
      { email: 'b@x', external_id: '7' },
      { email: 'c@x', external_id: 'crm-1', metadata: { id: '7' } },
      { id: uuid.toLowerCase(), email: 'd@x', external_id: 'crm-2' },
    ])
  })

  it('splits roles at semicolons, bars, commas and blanks', async () => {
    const { users } = await read('csv', 'email,roles\na@x,a;b\na@x,a|b\na@x,a b\na@x,"a, b,a"')
    assert.deepEqual(
      users.map((user) => user.roles),
      [
        ['a', 'b'],
        ['a', 'b'],
        ['a', 'b'],
        ['a', 'b'],
      ],
    )
  })

  it('reads the status in words and in flags', async () => {
    const statusOf = async (column: string, cell: string) =>
      (await read('csv', `email,${column}\na@x,${cell}`)).users.map((user) => user.status)
    for (const [column, cell] of [
      ['status', 'Blocked'],
      ['disabled', 'TRUE'],
      ['enabled', '0'],
      ['is_active', 'no'],
    ] as const)
      assert.deepEqual(await statusOf(column, cell), ['disabled'])
    for (const [column, cell] of [
      ['status', 'ACTIVE'],
      ['disabled', 'false'],
      ['enabled', '1'],
    ] as const)
      assert.deepEqual(await statusOf(column, cell), ['active'])
    assert.deepEqual(await statusOf('status', ''), [undefined])
  })

  it('takes a username that is an address for the e-mail address of a user who has no other', async () => {
    const { users } = await read(
      'csv',
      'username,email\nA@X,a@x\nother@x,a@x\nunknown@x.example,\n"multi\nline",a@x',
    )
    assert.deepEqual(users, [
      { email: 'a@x' },
      { username: 'other@x', email: 'a@x' },
      { email: 'unknown@x.example' },
      { username: 'multi\nline', email: 'a@x' },
    ])
  })

  it('makes faults of values that cannot be read', async () => {
    const { rows, items } = await read(
      'csv',
      'email,created_at,email_verified,status,metadata\na@x,yesterday,,,\na@x,,perhaps,,\na@x,,,dancing,\na@x,,,,{"a"\na@x,,,,{}',
    )
    assert.deepEqual(rows, [
      '2 invalid_value',
      '3 invalid_value',
      '4 invalid_value',
      '5 invalid_value',
      '6 user',
    ])
    const details = items.map((item) => ('fault' in item ? item.fault.detail : undefined))
    assert.deepEqual(details.slice(0, 4), [
      'created_at is not a date and time.',
      'email_verified is neither true nor false.',
      'status is neither active nor disabled.',
      'metadata is not an object.',
    ])
  })

  it('keeps a second column for the same field, and columns of the same name', async () => {
    const { users } = await read('csv', 'email,mail,x,x,,__proto__\na@x,b@x,1,2,3,4')
    assert.deepEqual(users, [{ email: 'a@x', metadata: { mail: 'b@x', x: '1', x_2: '2', column_5: '3' } }])
  })

  it("leaves a ' alone that is not of our own export", async () => {
    const { users } = await read('csv', "email,first_name,last_name\na@x,'=1,'Arc")
    assert.deepEqual(users, [{ email: 'a@x', first_name: "'=1", last_name: "'Arc" }])
  })

  it('takes plain passwords as they are, blanks included', async () => {
    const { users } = await read('csv', 'email,password\n a@x , two words ')
    assert.deepEqual(users, [{ email: 'a@x', password: ' two words ' }])
  })
})
