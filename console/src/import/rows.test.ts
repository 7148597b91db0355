import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { kindOf, type Part, partsOf } from './rows.ts'

async function read(text: string, kind: 'csv' | 'ndjson') {
  const parts: Part[] = []
  for await (const part of partsOf(new Blob([text]), kind)) parts.push(part)
  return Promise.all(parts.map(async ({ content, rows, end }) => ({ text: await content.text(), rows, end })))
}

describe('the parts of a file to import', () => {
  it('each part of a CSV file has the header and whole records', async () => {
    const records = Array.from({ length: 501 }, (_, index) => `a${index},"Line ""1""\nline ${index}"\r\n`)
    const text = `\uFEFFusername,first_name\r\n${records.join('')}`
    const parts = await read(text, 'csv')
    assert.deepEqual(
      parts.map(({ rows }) => rows),
      [500, 1],
    )
    assert.equal(parts[1]!.text, `username,first_name\r\n${records[500]}`)
    assert.equal(parts[1]!.end, new Blob([text]).size)
  })

  it('an NDJSON file without a last line end is read to its end; empty lines do not count', async () => {
    const parts = await read('{"a":1}\n\n{"a":"ä€😀"}', 'ndjson')
    assert.deepEqual(parts, [{ text: '{"a":1}\n{"a":"ä€😀"}\n', rows: 2, end: 26 }])
  })

  it('an empty file is one empty part, so that the service says what is missing', async () => {
    assert.deepEqual(await read('', 'csv'), [{ text: '', rows: 0, end: 0 }])
  })

  it('the kind is known by the name or the first character', () => {
    assert.equal(kindOf('users.csv', '{'), 'csv')
    assert.equal(kindOf('users.jsonl', '{"username":"a"}'), 'ndjson')
    assert.equal(kindOf('users.txt', 'username,email'), 'csv')
    assert.equal(kindOf('users.json', '{"users":[{"username":"a"}]}'), 'ndjson')
  })

  it('what has no record on each line is sent whole, with its bytes unchanged', async () => {
    const whole = [
      '{\n "realm": "x",',
      '[{"username":"a"},',
      '-- MySQL dump, 8',
      'dn: uid=a,ou=b',
      'root:x:0:0::/:/bin/sh',
    ]
    for (const head of [...whole, '\uFFFDPNG\r\n\u001A\n', 'a,b\0c'])
      assert.equal(kindOf('file', head), 'whole', head)
    const bytes = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)
    const parts: Part[] = []
    for await (const part of partsOf(new Blob([bytes]), 'whole')) parts.push(part)
    assert.equal(parts.length, 1)
    assert.deepEqual(new Uint8Array(await parts[0]!.content.arrayBuffer()), bytes)
  })
})
