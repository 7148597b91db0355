import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { verifyHash } from '../../../passwords/hashes/index.ts'
import { detectFormat, fixture, itemsOf, summary } from '../test-formats.ts'

/** The users of a fixture, read in the recognised format. */
async function read(name: string) {
  const text = fixture(name)
  const format = detectFormat(text)?.format.name ?? ''
  const items = await itemsOf(format, text)
  return { users: items.flatMap((item) => ('user' in item ? [item.user] : [])), rows: summary(items) }
}

const password = 'plums on the sill 7'

/** The users of a fixture without their hashes, and the passwords of users who have one. */
async function assertUsers(name: string, expected: object[], passwords: (string | null)[]) {
  const { users } = await read(name)
  assert.deepEqual(
    users.map(({ password_hash: _, ...user }) => user),
    expected,
  )
  for (const [index, typed] of passwords.entries()) {
    const { password_hash } = users[index]!
    if (typed === null) assert.equal(password_hash, undefined)
    else assert.ok(await verifyHash(password_hash ?? '', typed), `${name}, user ${index + 1}`)
  }
}

describe('Django', () => {
  const joined = '2024-03-01T09:30:00.000Z'
  const people = (groups: boolean) => [
    {
      ...{ username: 'astrid', email: 'astrid@example.com', first_name: 'Astrid', last_name: 'Lind' },
      ...{ status: 'active', external_id: '1', created_at: joined },
      metadata: { is_superuser: true, is_staff: true },
    },
    {
      ...{ username: 'bruno', email: 'bruno@example.com', first_name: 'Bruno', status: 'active' },
      ...(groups ? { roles: ['editors'] } : {}),
      ...{ external_id: '2', created_at: joined, last_login_at: joined },
    },
    { username: 'carla', email: 'carla@example.com', status: 'active', external_id: '3', created_at: joined },
    {
      ...{
        username: 'dolf',
        email: 'dolf@example.com',
        status: 'disabled',
        external_id: '4',
        created_at: joined,
      },
      notes: ['the password is locked and not imported'],
    },
  ]
  const passwords = ['harbour light 12', 'orchard gate 34', 'pâté et thé 56', null]
  for (const [name, groups] of [
    ['django-dumpdata.json', true],
    ['django-auth-user.csv', false],
    ['django-dump.sql', false],
  ] as const)
    it(`comes with its users in ${name}`, () => assertUsers(name, people(groups), passwords))

  it('skips what is no user', async () => {
    const { rows } = await read('django-dumpdata.json')
    assert.ok(
      rows.every((row) => /user$/.test(row)),
      rows.join(),
    )
    const group = JSON.stringify([{ model: 'auth.group', pk: 1, fields: { name: 'editors' } }])
    assert.deepEqual(summary(await itemsOf('django', group)), [
      '1 skipped: a record of auth.group, not a user',
    ])
  })
})

describe('WordPress', () => {
  for (const name of ['wordpress-users.csv', 'wordpress-dump.sql'])
    it(`comes with its users in ${name}`, () =>
      assertUsers(
        name,
        [
          {
            ...{ username: 'wilma', email: 'wilma@example.com', status: 'active', external_id: '1' },
            created_at: '2024-02-03T04:05:06.000Z',
            metadata: { user_url: 'https://example.com', display_name: 'Wilma Vos' },
          },
          {
            ...{ username: "o'hara", email: 'ohara@example.com', status: 'active', external_id: '2' },
            created_at: '2019-02-03T04:05:06.000Z',
            metadata: { user_nicename: 'ohara', display_name: "O'Hara" },
          },
          {
            ...{ username: 'xaver', email: 'xaver@example.com', status: 'active', external_id: '3' },
            metadata: { display_name: 'Xaver \\ "Zoë"' },
          },
        ],
        ['granary door 21', 'meadow frost 43', 'cellar stairs 65'],
      ))

  it('comes with roles in what wp user list prints', () =>
    assertUsers(
      'wordpress-cli.json',
      [
        {
          ...{ username: 'wilma', email: 'wilma@example.com', status: 'active', external_id: '1' },
          roles: ['administrator', 'shop_manager'],
          created_at: '2024-02-03T04:05:06.000Z',
          metadata: { display_name: 'Wilma Vos' },
        },
      ],
      [null],
    ))

  it('is known by other tables when the users come late in the dump', () => {
    const text = `-- MySQL dump\nCREATE TABLE \`blog_postmeta\` (\`meta_id\` int);\nINSERT INTO \`blog_postmeta\` VALUES (1);`
    assert.equal(detectFormat(text)?.format.name, 'wordpress')
  })
})

