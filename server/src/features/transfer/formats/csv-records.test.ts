import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { maxRecordBytes } from './source-record.ts'
import { itemsOf, summary } from './test-formats.ts'

const firstNames = async (text: string | Buffer, size = 65_536) =>
  (await itemsOf('csv', text, { size })).map((item) =>
    'user' in item ? [item.row, item.user.first_name] : summary([item])[0],
  )

describe('CSV', () => {
  it('counts the lines on which rows start, over quoted line ends and blank lines', async () => {
    for (const end of ['\n', '\r\n', '\r']) {
      const text = [
        'email,first_name',
        'a@x,"two',
        'lines ""here"", and"',
        '',
        'b@x,B',
        '"c@x",""',
        'd@x,D',
      ].join(end)
      for (const size of [1, 5, 65_536]) {
        const expected = [
          [2, `two${end}lines "here", and`],
          [5, 'B'],
          [6, undefined],
          [7, 'D'],
        ]
        assert.deepEqual(await firstNames(text, size), expected)
      }
    }
  })

  it('takes semicolons or tabs when the header has more of them', async () => {
    assert.deepEqual(await firstNames('email;first_name;x,y\na@x;A, B;1', 3), [[2, 'A, B']])
    assert.deepEqual(await firstNames('email\tfirst_name\na@x\tA;B,C'), [[2, 'A;B,C']])
  })

  it('skips a byte order mark', async () => {
    assert.deepEqual(await firstNames('\ufeff"email",first_name\na@x,A', 1), [[2, 'A']])
  })

  it('reports a fault for a row with too many cells, and continues', async () => {
    const items = await itemsOf('csv', 'email,first_name\nb@x,B,more\nc@x,C\n')
    assert.deepEqual(summary(items), ['2 wrong_column_count', '3 user'])
    assert.ok(items[0] && 'fault' in items[0])
    assert.deepEqual(items[0].source, ['b@x', 'B', 'more'])
    assert.match(items[0].fault.detail, /has 3 columns, the header has 2/)
  })

  it('takes missing last cells for empty ones, unless columns are strict', async () => {
    const text = 'email,first_name\na@x\nb@x,B,\nc@x,C\n'
    assert.deepEqual(await firstNames(text), [
      [2, undefined],
      [3, 'B'],
      [4, 'C'],
    ])
    const items = await itemsOf('csv', text, { strictColumns: true })
    assert.deepEqual(summary(items), ['2 wrong_column_count', '3 wrong_column_count', '4 user'])
  })

  it('takes the delimiter that a first line states', async () => {
    for (const first of ['sep=;', '"sep=;"', 'SEP=;'])
      assert.deepEqual(await firstNames(`${first}\r\nemail;first_name\r\na@x;A,B\r\n`), [[3, 'A,B']])
    assert.deepEqual(await firstNames('sep=\t\nemail\tfirst_name\na@x\tA;B'), [[3, 'A;B']])
  })

  it('reports a fault for a row that is not UTF-8, and continues', async () => {
    const bytes = Buffer.concat([
      Buffer.from('email,first_name\n'),
      Buffer.from('a@x,J\xf8rn\n', 'latin1'),
      Buffer.from('b@x,Jørn\n'),
    ])
    assert.deepEqual(await firstNames(bytes, 1), ['2 not_utf8', [3, 'Jørn']])
  })

  it('takes a quote inside of an unquoted cell as it is', async () => {
    assert.deepEqual(await firstNames('email,first_name\na@x,A "B" C\nb@x,5" pipe'), [
      [2, 'A "B" C'],
      [3, '5" pipe'],
    ])
  })

  it('ends with a fault at a quote that never closes, after all rows before it', async () => {
    const before = 'b@x,B\n'.repeat(100)
    const items = await itemsOf('csv', `email,first_name\n${before}c@x,"C\nd@x,D\n`)
    assert.equal(items.length, 101)
    assert.deepEqual(summary(items).slice(-2), ['101 user', '102 malformed_csv'])
  })

  it('ends with a fault at a row over 1 MiB', async () => {
    const text = `email,first_name\na@x,A\nb@x,${'B'.repeat(maxRecordBytes)}\nc@x,C\n`
    assert.deepEqual(summary(await itemsOf('csv', text)), ['2 user', '3 record_too_large'])
  })

  it('refuses a header without username and e-mail address', async () => {
    assert.deepEqual(summary(await itemsOf('csv', 'name,phone\nA,1\n')), ['1 unknown_header'])
    assert.deepEqual(summary(await itemsOf('csv', '{"username":"a"}\n')), ['1 unknown_header'])
    assert.deepEqual(summary(await itemsOf('roster', 'username,email\na,b\n')), ['1 unknown_header'])
  })

  it('reads UTF-16', async () => {
    const bytes = Buffer.from('\ufeffemail\tfirst_name\na@x\tJörn', 'utf16le')
    assert.deepEqual(await firstNames(bytes, 3), [[2, 'Jörn']])
  })

  it('may be empty, or only a header', async () => {
    for (const text of ['', '\n', 'email', 'email\n']) assert.deepEqual(await itemsOf('csv', text), [])
  })

  it('ends after as many rows of separators only as a sheet has', async () => {
    const most = 2 ** 20
    const rows = async (count: number) => {
      const items = await itemsOf('csv', `email,first_name\na@x,A\n${',\n'.repeat(count)}b@x,B\n`)
      return { length: items.length, last: summary(items.slice(-1))[0] }
    }
    assert.deepEqual(await rows(most), { length: most + 2, last: `${most + 3} user` })
    assert.deepEqual(await rows(most + 5000), { length: most + 2, last: `${most + 3} too_many_empty_rows` })
  })

  it('skips the frame of a table that psql printed', async () => {
    const text = ' email | first_name \n-------+------------\n a@x   | A\n b@x   | B\n(2 rows)\n'
    assert.deepEqual(await firstNames(text), [
      [3, 'A'],
      [4, 'B'],
    ])
  })

  it('keeps the commas of argon2 that has no quotes around it', async () => {
    const hash = '$argon2id$v=19$m=1024,t=1,p=1$c2FsdHNhbHQ$ZGlnZXN0ZGlnZXN0ZGlnZXN0'
    for (const text of [`email,hash,team\na@x,${hash},red\n`, `email,team,hash\na@x,red,3|${hash}\n`]) {
      const [item] = await itemsOf('csv', text)
      assert.ok(item && 'user' in item, JSON.stringify(item))
      assert.equal(item.user.password_hash?.replace('3|', ''), hash)
      assert.deepEqual(item.user.metadata, { team: 'red' })
    }
  })
})
