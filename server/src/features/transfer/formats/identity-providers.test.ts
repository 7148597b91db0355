import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { detectFormat, fixture, itemsOf, summary } from './test-formats.ts'

async function read(name: string, file: string, options = {}) {
  const items = await itemsOf(name, fixture(file), options)
  const users = items.flatMap((item) => ('user' in item ? [item.user] : []))
  return { users, rows: summary(items) }
}

const bcrypt = '$2b$10$abcdefghijklmnopqrstuuQWERTYUIOPASDFGHJKLZXCVBNMqwert'

describe('a list of realms of Keycloak', () => {
  const user = (username: string) => ({ username, email: `${username}@example.com`, credentials: [] })
  const realms = JSON.stringify([
    { realm: 'a', sslRequired: 'external', users: [user('ann'), user('bob')], clients: [{ users: ['x'] }] },
    { realm: 'b', sslRequired: 'none' },
    { realm: 'c', users: [user('cem')] },
  ])

  it('gives the users of all of them, and says which has none', async () => {
    assert.equal(detectFormat(realms)?.format.name, 'keycloak')
    for (const size of [1, 65_536])
      assert.deepEqual(summary(await itemsOf('keycloak', realms, { size })), [
        '1 user',
        '2 user',
        '3 skipped: a realm without users',
        '4 user',
      ])
  })
})

describe('keycloak', () => {
  it('reads the user files of an export', async () => {
    const { users, rows } = await read('keycloak', 'keycloak-users-0.json')
    assert.deepEqual(rows, [
      '1 user',
      '2 skipped: the service account of cron, not a person',
      '3 user',
      '4 skipped: a user of another user store',
    ])
    assert.deepEqual(users[0], {
      username: 'rhea.lindt',
      email: 'rhea.lindt@example.com',
      email_verified: true,
      first_name: 'Rhea',
      last_name: 'Lindt',
      status: 'active',
      roles: ['editor'],
      groups: ['crew'],
      external_id: '2c1f4c07-90a4-4b58-9f6e-3a6d1c1f0001',
      created_at: '2023-11-14T22:13:20.123Z',
      password_hash:
        'keycloak:{"secretData":{"value":"c2VjcmV0LWhhc2g=","salt":"c2FsdHNhbHQ=","additionalParameters":{}},"credentialData":{"hashIterations":27500,"algorithm":"pbkdf2-sha256","additionalParameters":{}}}',
      metadata: {
        client_roles: { shop: ['buyer'] },
        federated_identities: [{ identityProvider: 'github', userId: '77', userName: 'rhea' }],
        attributes: { tier: 'gold', tags: ['a', 'b'] },
      },
      totp_secret: 'I5CVURCHJZBFMR2ZGNKFCT2KKE',
      identities: [{ issuer: 'https://github.com', subject: '77', email: null }],
      notes: ['the security key is not imported'],
    })
    assert.deepEqual(users[1], {
      email: 'sol.other@example.net',
      status: 'disabled',
      password: 'plain text 7',
      username: 'sol@example.net',
      notes: ['that the password is temporary is not imported'],
    })
  })

  it('carries the secret of no factor over', async () => {
    assert.doesNotMatch(
      JSON.stringify((await read('keycloak', 'keycloak-users-0.json')).users),
      /GEZDGNBVGY3TQOJQ/,
    )
  })

  it('reads a list of the Admin API', async () => {
    const { users } = await read('keycloak', 'keycloak-admin-api.json')
    const created_at = '2023-11-14T22:13:20.000Z'
    assert.deepEqual(users, [
      { username: 'ugo', email_verified: false, status: 'active', external_id: 'a7', created_at },
    ])
  })

  it('skips a realm without users', async () => {
    assert.deepEqual(summary(await itemsOf('keycloak', '{\n"realm": "x",\n"roles": {}\n}')), [
      '1 skipped: a realm without users',
    ])
    assert.deepEqual(summary(await itemsOf('keycloak', '{"realm":"x","users":[]}')), [])
  })
})