describe('frameworks and forums', () => {
  const at = '2024-01-15T10:00:00.000Z'
  it('Laravel', () =>
    assertUsers(
      'laravel-users.csv',
      [
        {
          ...{ email: 'lara@example.com', email_verified: true, first_name: 'Lara Vel', last_name: 'Quist' },
          ...{ status: 'active', external_id: '1', created_at: at, updated_at: '2024-01-16T10:00:00.000Z' },
        },
        {
          ...{ email: 'levi@example.com', email_verified: false, first_name: 'Levi', status: 'active' },
          ...{ external_id: '2', created_at: at },
        },
      ],
      [password, password],
    ))

  it('Devise', () =>
    assertUsers(
      'devise-users.csv',
      [
        {
          ...{ email: 'dee@example.com', email_verified: true, status: 'active', external_id: '1' },
          ...{
            created_at: at,
            updated_at: '2024-01-16T10:00:00.000Z',
            last_login_at: '2024-05-01T10:00:00.000Z',
          },
        },
      ],
      [password],
    ))

  it('phpBB, without bots and guests', async () => {
    await assertUsers(
      'phpbb-users.csv',
      [
        {
          ...{ username: 'Pat & Co', email: 'pat@example.com', status: 'active', external_id: '2' },
          ...{ created_at: '2023-11-14T22:13:20.000Z', last_login_at: '2024-03-09T16:00:00.000Z' },
        },
        {
          ...{ username: 'Quin', email: 'quin@example.com', status: 'disabled', external_id: '3' },
          created_at: '2023-11-14T22:13:20.000Z',
        },
      ],
      [password, password],
    )
    assert.equal((await read('phpbb-users.csv')).rows.at(-1), '4 skipped: a bot or guest, not a person')
  })

  it('Discourse, without the accounts of the system', async () => {
    await assertUsers(
      'discourse-users.csv',
      [
        {
          ...{ username: 'disa', email: 'disa@example.com', email_verified: true, first_name: 'Disa' },
          ...{ last_name: 'Course', status: 'active', roles: ['admin'], external_id: '1', created_at: at },
          ...{ last_login_at: '2024-05-01T10:00:00.000Z', metadata: { trust_level: '4' } },
        },
      ],
      [password],
    )
  })

  it('Strapi', () =>
    assertUsers(
      'strapi-users.csv',
      [
        {
          ...{ username: 'stina', email: 'stina@example.com', email_verified: true, status: 'active' },
          ...{ external_id: '1', created_at: at, updated_at: at },
        },
        {
          ...{ username: 'sten', email: 'sten@example.com', email_verified: false, status: 'disabled' },
          ...{ external_id: '2', created_at: at, updated_at: at },
        },
      ],
      [password, password],
    ))

  it('PocketBase', () =>
    assertUsers(
      'pocketbase-users.csv',
      [
        {
          ...{ email: 'pola@example.com', email_verified: true, first_name: 'Pola', last_name: 'Bär' },
          ...{ status: 'active', external_id: 'k3x9q2w8e7r6t5y' },
          ...{ created_at: '2024-01-15T10:00:00.123Z', updated_at: '2024-01-15T10:00:00.123Z' },
        },
      ],
      [password],
    ))

  it('Supabase, from a dump of GoTrue', () =>
    assertUsers(
      'supabase-dump.sql',
      [
        {
          ...{ email: 'gota@example.com', email_verified: true, first_name: 'Göta', status: 'active' },
          ...{ external_id: '21111111-1111-4111-8111-111111111101' },
          ...{ created_at: '2024-01-15T10:30:00.000Z', updated_at: '2024-01-15T10:30:00.000Z' },
          metadata: {
            user_metadata: { first_name: 'Göta' },
            app_metadata: { provider: 'email', providers: ['email'] },
          },
        },
      ],
      [password],
    ))
})
