import assert from 'node:assert/strict'
import { createHash, pbkdf2Sync } from 'node:crypto'
import { before, it } from 'node:test'
import { onBothEngines, type Service, type TestUser } from '../harness.ts'

const typed = 'plums in the cellar 9'
const bcrypt = '$2b$04$yNlujh7EOn8opdJCJyEvP.t9.DGItbzj6K00PadMmXojpOCSEU7zG'
const salt = Buffer.from('saltsaltsalt').toString('base64')
const pbkdf2 = pbkdf2Sync(typed, Buffer.from('saltsaltsalt'), 1000, 32, 'sha256').toString('base64')

const digestOf = (algorithm: string, text: string) => createHash(algorithm).update(text).digest('hex')

type Case = { file: string; type?: string; format: string; username: string; user?: Record<string, unknown> }

/** Files without a given format. A user of each file signs in with the old password. */
const files: Record<string, Case> = {
  'JSON of a system that is not known': {
    file: JSON.stringify([{ login: 'gj', mail: 'gj@example.com', vorname: 'Gesa', passwort: bcrypt }]),
    format: 'json',
    username: 'gj',
    user: { first_name: 'Gesa' },
  },
  'JSON under a name, with a hash in an odd place': {
    file: JSON.stringify({
      data: [{ user_name: 'odd', email: 'odd@example.com', credential_blob: bcrypt, n: 1 }],
    }),
    format: 'json',
    username: 'odd',
    user: { metadata: { n: 1 } },
  },
  'an export of MongoDB': {
    file: JSON.stringify({
      _id: { $oid: '65a5b1c2d3e4f5a6b7c8d9e0' },
      ...{ username: 'mo', email: 'mo@example.com', password: bcrypt },
      createdAt: { $date: '2024-01-15T10:00:00Z' },
    }),
    type: 'application/json',
    format: 'json',
    username: 'mo',
    user: { external_id: '65a5b1c2d3e4f5a6b7c8d9e0', created_at: '2024-01-15T10:00:00.000Z' },
  },
  'a dump of a table that is not known': {
    file: `INSERT INTO members (id, login, mail, passwd) VALUES (1,'sq','sq@example.com','${bcrypt}');\n`,
    type: 'text/plain',
    format: 'sql',
    username: 'sq',
  },
  'a CSV with the hash in a column of another name': {
    file: `login,mail,foo\ncf,cf@example.com,${bcrypt}\n`,
    type: 'text/csv',
    format: 'csv',
    username: 'cf',
    user: { metadata: {} },
  },
  'htpasswd, whose names are addresses': {
    file: '# web server\nht@example.com:$apr1$abcdefgh$oya8kJtfAvP5.tO8Qyncy.\nht2@example.com:{SHA}jJN8uiYeGKLMT87v5wV9ZvFp+As=\n',
    type: 'text/plain',
    format: 'htpasswd',
    username: 'ht2@example.com',
  },
  FusionAuth: {
    file: JSON.stringify({
      users: [
        {
          ...{ username: 'fa', email: 'fa@example.com', active: true, verified: true },
          ...{ encryptionScheme: 'salted-pbkdf2-hmac-sha256', factor: 1000, salt, password: pbkdf2 },
          registrations: [{ applicationId: 'x', roles: ['pilot'] }],
        },
      ],
    }),
    format: 'fusionauth',
    username: 'fa',
    user: { email_verified: true, metadata: { imported_roles: ['pilot'] } },
  },
  Drupal: {
    file: `uid,name,mail,pass,status,created,access,login\n0,,,,0,0,0,0\n7,dru,dru@example.com,${bcrypt},1,1700000000,0,1700000002\n`,
    type: 'text/csv',
    format: 'drupal',
    username: 'dru',
    user: { external_id: '7', created_at: '2023-11-14T22:13:20.000Z' },
  },
  'JSON of Better Auth': {
    file: JSON.stringify([
      { id: 'q1', name: 'Bea', email: 'ba@example.com', emailVerified: true, image: null, password: bcrypt },
    ]),
    format: 'json',
    username: 'ba@example.com',
    user: { email_verified: true, external_id: 'q1' },
  },
  MediaWiki: {
    file: `user_id,user_name,user_password,user_email,user_email_authenticated,user_token\n4711,Mw,:B:1234:${digestOf('md5', `1234-${digestOf('md5', typed)}`)},mw@example.com,20240116103000,abcdef\n`,
    type: 'text/csv',
    format: 'csv',
    username: 'Mw',
    user: { email_verified: true, metadata: {} },
  },
  Gitea: {
    file: `id,lower_name,name,email,passwd,passwd_hash_algo,salt,is_active\n4712,gite,Gite,gite@example.com,${pbkdf2Sync(typed, 'saltsalt10', 1000, 50, 'sha256').toString('hex')},pbkdf2$1000$50,saltsalt10,1\n`,
    type: 'text/csv',
    format: 'csv',
    username: 'gite',
    user: { status: 'active', metadata: { name: 'Gite' } },
  },
  'a shop of Magento': {
    file: `entity_id,email,firstname,password_hash\n1,mg@example.com,Ma,${digestOf('sha256', `salty${typed}`)}:salty:1\n`,
    type: 'text/csv',
    format: 'csv',
    username: 'mg@example.com',
    user: { first_name: 'Ma' },
  },
  'a dump of Joomla': {
    file: `INSERT INTO jos_users (id, name, username, email, password, block, lastvisitDate, otpKey) VALUES (4,'J','joo','joo@example.com','${digestOf('md5', `${typed}pepper`)}:pepper',0,'0000-00-00 00:00:00','JBSWY3DP');\n`,
    type: 'text/plain',
    format: 'sql',
    username: 'joo',
    user: { external_id: '4', metadata: { name: 'J' } },
  },
  'identities of Ory Kratos': {
    file: JSON.stringify([
      {
        ...{ schema_id: 'default', state: 'active', traits: { email: 'kr@example.com' } },
        credentials: { password: { config: { hashed_password: bcrypt } } },
      },
    ]),
    format: 'json',
    username: 'kr@example.com',
    user: { metadata: { schema_id: 'default', state: 'active', traits: { email: 'kr@example.com' } } },
  },
  'records under a name for each (JSON)': {
    file: JSON.stringify({ users: { k1: { email: 'map@example.com', passwordHash: bcrypt } } }),
    format: 'json',
    username: 'map@example.com',
    user: { external_id: 'k1' },
  },
  'JSON:API': {
    file: JSON.stringify({
      data: [
        { type: 'users', id: 'j1', attributes: { email: 'api@example.com', 'encrypted-password': bcrypt } },
      ],
    }),
    format: 'json',
    username: 'api@example.com',
    user: { external_id: 'j1' },
  },
  'an answer of GraphQL': {
    file: JSON.stringify({
      data: {
        site: { users: { edges: [{ node: { id: 'q9', login: 'gq', mail: 'gq@example.com', pw: bcrypt } }] } },
      },
    }),
    format: 'json',
    username: 'gq',
  },
  'a table of DynamoDB': {
    file: JSON.stringify({
      Items: [{ email: { S: 'dy@example.com' }, verified: { BOOL: true }, passwordHash: { S: bcrypt } }],
    }),
    format: 'json',
    username: 'dy@example.com',
    user: { email_verified: true },
  },
  'Meteor, which hashes a digest of the password': {
    file: JSON.stringify([
      {
        ...{ _id: 'met', username: 'met', emails: [{ address: 'met@example.com', verified: true }] },
        services: { password: { bcrypt: '$2b$04$e/Ko2Zx0M4Y3fPcpXPMns.XWsvdfzx9udDvknVDZBRDyT7fpSYDye' } },
      },
    ]),
    format: 'json',
    username: 'met',
    user: { email_verified: true },
  },
  'NDJSON of another system': {
    file: `${JSON.stringify({ login: 'nd', mail: 'nd@example.com', pass: bcrypt })}\n`,
    type: 'application/x-ndjson',
    format: 'json',
    username: 'nd',
  },
  'a CSV with blanks around its quotes, and a hash of Dovecot': {
    file: `"login" , "mail" , "blob" , "roles"\n"qb" , "qb@example.com" , "{BLF-CRYPT}${bcrypt}" , "[""pilot""]"\n`,
    type: 'text/csv',
    format: 'csv',
    username: 'qb',
    user: { metadata: { imported_roles: ['pilot'] } },
  },
  'a hash of Nextcloud in a CSV': {
    file: `username,email,password\nnc,nc@example.com,1|${bcrypt}\n`,
    type: 'text/csv',
    format: 'csv',
    username: 'nc',
  },
}

