import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fixture, itemsOf, summary } from './test-formats.ts'

async function read(name: string, file: string, options = {}) {
  const items = await itemsOf(name, fixture(file), options)
  const users = items.flatMap((item) => ('user' in item ? [item.user] : []))
  return { users, rows: summary(items) }
}

const bcrypt = '$2b$10$abcdefghijklmnopqrstuuQWERTYUIOPASDFGHJKLZXCVBNMqwert'

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
        identities: [{ issuer: 'https://accounts.google.com', subject: '1', email: null }],
        notes: ['the second factors are not imported'],
      },
    ])
  })

  it('does not import the passwords without them, and says so', async () => {
    const [user] = (await read('firebase', 'firebase-export.json')).users
    assert.equal(user?.password_hash, undefined)
    assert.equal(user?.notes?.[0], 'without the hash parameters of the project the password is not imported')
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
        identities: [{ issuer: 'https://github.com', subject: '42', email: 'zoe@example.com' }],
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
      notes: ['signing in through github is not imported', 'what waits for a confirmation is not imported'],
    })
    assert.equal(users[1]?.status, 'active', 'a ban that is over')
    assert.equal(users[1]?.email_verified, false)
  })

  it('reads users of the admin API', async () => {
    const { users } = await read('supabase', 'supabase-admin-api.json')
    assert.equal(users[0]?.last_name, 'Wen')
    assert.equal(users[0]?.email_verified, true)
    assert.deepEqual(users[0]?.notes, ['the second factors are not imported'])
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
        notes: ['the second factor is not imported'],
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
      notes: ['the second factors are not imported', 'signing in through Google is not imported'],
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
        totp_secret: 'GEZDGNBVGY3TQOJQ',
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
        notes: ['signing in through oauth_google is not imported'],
      },
    ])
  })
})
