/** Short files of systems without a separate format; each case is one kind of file. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { detectFormat, itemsOf } from './test-formats.ts'

const bcrypt = '$2b$04$yNlujh7EOn8opdJCJyEvP.t9.DGItbzj6K00PadMmXojpOCSEU7zG'
const joomla = '7f9c24e8b3a1d5f60718293a4b5c6d7e:abcdefghijklmnopqrstuvwxyz012345'

async function read(file: string | Buffer) {
  const found = detectFormat(file.toString())
  assert.ok(found && !found.rival, 'no format')
  const items = await itemsOf(found.format.name, file)
  return items.map((item) => ('user' in item ? item.user : item))
}

/** The only record of a file. */
const readOne = async (value: object) => (await read(JSON.stringify([value])))[0] as Record<string, unknown>

describe('a password', () => {
  it('is a digest with its salt, as Joomla writes it, and not what a user typed', async () => {
    const [user] = await read(`username,email,password\nj,j@example.com,${joomla}\n`)
    assert.deepEqual(user, { username: 'j', email: 'j@example.com', password_hash: joomla })
  })

  it('is none where the source only says that there is none', async () => {
    for (const mark of ['not cached', '**********', '••••••'])
      assert.deepEqual(await read(`email,password\nm@example.com,${mark}\n`), [
        { email: 'm@example.com', notes: ['the password is locked and not imported'] },
      ])
  })

  it('is found within members of a system that is not known', async () => {
    const shapes = [
      { services: { password: { hash: bcrypt } } },
      { credentials: { password: { config: { hashed_password: bcrypt } } } },
      { auth: JSON.stringify({ hash: bcrypt }) },
      { hashedPassword: { value: bcrypt } },
      { data: `a:1:{s:4:"hash";s:60:"${bcrypt}";}` },
    ]
    for (const shape of shapes) {
      const user = await readOne({ username: 'w', email: 'w@example.com', ...shape })
      assert.equal(user['password_hash'], bcrypt, JSON.stringify(shape))
      assert.ok(!JSON.stringify(user['metadata'] ?? '').includes(bcrypt))
      assert.equal(user['notes'], undefined)
    }
  })

  it('is not found where it is one of two, an old one, or of a token', async () => {
    const other = bcrypt.replace('yNluj', 'yNluk')
    const shapes = [
      { auth: { hash: bcrypt }, local: { hash: other } },
      { password_history: [{ hash: bcrypt }] },
      { tokens: [{ hash: bcrypt }] },
    ]
    for (const shape of shapes) {
      const user = await readOne({ username: 'w', email: 'w@example.com', ...shape })
      assert.equal(user['password_hash'], undefined)
      assert.ok(!JSON.stringify(user['metadata'] ?? '').includes('$2b$'))
    }
  })

  it('is not kept in the metadata inside of a longer text', async () => {
    const user = await readOne({
      email: 'w@example.com',
      note: `moved, was "${bcrypt}", see wiki`,
      n: 'plain',
    })
    assert.deepEqual(user, {
      email: 'w@example.com',
      metadata: { n: 'plain' },
      notes: ['note holds a password hash and is not imported'],
    })
  })

  it('stands in the other column where a column named hash names the algorithm', async () => {
    const user = await readOne({ email: 'w@example.com', password: bcrypt, hash: 'bcrypt' })
    assert.deepEqual(user, { email: 'w@example.com', password_hash: bcrypt })
  })
})

