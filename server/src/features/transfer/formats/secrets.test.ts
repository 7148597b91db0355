import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isSecretMember } from './secrets.ts'
import { itemsOf } from './test-formats.ts'

async function userOf(format: string, text: string) {
  const [item] = await itemsOf(format, text)
  assert.ok(item && 'user' in item, JSON.stringify(item))
  return item.user
}

const bcrypt = '$2y$04$xsE3vIRiLZe1049ccDknB.max7AzxqdHHouIwstAHYEZHqIUJyGdG'

describe('a secret', () => {
  it('is known by its name, however it is written', () => {
    const names = [
      ...[
        'pass',
        'Passwd',
        'PWD',
        'pw',
        'user-password',
        'oldPassword',
        'password2',
        'PassWord',
        'passwordHash',
      ],
      ...[
        'clientSecret',
        'MFASecret',
        'remember_token',
        'accesstoken',
        'apiTokens',
        'hash',
        'pw_hash',
        'Salt',
      ],
      ...[
        'otp',
        'geheim',
        'phrase_secrète',
        'tajne pytanie',
        'totpSecret',
        'Passwort',
        'Kennwort',
        'Mot de passe',
        'contraseña',
        'contrasen\u0303a',
        'Senha',
      ],
      ...[
        'hasło',
        'Haslo',
        'パスワード',
        'ハ\u309aスワード',
        'password hint',
        'metadata.password',
        'recovery_codes',
      ],
    ]
    for (const name of names) assert.ok(isSecretMember(name, 'plums in the cellar'), name)
  })

  it('is not seen in other names', () => {
    const names = [
      'passport_number',
      'compass',
      'hashtag',
      'has_location',
      'secretary',
      'basalt',
      'company',
      'spw',
    ]
    for (const name of names) assert.ok(!isSecretMember(name, 'plums in the cellar'), name)
  })

  it('is no flag, number or date about one', () => {
    assert.ok(!isSecretMember('password_enabled', 'true'))
    assert.ok(!isSecretMember('has_password', '1'))
    assert.ok(!isSecretMember('token_version', 3))
    assert.ok(!isSecretMember('password_changed_at', '2024-01-15 10:30:00'))
    assert.ok(isSecretMember('pw', 123456))
  })

  it('does not reach the metadata from a column, and the note names the column', async () => {
    const user = await userOf(
      'csv',
      `email,remember_token,legacy,Passwort alt,team\na@x,abc,${bcrypt},plums,red`,
    )
    assert.deepEqual(user, {
      email: 'a@x',
      metadata: { team: 'red' },
      // The only hash of a row is the hash of the password, whatever the name of its column.
      password_hash: bcrypt,
      notes: [
        'remember_token is a secret and is not imported',
        'Passwort alt is a secret and is not imported',
      ],
    })
  })

  it('does not reach the metadata from the depth of JSON, also as text', async () => {
    const inner = { city: 'Lund', login: [{ userPass: 'plums' }, bcrypt, { by: 'mail' }] }
    const members = {
      email: 'a@example.com',
      user_metadata: inner,
      extra: JSON.stringify(inner),
      plain: '[ 1 ]',
    }
    const { metadata, notes } = await userOf('auth0', JSON.stringify(members))
    const kept = { city: 'Lund', login: [{}, { by: 'mail' }] }
    assert.deepEqual(metadata, { user_metadata: kept, extra: JSON.stringify(kept), plain: '[ 1 ]' })
    assert.deepEqual(notes, [
      'user_metadata.login.userPass is a secret and is not imported',
      'user_metadata.login looks like a password hash and is not imported',
      'extra.login.userPass is a secret and is not imported',
      'extra.login looks like a password hash and is not imported',
    ])
  })

  it('is the hash of the password in the columns that are named for one', async () => {
    const names = 'user_pass user_password encrypted_password password_digest hashed_password passwd pass'
    for (const name of names.split(' ')) {
      const user = await userOf('csv', `email,${name}\na@x,${bcrypt}`)
      assert.deepEqual(user, { email: 'a@x', password_hash: bcrypt }, name)
    }
  })

  it('is no password when its name says that it belongs to something else', async () => {
    const names = ['remember_digest', 'reset_digest', 'activation_digest', 'confirmation_digest', 'api_hash']
    for (const name of names) {
      const user = await userOf('csv', `username,email,${name}\na,a@example.com,${bcrypt}\n`)
      assert.equal(user.password_hash, undefined, name)
      assert.deepEqual(user.metadata, undefined, name)
    }
  })
})