onBothEngines('a file of any system', (engine) => {
  let service: Service
  let admin: TestUser
  before(async () => {
    service = await engine.start()
    admin = await service.admin()
  })
  const importFile = async (body: string, type = 'application/json') => {
    const { status, text } = await service.call('POST', '/users/import', {
      as: admin.token,
      headers: { 'content-type': type },
      body,
    })
    assert.equal(status, 200, text)
    const lines = text.trim().split('\n')
    return lines.map((line) => JSON.parse(line))
  }

  for (const [name, { file, type, format, username, user }] of Object.entries(files))
    it(`comes in: ${name}`, async () => {
      const { summary } = (await importFile(file, type)).at(-1)
      assert.deepEqual([summary.format, summary.failed], [format, 0])
      const { status, body } = await service.call('POST', '/auth/login', {
        body: { username, password: typed },
      })
      assert.equal(status, 200, JSON.stringify(body))
      for (const [field, value] of Object.entries(user ?? {}))
        assert.deepEqual(body.user[field], value, field)
    })

  it('is refused row by row where a digest does not say how it was made', async () => {
    for (const digest of ['ab'.repeat(50), 'jJN8uiYeGKLMT87v5wV9ZvFp+As=']) {
      const [row] = await importFile(`email,passwd\nbare@example.com,${digest}\n`, 'text/csv')
      assert.deepEqual([row.result, row.errors[0].code], ['failed', 'unsupported_hash'])
    }
  })

  it('has usernames that cannot be one here, with which people still sign in', async () => {
    const names = ['jane doe', 'DOMAIN\\carl', "o'brien"]
    const rows = names.map((name, at) => `"${name}",pre-${at}@example.com,${bcrypt}`)
    await importFile(['username,email,password', ...rows].join('\n'), 'text/csv')
    const signIn = async (username: string, password = typed) =>
      (await service.call('POST', '/auth/login', { body: { username, password } })).status
    for (const name of [...names, ' Jane Doe ']) assert.equal(await signIn(name), 200, name)
    assert.equal(await signIn('jane doe', 'another password'), 401)
    // Two people had the same name in two systems, so the name does not distinguish them.
    await importFile(`username,email,password\njane doe,pre-9@example.net,${bcrypt}\n`, 'text/csv')
    assert.equal(await signIn('jane doe'), 401)
    assert.equal(await signIn('pre-0@example.com'), 200)
  })

  it('is reported if it is one page of several', async () => {
    const rows = await importFile(
      JSON.stringify({
        schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
        ...{ totalResults: 250, startIndex: 1, itemsPerPage: 1 },
        Resources: [{ schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName: 'sc@example.com' }],
      }),
    )
    assert.equal(rows[1].reason, '249 of 250 people are in other pages; import those files too')
    const page = { items: [{ email: 'pg@example.com' }], next: { hasNextPage: true } }
    const [, last] = await importFile(JSON.stringify(page))
    assert.equal(last.reason, 'more people may be in other pages; import those files too')
  })

  it('may have several columns that close accounts, of which one is enough', async () => {
    await importFile(
      'username,email,suspended,deleted\nsd,sd@example.com,0,1\nse,se@example.com,0,0\n',
      'text/csv',
    )
    const read = async (name: string) =>
      (await service.call('GET', `/users?username=${name}`, { as: admin.token })).body[0].status
    assert.deepEqual([await read('sd'), await read('se')], ['disabled', 'active'])
  })
})
