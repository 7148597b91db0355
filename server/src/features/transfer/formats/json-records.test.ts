import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { runs } from '../../../../test/harness/properties.ts'
import { readJsonRecords } from './json-records.ts'
import { maxRecordBytes, type SourceRecord } from './source-record.ts'
import { fixture, getFormat, inChunks, itemsOf, summary } from './test-formats.ts'

async function recordsOf(
  text: string | Buffer,
  lists: string[] = [],
  size = 65_536,
): Promise<SourceRecord[]> {
  async function* buffers() {
    for await (const chunk of inChunks(Buffer.from(text), size)) yield Buffer.from(chunk)
  }
  return (await Array.fromAsync(readJsonRecords(buffers(), new Set(lists)))).flat()
}

const shortOf = (records: SourceRecord[]) =>
  records.map((record) =>
    'fault' in record ? `${record.row} ${record.fault.code}` : 'members' in record && record.members,
  )

const line = (name: string) => JSON.stringify({ username: name, email: `${name}@example.com` })

describe('newline-delimited JSON', () => {
  it('reads one record a line, whatever ends the lines, and skips blank ones', async () => {
    const records = await recordsOf('\n{"a":1}\r\n\n{"a":2}\n  \n{"a":3}')
    assert.deepEqual(records, [
      { row: 2, members: { a: 1 } },
      { row: 4, members: { a: 2 } },
      { row: 6, members: { a: 3 } },
    ])
  })

  it('reports a fault for a line that is no JSON, no object or not UTF-8, and continues', async () => {
    const bytes = Buffer.from(`{"a":1}\n{"a":\n[1]\n7\n{"a":"\xff"}\n{"a":2}\n`, 'latin1')
    assert.deepEqual(shortOf(await recordsOf(bytes)), [
      { a: 1 },
      '2 malformed_json',
      '3 not_an_object',
      '4 not_an_object',
      '5 not_utf8',
      { a: 2 },
    ])
  })

  it('continues after a first line that is broken', async () => {
    const found = shortOf(await recordsOf(`{"username": ines}\n${line('otto')}\n`))
    assert.deepEqual(found, ['1 malformed_json', { username: 'otto', email: 'otto@example.com' }])
  })

  it('keeps the text of a broken line as its source', async () => {
    const [, broken] = await itemsOf('roster', `${line('a')}\n{"username":"b"\n`)
    assert.ok(broken && 'fault' in broken)
    assert.equal(broken.source, '{"username":"b"')
    assert.match(broken.fault.detail, /not valid JSON/)
  })

  it('reports a fault for a line over 1 MiB, keeps none of it, and continues', async () => {
    const large = JSON.stringify({ username: 'x'.repeat(maxRecordBytes) })
    const items = await itemsOf('roster', `${line('a')}\n${large}\n${line('b')}`, { size: 50_000 })
    assert.deepEqual(summary(items), ['1 user', '2 record_too_large', '3 user'])
    assert.deepEqual(
      await itemsOf('roster', `${large}`, { size: 50_000 }),
      [items[1]].map((each) => ({ ...each, row: 1 })),
    )
  })
})

