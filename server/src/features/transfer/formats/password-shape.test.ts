import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { verifyHash } from '../../passwords/hashes/index.ts'
import { itemsOf } from './test-formats.ts'

const hashes = [
  '$2y$04$xsE3vIRiLZe1049ccDknB.max7AzxqdHHouIwstAHYEZHqIUJyGdG',
  '$argon2id$v=19$m=1024,t=1,p=1$8ZeeT0Efzm/38sey0g3n2Q$fQugFMrI2S3kX5yHNQ9pJeQ/vk+LEQZrwkEslQCoJWI',
  'pbkdf2_sha256$1000$abcdefghijkl$zO4f3FpBucOZtenLpwUq+AE7gdOfIz8/UCi7pwnvdYk=',
  '$pbkdf2-sha256$1000$c2FsdA$aGFzaA',
  '$wp$2y$10$607XKVrBjPEqujeOXNwbYuOJ.gPMd2TelMMknmeV70Kap1E81Ovo6',
  '$P$6XCe0oPwGlafwAdWig7amyKL/P4LWH.',
  '$6$jQd0C1QUgn3fRvuP$2g00luwKOlSK',
  '$1$salt$qJH7.N4xYta3aEG/dfqo/0',
  '$scrypt$ln=14,r=8,p=1$c2FsdA$aGFzaA',
  'scrypt:32768:8:1$abcdefgh$0000',
  '{SSHA}MGAN2xX10G+jAa19/sO29K1VnHLo3RsD',
  '{SSHA512}MGAN2xX10G+jAa19',
  '{noop}plums',
  '{argon2@SpringSecurity_v5_8}$argon2id$v=19$x',
  '*94BDCEBE19083CE2A1F959FD02F964C7AF4CFC29',
  ...[32, 40, 56, 64, 96, 128].map((length) => 'a1'.repeat(length / 2)),
]

async function userOf(format: string, text: string) {
  const [item] = await itemsOf(format, text)
  assert.ok(item && 'user' in item, JSON.stringify(item))
  return item.user
}

async function usersWith(password: string) {
  const member = { email: 'a@example.com', password }
  return [
    await userOf('csv', `email,password\na@example.com,"${password}"`),
    await userOf('roster', JSON.stringify(member)),
    await userOf('auth0', JSON.stringify(member)),
    await userOf('scim', JSON.stringify({ ...member, schemas: [] })),
    await userOf('okta', JSON.stringify({ id: '1', credentials: { password: { value: password } } })),
    await userOf(
      'keycloak',
      JSON.stringify({ username: 'a', credentials: [{ type: 'password', value: password }] }),
    ),
  ]
}

describe('a plain password', () => {
  it('is never the text of a hash, in no format', async () => {
    for (const hash of hashes) {
      for (const user of await usersWith(hash)) {
        assert.equal(user.password, undefined, hash)
        assert.equal(user.password_hash, hash)
      }
    }
  })

  it('is never a text around a hash: quotes, a name, percent signs, base 64, hexadecimal', async () => {
    const [bcrypt = ''] = hashes
    const read = [`'${bcrypt}'`, `bcrypt:${bcrypt}`, bcrypt.replaceAll('$', '%24')]
    for (const text of read) assert.equal((await usersWith(text))[0]!.password_hash, bcrypt, text)
    const kept = [
      Buffer.from(bcrypt).toString('base64'),
      `\\x${Buffer.from(bcrypt).toString('hex')}`,
      `md5_then_bcrypt=${bcrypt}`,
      `sha256:${'a1'.repeat(32)}`,
      `sha1:64000:18:c2FsdHNhbHRzYWx0:aGFzaGhhc2hoYXNoaGFzaGhhc2g5`,
      `salt$${'a1'.repeat(20)}`,
    ]
    for (const text of kept)
      for (const user of (await usersWith(text)).slice(0, 1)) {
        assert.equal(user.password, undefined, text)
        assert.equal(user.password_hash, text.replaceAll('\\\\', '\\'))
      }
  })

  it('is locked by a mark, and the note says so', async () => {
    for (const mark of ['!Xyz123Abc456', '!', '!!', '*', '*locked*xx', 'x', '!$6$abc$def']) {
      for (const user of await usersWith(mark)) {
        assert.equal(user.password, undefined, mark)
        assert.equal(user.password_hash, undefined, mark)
        assert.ok(user.notes?.includes('the password is locked and not imported'), mark)
      }
    }
  })

  it('stays as it is otherwise', async () => {
    for (const password of [
      'plums in the cellar 9',
      'xylophone',
      '$money$',
      '{braces} 12',
      'deadbeef',
      '$2 a day',
    ]) {
      for (const user of await usersWith(password)) {
        assert.equal(user.password, password)
        assert.equal(user.password_hash, undefined)
      }
    }
  })

  it('gives way to a hash that has its own column', async () => {
    const user = await userOf('csv', `email,password,password_hash\na@example.com,${hashes[0]},${hashes[5]}`)
    assert.equal(user.password, undefined)
    assert.equal(user.password_hash, hashes[5])
  })

  it('is locked by a mark in the column of the hash', async () => {
    const user = await userOf('csv', 'email,encrypted_password\na@example.com,*')
    assert.equal(user.password_hash, undefined)
    assert.deepEqual(user.notes, ['the password is locked and not imported'])
  })
})

describe('a bare digest', () => {
  const digest = createHash('sha256').update('s4lt').update('plums in the cellar 9').digest('hex')

  it('gets the scheme that the operator states, and its salt', async () => {
    for (const column of ['salt', 'password_salt', 'PasswordSalt']) {
      const text = `email,password,${column}\na@example.com,${digest},s4lt`
      const [item] = await itemsOf('csv', text, { hashScheme: 'sha256:salt+password' })
      assert.ok(item && 'user' in item)
      assert.deepEqual(Object.keys(item.user), ['email', 'password_hash'])
      assert.ok(await verifyHash(item.user.password_hash!, 'plums in the cellar 9'))
      assert.equal(await verifyHash(item.user.password_hash!, 'another'), false)
    }
  })

  it('stays what it is when it says its scheme itself, or none is stated', async () => {
    const text = `email,password_hash\na@example.com,${hashes[0]}`
    const [item] = await itemsOf('csv', text, { hashScheme: 'sha256:salt+password' })
    assert.ok(item && 'user' in item && item.user.password_hash === hashes[0])
    const [bare] = await itemsOf('csv', `email,password_hash\na@example.com,${digest}`)
    assert.ok(bare && 'user' in bare && bare.user.password_hash === digest)
  })
})
