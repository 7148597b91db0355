import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fixture, itemsOf, summary } from './test-formats.ts'

async function read(name: string, file: string, options = {}) {
  const items = await itemsOf(name, fixture(file), options)
  const users = items.flatMap((item) => ('user' in item ? [item.user] : []))
  return { users, rows: summary(items) }
}

const bcrypt = '$2b$10$abcdefghijklmnopqrstuuQWERTYUIOPASDFGHJKLZXCVBNMqwert'

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
      external_id: '2c1f4c07-90a4-4b58-9f6e-3a6d1c1f0001',
      created_at: '2023-11-14T22:13:20.123Z',
      password_hash:
        'keycloak:{"secretData":{"value":"c2VjcmV0LWhhc2g=","salt":"c2FsdHNhbHQ=","additionalParameters":{}},"credentialData":{"hashIterations":27500,"algorithm":"pbkdf2-sha256","additionalParameters":{}}}',
      metadata: {
        client_roles: { shop: ['buyer'] },
        groups: ['/crew'],
        federated_identities: [{ identityProvider: 'github', userId: '77', userName: 'rhea' }],
        attributes: { tier: 'gold', tags: ['a', 'b'] },
      },
      notes: [
        'the one-time password factor is not carried over',
        'the security key is not carried over',
        'signing in through github is not carried over',
      ],
    })
    assert.deepEqual(users[1], {
      email: 'sol.other@example.net',
      status: 'disabled',
      password: 'plain text 7',
      metadata: { username: 'sol@example.net' },
      notes: ['that the password is temporary is not carried over'],
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

  it('passes over a realm without users', async () => {
    assert.deepEqual(summary(await itemsOf('keycloak', '{\n"realm": "x",\n"roles": {}\n}')), [
      '1 skipped: a realm without users',
    ])
    assert.deepEqual(summary(await itemsOf('keycloak', '{"realm":"x","users":[]}')), [])
  })
})

describe('auth0', () => {
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
        notes: ['signing in through google-oauth2 is not carried over'],
      },
      {
        email: 'wim@example.org',
        status: 'active',
        password_hash:
          'auth0:{"algorithm":"md5","hash":{"value":"00112233445566778899aabbccddeeff","encoding":"hex"}}',
        notes: ['the second factors are not carried over'],
      },
    ])
  })
})

describe('firebase', () => {
  const firebaseHashConfig =
    'hash_config {\n  algorithm: SCRYPT,\n  base64_signer_key: a2V5+/==,\n  base64_salt_separator: Bw==,\n  rounds: 8,\n  mem_cost: 14,\n}\n'
  const password_hash =
    'firebase:{"signerKey":"a2V5+/==","saltSeparator":"Bw==","rounds":8,"memCost":14,"passwordHash":"aGFzaC1f","salt":"c2FsdA=="}'

  it('reads the JSON export with the hash parameters', async () => {
    const { users, rows } = await read('firebase', 'firebase-export.json', { firebaseHashConfig })
    assert.deepEqual(rows, ['1 user', '2 skipped: an anonymous user'])
    assert.deepEqual(users, [
      {
        email: 'yara@example.com',
        email_verified: true,
        status: 'disabled',
        external_id: 'fbA1',
        created_at: '2023-11-14T22:13:20.000Z',
        last_login_at: '2024-06-21T20:00:00.000Z',
        password_hash,
        metadata: {
          display_name: 'Yara Nunes',
          photo_url: 'https://avatars.example.com/yara.png',
          phone_number: '+15555550191',
          provider_user_info: [{ providerId: 'google.com', rawId: '1' }],
          custom_attributes: { plan: 'pro' },
        },
        notes: [
          'signing in through google.com is not carried over',
          'the second factors are not carried over',
        ],
      },
    ])
  })

  it('leaves the passwords behind without them, and says so', async () => {
    const [user] = (await read('firebase', 'firebase-export.json')).users
    assert.equal(user?.password_hash, undefined)
    assert.equal(
      user?.notes?.[0],
      'without the hash parameters of the project the password is not carried over',
    )
  })

  it('reads nothing with parameters that it does not understand', async () => {
    const { rows } = await read('firebase', 'firebase-export.json', {
      firebaseHashConfig: 'algorithm: BCRYPT',
    })
    assert.deepEqual(rows, ['1 invalid_hash_config'])
  })

  it('reads the CSV export, which has no header', async () => {
    const { users } = await read('firebase', 'firebase-export.csv', { firebaseHashConfig })
    assert.deepEqual(users, [
      {
        email: 'zoe@example.com',
        email_verified: true,
        status: 'active',
        external_id: 'fbC1',
        created_at: '2023-11-14T22:13:20.000Z',
        last_login_at: '2024-06-21T20:00:00.000Z',
        password_hash,
        metadata: {
          display_name: 'Zoe Park',
          github_id: '42',
          github_email: 'zoe@example.com',
          github_display_name: 'Zoe',
          phone_number: '+15555550192',
          custom_attributes: { plan: 'pro' },
        },
        notes: ['signing in through github.com is not carried over'],
      },
    ])
  })
})