describe('a user', () => {
  it('has a name and an address within members', async () => {
    const kratos = {
      traits: { email: 'k@example.com', name: { first: 'Kim', last: 'Kor' } },
      verifiable_addresses: [{ value: 'k@example.com', verified: true }],
      state: 'inactive',
    }
    const user = await readOne(kratos)
    const { metadata: _, ...fields } = user
    assert.deepEqual(fields, {
      ...{ email: 'k@example.com', email_verified: true, first_name: 'Kim', last_name: 'Kor' },
      status: 'disabled',
    })
    const zitadel = {
      username: 'zi',
      human: {
        profile: { givenName: 'Zi', familyName: 'Ta' },
        email: { email: 'z@example.com', isVerified: true },
      },
    }
    const { metadata: __, ...other } = await readOne(zitadel)
    assert.deepEqual(other, {
      ...{ username: 'zi', email: 'z@example.com', email_verified: true, first_name: 'Zi', last_name: 'Ta' },
    })
    const { email } = await readOne({
      emails: [{ address: 'a@example.com' }, { address: 'b@example.com', primary: true }],
    })
    assert.equal(email, 'b@example.com')
  })

  it('lies deeper than in a list', async () => {
    const ghost = {
      db: [{ meta: {}, data: { posts: [{ id: 1 }], users: [{ email: 'g@example.com', password: bcrypt }] } }],
    }
    assert.deepEqual(await read(JSON.stringify(ghost)), [{ email: 'g@example.com', password_hash: bcrypt }])
    const zitadel = {
      orgs: [{ orgId: '1', humanUsers: [{ user: { userName: 'z', email: { email: 'z@x.example' } } }] }],
    }
    const [user] = (await read(JSON.stringify(zitadel))) as { username: string; email: string }[]
    assert.deepEqual([user?.username, user?.email], ['z', 'z@x.example'])
    const admin = [
      { type: 'header' },
      { type: 'table', name: 'u', database: 'd', data: [{ email: 'p@example.com' }] },
    ]
    assert.deepEqual((await read(JSON.stringify(admin))).at(-1), { email: 'p@example.com' })
  })

  it('is disabled by what other systems call it, and by a lock that still holds', async () => {
    const statusOf = async (members: object) =>
      (await readOne({ login: 's', mail: 's@example.com', ...members }))['status']
    for (const members of [
      { approved: false },
      { isForbidden: true },
      { state: 'USER_STATE_LOCKED' },
      { status: '-1' },
      { status: 'PENDING_VERIFICATION' },
      { lockoutEnd: '9999-12-31T23:59:59Z' },
      { accountEnabled: false },
      { active: true, approved: 'no' },
    ])
      assert.equal(await statusOf(members), 'disabled', JSON.stringify(members))
    for (const members of [
      { lockoutEnd: '2020-01-01T00:00:00Z', active: true },
      { status: 'ACTIVE' },
      { approved: 1 },
    ])
      assert.equal(await statusOf(members), 'active', JSON.stringify(members))
    assert.equal(await statusOf({ state: 'CA' }), undefined)
  })

  it('of a Django model of its own is a user', async () => {
    const fields = { password: `bcrypt$${bcrypt}`, last_login: null, email: 'd@example.com' }
    const [user] = await read(JSON.stringify([{ model: 'people.member', pk: 3, fields }]))
    assert.deepEqual(user, { email: 'd@example.com', external_id: '3', password_hash: `bcrypt$${bcrypt}` })
  })
})

describe('a table', () => {
  it('has headers in further languages, remarks in brackets, and a line of PowerShell above', async () => {
    const expected = { username: 'a', email: 'a@example.com', first_name: 'Åsa', password_hash: bcrypt }
    for (const header of [
      'gebruikersnaam;e-mailadres;voornaam;wachtwoord',
      'användarnamn;e-post;förnamn;lösenord',
      'логин;почта;имя;пароль',
      '用户名;邮箱;first_name;密码',
      'Username [Required];Email Address [Required];First Name [Required];Password [Required]',
      '#TYPE Selected.ADUser\nSamAccountName;EmailAddress;GivenName;pwd',
    ])
      assert.deepEqual(await read(`${header}\na;a@example.com;Åsa;${bcrypt}\n`), [expected], header)
  })

  it('is a script of SQL Server', async () => {
    const head = 'INSERT [dbo].[Users] ([Id], [UserName], [Email], [PasswordHash], [CreatedAt]) VALUES'
    const row = (name: string) =>
      `${head} (1, N'${name}', N'${name}@example.com', N'${bcrypt}', CAST(N'2024-01-15T10:00:00' AS DateTime2))\nGO\n`
    const script = `USE [app]\nGO\nSET IDENTITY_INSERT [dbo].[Users] ON\nGO\n${row('a')}${row('b')}SELECT 1\n`
    const user = { external_id: '1', password_hash: bcrypt, created_at: '2024-01-15T10:00:00.000Z' }
    assert.deepEqual(await read(script), [
      { ...user, username: 'a', email: 'a@example.com' },
      { ...user, username: 'b', email: 'b@example.com' },
    ])
  })

  it('has dates of dumps that say never, and of programs', async () => {
    const insert =
      "INSERT INTO `u` (`email`, `password`, `lastvisitDate`, `registerDate`) VALUES ('a@example.com','"
    const [user] = await read(`${insert}${bcrypt}','0000-00-00 00:00:00','0001-01-01T00:00:00Z');\n`)
    assert.deepEqual(user, { email: 'a@example.com', password_hash: bcrypt })
    const dates = {
      '1/31/24': '2024-01-31',
      'Mon Jan 15 2024 10:00:00 GMT+0100 (CET)': '2024-01-15',
      'Mon Jan 15 10:00:00 UTC 2024': '2024-01-15',
      '1705312800000000': '2024-01-15',
    }
    for (const [written, day] of Object.entries(dates)) {
      const [read1] = (await read(`email,created_at\na@example.com,${written}\n`)) as {
        created_at?: string
      }[]
      assert.equal(read1?.created_at?.slice(0, 10), day, written)
    }
  })
})

