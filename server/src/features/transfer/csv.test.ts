import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { runs } from '../../../test/harness/properties.ts'
import {
  type CsvUser,
  csvColumnsOf,
  csvHeader,
  csvOfUsers,
  csvRows,
  textOfCell,
  userOfCsvRow,
} from './csv.ts'
import { detectFormat, itemsOf } from './formats/test-formats.ts'

const pat: CsvUser = {
  id: '019a0c11-5d2e-7a00-8000-00000000a003',
  username: 'pat',
  email: 'pat@example.com',
  email_verified: true,
  first_name: 'Pat',
  last_name: null,
  locale: 'pt-BR',
  status: 'active',
  roles: ['editor', 'user'],
  groups: ['R&D; A'],
  external_id: null,
  metadata: { plan: 'pro' },
  profile: { theme: 'dark' },
  created_at: '2026-01-02T03:04:05.678Z',
  updated_at: '2026-01-02T03:04:05.678Z',
  last_login_at: null,
}

const plain = csvColumnsOf({ passwordHash: false })
const withHash = csvColumnsOf({ passwordHash: true })

describe('csvRows', () => {
  it('writes the columns in their order, nulls as nothing, roles with semicolons and metadata as JSON', () => {
    const expected =
      '019a0c11-5d2e-7a00-8000-00000000a003,pat,pat@example.com,true,Pat,,pt-BR,active,editor;user,"[""R&D; A""]",,"{""plan"":""pro""}","{""theme"":""dark""}",' +
      '2026-01-02T03:04:05.678Z,2026-01-02T03:04:05.678Z,\r\n'
    assert.equal(csvRows([pat], plain), expected)
  })

  it('quotes what RFC 4180 asks for', () => {
    const row = csvRows(
      [{ ...pat, first_name: 'a "b", c', last_name: 'd\r\ne' }],
      ['first_name', 'last_name', 'status'],
    )
    assert.equal(row, '"a ""b"", c","d\r\ne",active\r\n')
  })

  for (const start of ['=', '+', '-', '@', '\t', '\r', '\n', '\0', "'", '＝', '＋', '－', '＠']) {
    it(`puts ' before a cell that starts with ${JSON.stringify(start)}`, () => {
      const cell = csvRows([{ ...pat, first_name: `${start}1+1` }], ['first_name']).replaceAll('"', '')
      assert.equal(cell, `'${start}1+1\r\n`)
      assert.equal(textOfCell(`'${start}1+1`), `${start}1+1`)
    })
  }

  for (const start of ['\u200b=', '\ufeff=', '\u00ad+', ' =', '\u2060@', '\u3164-', '\u200b\t=']) {
    it(`puts ' before a cell whose formula stands behind what shows nothing: ${JSON.stringify(start)}`, () => {
      const cell = csvRows([{ ...pat, first_name: `${start}1+1` }], ['first_name']).replaceAll('"', '')
      assert.equal(cell, `'${start}1+1\r\n`)
      assert.equal(textOfCell(`'${start}1+1`), `${start}1+1`)
    })
  }

  it('leaves a cell alone that has them further inside', () => {
    assert.equal(csvRows([{ ...pat, first_name: "d'Arc = x" }], ['first_name']), "d'Arc = x\r\n")
  })
})

describe('textOfCell', () => {
  it("takes away only a ' that the export has written", () => {
    assert.equal(textOfCell("'Arc"), "'Arc")
    assert.equal(textOfCell("''Arc"), "'Arc")
    assert.equal(textOfCell("'"), '')
    assert.equal(textOfCell(''), null)
  })
})

/** Members of this name do not survive, by intention. */
const withoutPrototype = (value: unknown): Record<string, unknown> =>
  JSON.parse(JSON.stringify(value), (_, each) => {
    if (typeof each === 'object' && each !== null) Reflect.deleteProperty(each, '__proto__')
    return each
  })

/** Any text that the service stores: without U+0000, which makes an import file a damaged one. */
const storedText = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', ''))

describe('csvOfUsers', () => {
  it('writes the header even without users', async () => {
    async function* noUsers() {}
    assert.deepEqual(await Array.fromAsync(csvOfUsers(noUsers(), withHash)), [csvHeader(withHash)])
  })

  it('is recognised and restored exactly, whatever the users are', async () => {
    const name = fc.option(fc.oneof(storedText, fc.constantFrom('=1', "'", "''", '-', '\r', ' ')))
    const instant = fc
      .date({ min: new Date('1970-01-01'), max: new Date('2999-12-31'), noInvalidDate: true })
      .map((date) => date.toISOString())
    const user: fc.Arbitrary<CsvUser> = fc.record({
      id: fc.uuid(),
      username: storedText,
      email: storedText,
      email_verified: fc.boolean(),
      first_name: name,
      last_name: name,
      locale: name,
      status: fc.constantFrom('active', 'disabled'),
      roles: fc.array(fc.stringMatching(/^[a-z][a-z0-9_-]*$/)),
      groups: fc.array(storedText),
      external_id: name,
      metadata: fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })).map(withoutPrototype),
      profile: fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })).map(withoutPrototype),
      created_at: instant,
      updated_at: instant,
      last_login_at: fc.option(instant),
      password_hash: fc.constantFrom('$2b$10$abc', '{"algorithm":"md5","a,b":"c"}'),
    })
    const property = fc.asyncProperty(
      fc.array(user, { minLength: 1, maxLength: 5 }),
      fc.boolean(),
      async (users, hashes) => {
        const columns = hashes ? withHash : plain
        async function* batches() {
          yield users
        }
        const text = (await Array.fromAsync(csvOfUsers(batches(), columns))).join('')
        const expected = users.map(({ password_hash, ...rest }) =>
          hashes ? { ...rest, password_hash } : rest,
        )
        assert.equal(detectFormat(text)?.format.name, 'roster')
        for (const name of ['roster', 'csv']) {
          const items = await itemsOf(name, text, { size: 997 })
          assert.deepEqual(
            items.map((item) => ('user' in item ? item.user : item)),
            expected,
          )
        }
      },
    )
    await fc.assert(property, { numRuns: runs(100) })
  })
})

describe('userOfCsvRow', () => {
  it('leaves what no export writes for the caller to refuse', () => {
    assert.deepEqual(
      userOfCsvRow({ email_verified: 'perhaps', roles: '', first_name: "'=1", last_name: '' }),
      {
        email_verified: 'perhaps',
        roles: [],
        first_name: '=1',
        last_name: null,
      },
    )
  })
})