describe('supabase', () => {
  it('reads rows of auth.users as CSV', async () => {
    const { users, rows } = await read('supabase', 'supabase-users.csv')
    assert.deepEqual(rows, ['2 user', '3 user', '4 skipped: a deleted user', '5 skipped: an anonymous user'])
    assert.deepEqual(users[0], {
      email: 'aki@example.com',
      email_verified: true,
      first_name: 'Aki',
      status: 'disabled',
      external_id: '5b0b9c3e-0000-4000-8000-000000000001',
      created_at: '2024-01-15T10:30:00.123Z',
      updated_at: '2024-01-16T10:30:00.000Z',
      last_login_at: '2024-02-15T10:30:00.000Z',
      password_hash: bcrypt.replace('$2b$', '$2a$'),
      metadata: {
        phone: '15555550193',
        user_metadata: { first_name: 'Aki', theme: 'dark' },
        app_metadata: { provider: 'email', providers: ['email', 'github'] },
      },
      notes: [
        'signing in through github is not carried over',
        'what waits for a confirmation is not carried over',
      ],
    })
    assert.equal(users[1]?.status, 'active', 'a ban that is over')
    assert.equal(users[1]?.email_verified, false)
  })

  it('reads users of the admin API', async () => {
    const { users } = await read('supabase', 'supabase-admin-api.json')
    assert.equal(users[0]?.last_name, 'Wen')
    assert.equal(users[0]?.email_verified, true)
    assert.deepEqual(users[0]?.notes, ['the second factors are not carried over'])
  })
})

describe('cognito', () => {
  it('reads the CSV of the user import', async () => {
    const { users } = await read('cognito', 'cognito-import.csv')
    assert.deepEqual(users, [
      {
        username: 'dag',
        email: 'dag@example.com',
        email_verified: true,
        first_name: 'Dag',
        last_name: 'Moe',
        status: 'active',
        external_id: 'dag',
        updated_at: '2023-11-14T22:13:20.000Z',
        metadata: {
          birthdate: '02/01/1985',
          phone_number: '+15555550194',
          phone_number_verified: 'TRUE',
          'custom:tier': 'gold',
        },
        notes: ['the second factor is not carried over'],
      },
    ])
  })

  it('reads list-users', async () => {
    const { users } = await read('cognito', 'cognito-list-users.json')
    assert.deepEqual(users[0], {
      email: 'eda@example.com',
      email_verified: true,
      first_name: 'Eda',
      status: 'disabled',
      external_id: '7d9f5c1e-0000-4000-8000-000000000001',
      created_at: '2024-01-15T08:30:00.123Z',
      updated_at: '2024-01-15T09:30:00.500Z',
      metadata: {
        user_status: 'CONFIRMED',
        'custom:tier': 'gold',
        identities: '[{"providerName":"Google","userId":"1"}]',
      },
      notes: ['the second factors are not carried over', 'signing in through Google is not carried over'],
    })
    assert.deepEqual(users[1], {
      username: 'fay',
      status: 'disabled',
      external_id: 'fay',
      metadata: { user_status: 'COMPROMISED' },
    })
  })
})

describe('clerk', () => {
  it('reads the CSV of the dashboard', async () => {
    const { users } = await read('clerk', 'clerk-export.csv')
    assert.deepEqual(users, [
      {
        email: 'gil@example.com',
        email_verified: true,
        first_name: 'Gil',
        last_name: 'Sand',
        status: 'active',
        external_id: 'user_a1',
        password_hash: bcrypt,
        metadata: { other_email_addresses: ['gil.old@example.com'] },
        notes: ['the second factors are not carried over'],
      },
      {
        username: 'hana',
        email: 'hana@example.com',
        email_verified: false,
        first_name: 'Hana',
        last_name: 'Ito',
        status: 'active',
        external_id: 'user_a2',
        password_hash:
          'auth0:{"algorithm":"md5","hash":{"value":"900150983cd24fb0d6963f7d28e17f72","encoding":"hex"}}',
        metadata: { primary_phone_number: '+15555550195' },
      },
    ])
  })

  it('reads users of the API', async () => {
    const { users } = await read('clerk', 'clerk-api.json')
    assert.deepEqual(users, [
      {
        email: 'ida@example.com',
        email_verified: true,
        first_name: 'Ida',
        status: 'disabled',
        external_id: 'user_a3',
        created_at: '2023-11-14T22:13:20.000Z',
        updated_at: '2023-11-14T22:13:21.000Z',
        last_login_at: '2023-11-14T22:13:22.000Z',
        metadata: {
          external_accounts: [{ object: 'external_account', provider: 'oauth_google' }],
          external_id: 'crm-9',
          image_url: 'https://avatars.example.com/ida.png',
          phone_numbers: ['+15555550196'],
          other_email_addresses: ['ida.old@example.com'],
          public_metadata: { plan: 'pro' },
        },
        notes: ['signing in through oauth_google is not carried over'],
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
        notes: ['the recovery question is not carried over'],
      },
      {
        email: 'kit@example.com',
        first_name: 'Kit',
        last_name: 'Orr',
        status: 'disabled',
        external_id: '00u2',
        created_at: '2022-04-04T15:56:05.000Z',
        password_hash: '$2a$10$rwh3vH166HCH/NT9XV5FYuqaMqvAPULkbiQzkTCWo5XDcvzpk8Tna',
        metadata: { status: 'SUSPENDED', username: 'kit@corp.example' },
        notes: ['signing in through ACTIVE_DIRECTORY is not carried over'],
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
  it('reads the users of a list response and passes over the rest', async () => {
    const { users, rows } = await read('scim', 'scim-users.json')
    assert.deepEqual(rows, ['1 user', '2 skipped: a resource of type Group, not a user', '3 user'])
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
        notes: ['the certificates are not carried over'],
      },
      { email: 'olaf@example.com', status: 'active', external_id: 's-2' },
    ])
  })

  it('passes over a list response with nothing in it', async () => {
    const empty = '{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0}'
    assert.deepEqual(summary(await itemsOf('scim', empty)), [
      '1 skipped: a resource of type ListResponse, not a user',
    ])
  })
})
