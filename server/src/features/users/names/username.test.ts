import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import '../../../../test/harness/properties.ts'
import { checkUsername, type UsernameChooser, usernameKey } from './username.ts'

function codeOf(value: string, by: UsernameChooser = 'signup'): string {
  const check = checkUsername(value, by)
  return check.ok ? 'ok' : check.code
}

describe('checkUsername', () => {
  const accepted = [
    'a',
    'ada',
    'Ada.Lovelace',
    'a_b-c.d',
    '42',
    '-',
    '___',
    'ädä',
    'e\u0301',
    'Ａda',
    '山田',
    'админ',
    'ß'.repeat(64),
    '𝒜'.repeat(64),
  ]
  for (const value of [...accepted, 'x'.repeat(64)]) {
    it(`accepts ${value}`, () => assert.equal(codeOf(value), 'ok'))
  }

  const refused: [string, string][] = [
    ['', 'too_short'],
    ['x'.repeat(65), 'too_long'],
    ['𝒜'.repeat(65), 'too_long'],
    ['a\u0000b', 'control_character'],
    ['a\u001b[0m', 'control_character'],
    ['a\u0085', 'control_character'],
    ['a\ud800', 'not_well_formed'],
    [' ada', 'invalid_character'],
    ['ada ', 'invalid_character'],
    ['   ', 'invalid_character'],
    ['ada@example.org', 'invalid_character'],
    ['ada＠example.org', 'invalid_character'],
    ['．．', 'invalid_character'],
    ['a／b', 'invalid_character'],
    ['½', 'invalid_character'],
    ['ﷺ', 'invalid_character'],
    ['\u0301a', 'invalid_character'],
    ['ada\u3164', 'invalid_character'],
    ['ada\u200b', 'invalid_character'],
    ['ada\u200d', 'invalid_character'],
    ['ada\ufe0f', 'invalid_character'],
    ['\u202eada', 'invalid_character'],
    ['😀', 'invalid_character'],
    ['018f5c3a-7b1e-7cc0-8a1b-0123456789ab', 'username_like_id'],
    ['018F5C3A-7B1E-7CC0-8A1B-0123456789AB', 'username_like_id'],
    ['018f5c3a7b1e7cc08a1b0123456789ab', 'username_like_id'],
    ['０18f5c3a-7b1e-7cc0-8a1b-0123456789ab', 'username_like_id'],
  ]
  for (const [value, code] of refused)
    it(`${code}: ${JSON.stringify(value)}`, () => assert.equal(codeOf(value), code))

  for (const value of ['admin', 'administrator', 'root', 'system', 'Admin', 'ＲＯＯＴ', 'admın', 'SYSTEM']) {
    it(`keeps ${value} for administrators to give`, () => {
      assert.equal(codeOf(value, 'signup'), 'username_reserved')
      assert.equal(codeOf(value, 'admin'), 'ok')
    })
  }

  for (const value of ['аdmin', 'rоot', 'adm1n', 'r00t', 'adrnin', 'Аdministrator', 'supp0rt', 'гооt']) {
    it(`keeps ${value}, which looks like a reserved name`, () => {
      assert.ok(['username_reserved', 'mixed_scripts'].includes(codeOf(value, 'signup')))
      assert.equal(codeOf(value, 'admin'), 'ok')
    })
  }

  for (const value of ['pаul', 'paυl', 'αlex', 'Ольgа', 'ада_x'])
    it(`mixed_scripts: ${value}`, () => {
      assert.equal(codeOf(value), 'mixed_scripts')
      assert.equal(codeOf(value, 'admin'), 'ok')
    })

  for (const value of [
    '山田taro',
    'やまだ山田',
    '김철수kim',
    'ольга_1',
    'jürgen.müller',
    'नमस्ते',
    'محمد',
    'מיכאל',
    'ἀλέξανδρος',
  ])
    it(`accepts ${value}`, () => assert.equal(codeOf(value), 'ok'))

  for (const value of ['me', 'ME', 'import', 'export', '.', '..']) {
    it(`refuses the reserved name ${value}`, () => {
      assert.equal(codeOf(value, 'signup'), 'username_reserved')
      assert.equal(codeOf(value, 'admin'), 'username_reserved')
    })
  }

  it('gives the key that usernameKey gives, which fits the grammar and is its own key', () => {
    const letters = fc.string({ unit: fc.constantFrom(...'aZ0._-ßıİςéﬃ²Ａ山①'), minLength: 1, maxLength: 64 })
    fc.assert(
      fc.property(fc.oneof(letters, fc.string({ unit: 'binary' })), (value) => {
        const check = checkUsername(value, 'admin')
        if (!check.ok) return
        assert.equal(check.key, usernameKey(value))
        assert.equal(usernameKey(check.key), check.key)
        assert.match(check.key, /^[\p{L}\p{M}\p{N}._-]+$/u)
        assert.ok(Buffer.byteLength(check.key) < 2700, 'longer than an index entry of PostgreSQL')
      }),
    )
  })
})