describe('a JSON document', () => {
  it('is a list of records, however it is laid out', async () => {
    const users = [{ a: 1 }, { a: '}],[{"' }, { a: [{ b: '\\' }] }]
    const expected = users.map((members, index) => ({ row: index + 1, members }))
    for (const text of [
      JSON.stringify(users),
      JSON.stringify(users, null, 2),
      JSON.stringify(users, null, '\t'),
    ]) {
      assert.deepEqual(await recordsOf(text), expected)
    }
  })

  it('is an object with lists of records; the rest is skipped', async () => {
    const text = `{"realm":"x","skip":[{"users":[{"a":9}]}],"n":-1.5e3,"s":"\\"","users":[{"a":1}],"z":null,"u\\u0073ers":[{"a":2}]}`
    assert.deepEqual(shortOf(await recordsOf(text, ['users'])), [{ a: 1 }, { a: 2 }])
  })

  it('is a single record when it has no such list', async () => {
    assert.deepEqual(shortOf(await recordsOf('{\n "a": {"users": [1]}\n}', ['users'])), [
      { a: { users: [1] } },
    ])
  })

  it('may follow another one', async () => {
    const pages = '{"Users":[{"a":1}]}\n{"Users":[{"a":2}]}\n'
    assert.deepEqual(shortOf(await recordsOf(pages, ['Users'])), [{ a: 1 }, { a: 2 }])
    assert.deepEqual(shortOf(await recordsOf('[{"a":1}]\n[]\n[{"a":2}]')), [{ a: 1 }, { a: 2 }])
  })

  it('continues after items that are no objects, too deep or over 1 MiB', async () => {
    const deep = `{"a":${'['.repeat(16)}${']'.repeat(16)}}`
    const fits = `{"a":${'['.repeat(15)}${']'.repeat(15)}}`
    const large = JSON.stringify({ a: 'x'.repeat(maxRecordBytes) })
    const found = shortOf(await recordsOf(`[1,"x",null,${deep},${large},${fits}]`, [], 10_000))
    assert.deepEqual(found.slice(0, 5), [
      '1 not_an_object',
      '2 not_an_object',
      '3 not_an_object',
      '4 too_deep',
      '5 record_too_large',
    ])
    assert.deepEqual(found[5], JSON.parse(fits))
  })

  const broken: [text: string, records: number, where: RegExp][] = [
    ['[{"a":1},{"a":', 1, /byte 14: it ends too early/],
    ['[{"a":1}', 1, /byte 8: it ends too early/],
    ['[{"a":1},', 1, /byte 9: it ends too early/],
    ['[{"a":1} {"a":2}]', 1, /byte 9: a comma or the end/],
    ['[{"a":1},{"a":tru},{"a":3}]', 1, /near byte 9: a record is malformed/],
    ['[{"a":1},{"a":[}]},{"a":3}]', 1, /byte 15: the brackets do not match/],
    ['[{"a":1}]]', 1, /byte 9: an object or a list is expected/],
    ['[,]', 0, /byte 1: a value is expected/],
    ['[{"a":1},]', 1, /byte 9: a value is expected/],
    ['hello', 0, /byte 0: an object or a list is expected/],
    ['{"users":[{"a":1}],}', 1, /byte 19: the name of a member/],
    ['{"users":[{"a":1}] "b":1}', 1, /byte 19: a comma or the end of the object/],
    ['{"b":nul,"users":[{"a":1}]}', 0, /a value is malformed/],
    ['{"b" 1}', 0, /byte 5: a colon/],
    [`[${'['.repeat(2000)}`, 0, /the brackets do not match/],
  ]
  for (const [text, records, where] of broken) {
    it(`ends with a last fault that says where: ${text.slice(0, 30)}`, async () => {
      for (const size of [1, 4, 65_536]) {
        const found = await recordsOf(text, ['users'], size)
        const last = found.at(-1)!
        assert.equal(found.length, records + 1)
        assert.ok('fault' in last)
        assert.equal(last.row, records + 1)
        assert.equal(last.fault.code, 'malformed_json')
        assert.match(last.fault.detail, where)
      }
    })
  }

  it('has the same records in whatever chunks it comes', async () => {
    const value = fc.jsonValue({ maxDepth: 3 })
    const record = fc.dictionary(fc.string(), value)
    const property = fc.asyncProperty(
      fc.array(record),
      fc.boolean(),
      fc.integer({ min: 1, max: 20 }),
      async (users, spaced, size) => {
        const text = JSON.stringify({ first: users, users, last: 'x' }, null, spaced ? 1 : 0)
        const records = await recordsOf(text, ['users'], size)
        const expected = JSON.parse(JSON.stringify(users), (_, each) => {
          if (each !== null && typeof each === 'object') Reflect.deleteProperty(each, '__proto__')
          return each
        })
        assert.deepEqual(shortOf(records), expected)
      },
    )
    await fc.assert(property, { numRuns: runs(200) })
  })
})

describe('the start of a JSON file', () => {
  it('may be a byte order mark, in whatever chunks', async () => {
    for (const size of [1, 2, 3, 100]) {
      const items = await itemsOf('roster', `\ufeff${line('a')}\n${line('b')}`, { size })
      assert.deepEqual(summary(items), ['1 user', '2 user'])
    }
  })

  it('may be UTF-16', async () => {
    const items = await itemsOf('roster', Buffer.from(`\ufeff${line('a')}`, 'utf16le'))
    assert.deepEqual(summary(items), ['1 user'])
  })

  it('may be missing', async () => {
    for (const text of ['', '\ufeff', '\n\n', '[]', ' [ ] '])
      assert.deepEqual(await itemsOf('roster', text), [])
  })
})

describe('a member named __proto__', () => {
  it('is left out, however it is spelled, and changes nothing', async () => {
    const text = `{"username":"a","email":"a@example.com","metadata":{"__proto__":{"admin":true},"x":{"\\u005f_proto__":1,"y":2}}}`
    for (const input of [text, `[${text}]`]) {
      const [item] = await itemsOf('roster', input)
      assert.ok(item && 'user' in item)
      const { metadata = {} } = item.user
      assert.equal(metadata['admin'], undefined)
      assert.deepEqual(metadata, { x: { y: 2 } })
    }
    assert.equal(({} as Record<string, unknown>)['admin'], undefined)
  })
})

describe('an input that fails', () => {
  it('passes its error on', async () => {
    async function* input() {
      yield Buffer.from(fixture('roster-export.ndjson'))
      throw new Error('the disk is gone')
    }
    await assert.rejects(Array.fromAsync(getFormat('roster').read(input(), {})), /the disk is gone/)
  })

  it('is closed when the reader stops', async () => {
    let closed = false
    async function* input() {
      try {
        for (;;) yield Buffer.from(`${line('a')}\n`)
      } finally {
        closed = true
      }
    }
    for await (const item of getFormat('roster').read(input(), {})) if (item.row === 3) break
    assert.ok(closed)
  })
})
