/** Digests whose scheme is in the record: each accepts the password that its system hashed. */
import assert from 'node:assert/strict'
import { createHash, pbkdf2Sync } from 'node:crypto'
import { describe, it } from 'node:test'
import { verifyHash } from '../../passwords/hashes/index.ts'
import { itemsOf } from './test-formats.ts'

const typed = 'plums in the cellar 9'
const digest = (algorithm: string, text: string) => createHash(algorithm).update(text).digest('hex')
const giteaSalt = '8f1d2c3b4a5968778695a4b3c2d1e0f0'
const gitea = (iterations: number, salt: Buffer) =>
  pbkdf2Sync(typed, salt, iterations, 50, 'sha256').toString('hex')

const records: Record<string, Record<string, string>> = {
  Gitea: {
    passwd: gitea(5000, Buffer.from(giteaSalt, 'hex')),
    passwd_hash_algo: 'pbkdf2$5000$50',
    salt: giteaSalt,
  },
  'an old Gitea': {
    passwd: gitea(10_000, Buffer.from('abcdefghij')),
    passwd_hash_algo: 'pbkdf2',
    salt: 'abcdefghij',
  },
  'Google Workspace': {
    'Password [Required]': digest('sha1', typed),
    'Password Hash Function [UPLOAD ONLY]': 'SHA-1',
  },
  Logto: { password_encrypted: digest('sha256', typed), password_encryption_method: 'SHA256' },
  vBulletin: {
    userid: '1',
    usergroupid: '2',
    password: digest('md5', `${digest('md5', typed)}abc`),
    passworddate: '2024-01-15',
    salt: 'abc',
  },
  MyBB: {
    uid: '1',
    usergroup: '2',
    loginkey: 'k',
    password: digest('md5', digest('md5', 'abc') + digest('md5', typed)),
    salt: 'abc',
  },
  OpenCart: {
    customer_group_id: '1',
    newsletter: '0',
    password: digest('sha1', `abc${digest('sha1', `abc${digest('sha1', typed)}`)}`),
    salt: 'abc',
  },
  'Simple Machines Forum': {
    id_member: '1',
    member_name: 'Jane',
    passwd: digest('sha1', `jane${typed}`),
    password_salt: 'ab12',
  },
  'Simple Machines Forum 2.1': {
    id_member: '1',
    member_name: 'Jane',
    passwd: '$2y$04$abcdefghijklmnopqrstuuoKZIg3T6ZUF2Q5RM/OafqrrCDY87wha',
    password_salt: 'ab12',
  },
}

describe('a digest whose scheme the record tells', () => {
  for (const [system, record] of Object.entries(records))
    it(`opens with the password: ${system}`, async () => {
      const row = { ...record, email: 'j@example.com' }
      const csv = `${Object.keys(row).join(',')}\n${Object.values(row).join(',')}\n`
      for (const [format, text] of [
        ['csv', csv],
        ['json', JSON.stringify([row])],
      ] as const) {
        const [item] = await itemsOf(format, text)
        assert.ok(item && 'user' in item, JSON.stringify(item))
        const { password_hash = '', password, notes } = item.user
        assert.equal(password, undefined)
        assert.deepEqual(
          notes?.filter((note) => /salt|algo|method|function/i.test(note)),
          notes && [],
        )
        assert.equal(await verifyHash(password_hash, typed), true, password_hash)
        assert.equal(await verifyHash(password_hash, 'certainly another'), false)
      }
    })

  it('stays refused when a salt is beside it and nothing says its place', async () => {
    const row = `${digest('sha256', `pepper${typed}`)},pepper,sha256,j@example.com`
    const [item] = await itemsOf('csv', `password_hash,salt,algorithm,email\n${row}\n`)
    assert.ok(item && 'user' in item)
    assert.match(item.user.password_hash ?? '', /^[0-9a-f]{64}$/)
  })
})
