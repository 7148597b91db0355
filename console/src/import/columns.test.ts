import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { headerOf, mapText, metadataOf } from './columns.ts'

describe('the columns of a file to import', () => {
  it('are read from the first line, with every separator, quotes and a byte order mark', () => {
    const cases: [string, string[]][] = [
      ['Login name,Mail\r\na,b', ['Login name', 'Mail']],
      ['\uFEFFLogin;"Mail, private";Ort\nx', ['Login', 'Mail, private', 'Ort']],
      ['a\tb\tc', ['a', 'b', 'c']],
      ['a|b', ['a', 'b']],
      ['\n\n"say ""hi""", b ,,b\n', ['say "hi"', 'b']],
      ['"two\nlines",b\nc', ['two\nlines', 'b']],
      ['"never closed,b\nc', []],
      ['', []],
    ]
    for (const [text, expected] of cases) assert.deepEqual(headerOf(text), expected, text)
  })

  it('are sent as the service reads them', () => {
    assert.equal(mapText(new Map()), undefined)
    const choices = new Map([
      ['Mail', 'email'],
      ['Ort', metadataOf('Ort')],
      ['x', '-'],
    ])
    assert.equal(mapText(choices), 'Mail=email,Ort=metadata.Ort,x=-')
    assert.equal(metadataOf('a=b,c'), 'metadata.a_b_c')
  })
})
