import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { verifyHash } from '../../../passwords/hashes/index.ts'
import { detectFormat, itemsOf, summary } from '../test-formats.ts'

const salt = Buffer.from('saltsalt')
const digest = createHash('sha1').update('plums on the sill 7').update(salt).digest()
const ssha = `{SSHA}${Buffer.concat([digest, salt]).toString('base64')}`

const text = `# extended LDIF
#
version: 1

dn: dc=example,dc=com
objectClass: domain
dc: example

dn: uid=lena,ou=people,dc=example,dc=com
objectClass: inetOrgPerson
uid: lena
mail: lena@example.com
mail: l.ek@example.com
givenName:: ${Buffer.from('Léna').toString('base64')}
sn: Ek
cn: Léna Ek
userPassword:: ${Buffer.from(ssha).toString('base64')}
jpegPhoto:: ${Buffer.from([0xff, 0xd8, 0xff]).toString('base64')}
entryUUID: 5b0b9c3e-0000-4000-8000-000000000007
createTimestamp: 20240131093000Z
description: a text that is folded over
  two lines

dn: uid=lars,ou=people,dc=example,dc=com
uid: lars
mail: lars@example.com
pwdAccountLockedTime: 000001010000Z
`

describe('LDIF', () => {
  it('is known by its first entry', () => {
    assert.equal(detectFormat(text)?.format.name, 'ldif')
    assert.equal(detectFormat('dn: uid=a\nuid: a\n')?.format.name, 'ldif')
    assert.notEqual(detectFormat('email,dn: \na@example.com,b')?.format.name, 'ldif')
  })

  it('gives its people, however it is cut into chunks', async () => {
    for (const file of [text, text.replaceAll('\n', '\r\n')])
      for (const size of [65_536, 11, 1]) {
        const items = await itemsOf('ldif', file, { size })
        assert.deepEqual(summary(items), [
          '1 skipped: an entry without uid or mail, not a person',
          '2 user',
          '3 user',
        ])
        const [lena, lars] = items.flatMap((item) => ('user' in item ? [item.user] : []))
        const { password_hash, ...others } = lena!
        assert.ok(await verifyHash(password_hash!, 'plums on the sill 7'))
        assert.deepEqual(others, {
          ...{ username: 'lena', email: 'lena@example.com', first_name: 'Léna', last_name: 'Ek' },
          ...{ status: 'active', external_id: '5b0b9c3e-0000-4000-8000-000000000007' },
          created_at: '2024-01-31T09:30:00.000Z',
          metadata: { description: 'a text that is folded over two lines', display_name: 'Léna Ek' },
        })
        assert.deepEqual(lars, { username: 'lars', email: 'lars@example.com', status: 'disabled' })
      }
  })
})