describe('a user', () => {
  it('of a chat is read whether or not they are connected; its bots are skipped', async () => {
    const found = await read(
      [
        { _id: 'cat', name: 'Cat', username: 'cat', type: 'bot', status: 'online', active: true },
        {
          _id: 'abc',
          ...{ username: 'rita', name: 'Rita', type: 'user', status: 'offline', active: true },
          emails: [{ address: 'rita@example.com', verified: true }],
          services: {
            password: { bcrypt },
            resume: { loginTokens: [{ hashedToken: '0e9Pn7Hu5NQ0rJCZ1nB0X3lLkJhG5v1dOy9cTz7K3aY=' }] },
          },
        },
      ]
        .map((each) => JSON.stringify(each))
        .join('\n'),
    )
    const [bot, rita] = found as Record<string, unknown>[]
    assert.equal(bot?.['skipped'], 'a bot, not a person')
    assert.deepEqual(
      [rita?.['email'], rita?.['status'], rita?.['password_hash']],
      ['rita@example.com', 'active', `bcrypt_sha256$${bcrypt}`],
    )
    assert.doesNotMatch(JSON.stringify(rita?.['metadata']), /0e9Pn7/)
  })

  it('is found in a member for the ways to reach them', async () => {
    const user = await readOne({
      uid: 7,
      contact: { email: 'n@example.com' },
      auth: { local: { hash: bcrypt } },
    })
    assert.deepEqual([user['email'], user['password_hash']], ['n@example.com', bcrypt])
  })

  it('has the UID of a table as id when it is no name that a user chose', async () => {
    const id = '31111111-1111-4111-8111-111111111103'
    assert.deepEqual(await read(`UID,Email\n${id},m@example.com\nmia,mia@example.com\n`), [
      { id, email: 'm@example.com' },
      { username: 'mia', email: 'mia@example.com' },
    ])
  })

  it('has no note on a column with blanks in its name whose hash is taken', async () => {
    const file = `Login;E-Mail;Passwort (neu)\nada;ada@example.com;${bcrypt}\n`
    assert.deepEqual(await read(file), [{ username: 'ada', email: 'ada@example.com', password_hash: bcrypt }])
  })

  it('is read from scripts that do not end their settings, and by the columns of the rows', async () => {
    const insert = `INSERT [dbo].[Users] ([Id], [Email], [PasswordHash]) VALUES (1, N'a@example.com', N'${bcrypt}')\n`
    for (const script of [
      `SET IDENTITY_INSERT [dbo].[Users] ON\n${insert}SET IDENTITY_INSERT [dbo].[Users] OFF\n`,
      `CREATE TABLE "User" (\n id text,\n email text\n);\nINSERT INTO public."User" ("id", "email", "hashedPassword") VALUES ('1', 'a@example.com', '${bcrypt}');\n`,
      `CREATE TABLE "User" (\n id text,\n email text\n);\nINSERT INTO "User" ("id", "email", "hashedPassword") VALUES ('1', 'a@example.com', '${bcrypt}');\n`,
    ]) {
      const [user] = (await read(script)) as Record<string, unknown>[]
      assert.deepEqual([user?.['email'], user?.['password_hash']], ['a@example.com', bcrypt], script)
    }
  })
})