describe('auth0', () => {
  it('reads the file with hashes, which says nothing else of its users', async () => {
    const lines = [
      '{"_id":{"$oid":"5dea9f9c82dd7c0e76e4ec93"},"email_verified":true,"email":"una@example.com","passwordHash":"$2b$10$x","password_set_date":{"$date":"2019-12-06T18:36:12.412Z"},"tenant":"harbour","connection":"Username-Password-Authentication","_tmp_is_unique":true}',
      '{"_id":{"$oid":"5dea9f9c82dd7c0e76e4ec94"},"passwordHash":"$2b$10$y","_tmp_is_unique":true,"identifiers":[{"type":"phone_number","value":"+15555550199"},{"type":"email","value":"veit@example.com","verified":false}],"alt_id":"euclid"}',
    ]
    assert.equal(detectFormat(lines[0]!)?.format.name, 'auth0')
    assert.deepEqual(await itemsOf('auth0', lines.join('\n')), [
      {
        row: 1,
        user: {
          email: 'una@example.com',
          email_verified: true,
          external_id: 'auth0|5dea9f9c82dd7c0e76e4ec93',
          password_hash: '$2b$10$x',
        },
      },
      {
        row: 2,
        user: {
          email: 'veit@example.com',
          email_verified: false,
          external_id: 'auth0|euclid',
          password_hash: '$2b$10$y',
        },
      },
    ])
  })

  it('reads users of the Management API and of the bulk import', async () => {
    const { users, rows } = await read('auth0', 'auth0-import.json')
    assert.deepEqual(rows, ['1 user', '2 user', '3 invalid_value'])
    assert.deepEqual(users, [
      {
        email: 'Vera.Holt@example.com',
        email_verified: true,
        first_name: 'Vera',
        last_name: 'Holt',
        status: 'disabled',
        external_id: 'auth0|abc',
        created_at: '2024-05-06T07:08:09.123Z',
        last_login_at: '2024-06-06T07:08:09.123Z',
        password_hash: bcrypt,
        metadata: {
          app_metadata: { roles: ['admin'] },
          user_metadata: { theme: 'dark' },
          identities: [
            { provider: 'google-oauth2', connection: 'google-oauth2', isSocial: true, user_id: '1' },
          ],
          logins_count: 3,
          phone_number: '+15555550190',
        },
        identities: [{ issuer: 'https://accounts.google.com', subject: '1', email: null }],
      },
      {
        email: 'wim@example.org',
        status: 'active',
        password_hash:
          'auth0:{"algorithm":"md5","hash":{"value":"00112233445566778899aabbccddeeff","encoding":"hex"}}',
        totp_secret: 'GEZDGNBVGY3TQOJQ',
      },
    ])
  })
})

describe('okta', () => {
  it('reads users of the API', async () => {
    const { users, rows } = await read('okta', 'okta-users.json')
    assert.deepEqual(rows, ['1 user', '2 user', '3 invalid_value'])
    assert.deepEqual(users, [
      {
        email: 'jana@example.com',
        first_name: 'Jana',
        last_name: 'Roth',
        status: 'active',
        external_id: '00u1',
        created_at: '2022-04-04T15:56:05.000Z',
        updated_at: '2022-05-05T18:15:44.000Z',
        last_login_at: '2022-05-04T19:50:52.000Z',
        metadata: { mobile_phone: '+15555550197', department: 'Ops' },
        notes: ['the recovery question is not imported'],
      },
      {
        email: 'kit@example.com',
        first_name: 'Kit',
        last_name: 'Orr',
        status: 'disabled',
        external_id: '00u2',
        created_at: '2022-04-04T15:56:05.000Z',
        password_hash: '$2a$10$rwh3vH166HCH/NT9XV5FYuqaMqvAPULkbiQzkTCWo5XDcvzpk8Tna',
        metadata: { status: 'SUSPENDED' },
        username: 'kit@corp.example',
        notes: ['signing in through ACTIVE_DIRECTORY is not imported'],
      },
    ])
  })

  it('spells other hashes so that they can be verified', async () => {
    const hashes = [
      { algorithm: 'SHA-512', salt: 'c2FsdA==', saltOrder: 'POSTFIX', value: 'aGFzaA==' },
      {
        algorithm: 'PBKDF2',
        digestAlgorithm: 'SHA256_HMAC',
        iterationCount: 1000,
        salt: 'c2FsdA==',
        value: 'aGFzaA==',
      },
    ]
    const users = hashes.map((hash) => ({
      profile: { login: 'a', email: 'a@x' },
      credentials: { password: { hash } },
    }))
    const items = await itemsOf('okta', JSON.stringify(users))
    assert.deepEqual(
      items.map((item) => ('user' in item ? item.user.password_hash : item)),
      [
        'auth0:{"algorithm":"sha512","hash":{"value":"aGFzaA==","encoding":"base64"},"salt":{"value":"c2FsdA==","encoding":"base64","position":"suffix"}}',
        '$pbkdf2-sha256$i=1000$c2FsdA==$aGFzaA==',
      ],
    )
  })

  it('reads CSV with the columns of the profile', async () => {
    const { users } = await read('okta', 'okta-profiles.csv')
    const metadata = { mobile_phone: '+15555550198', department: 'Ops' }
    assert.deepEqual(users, [{ email: 'mai@example.com', first_name: 'Mai', last_name: 'Tran', metadata }])
  })
})

describe('scim', () => {
  it('reads the users of a list response and skips the rest', async () => {
    const { users, rows } = await read('scim', 'scim-users.json')
    assert.deepEqual(rows, ['1 user', '2 group Crew', '3 user'])
    assert.deepEqual(users, [
      {
        username: 'nell',
        email: 'nell@example.com',
        first_name: 'Nell',
        last_name: 'Quist',
        status: 'disabled',
        external_id: 'hr-1',
        created_at: '2024-01-15T10:30:00.000Z',
        password: 'plain text 8',
        metadata: {
          id: 's-1',
          roles: [{ value: 'boss' }],
          name: { formatted: 'Dr. Nell Quist' },
          other_emails: [{ value: 'nell.home@example.org' }],
        },
        notes: ['the certificates are not imported'],
      },
      { email: 'olaf@example.com', status: 'active', external_id: 's-2' },
    ])
  })

  it('skips a list response with nothing in it', async () => {
    const empty = '{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0}'
    assert.deepEqual(summary(await itemsOf('scim', empty)), [
      '1 skipped: a resource of type ListResponse, not a user',
    ])
  })
})
