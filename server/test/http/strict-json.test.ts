import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parseStrictJson } from '../../src/http/message/strict-json.ts'
import { runs } from '../harness/properties.ts'

const isPlain = (name: string) => name !== '__proto__' && name !== 'constructor' && !name.includes('\0')
const text = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((one) => !one.includes('\0'))
const name = text.filter(isPlain)
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 5 },
    text,
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((one) => (Object.is(one, -0) ? 0 : one)),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}))
const object = fc.dictionary(name, value, { maxKeys: 6, noNullPrototype: true })

describe('strict JSON', () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(object, fc.constantFrom(0, 2), (body, indent) => {
        const written = JSON.stringify(body, null, indent)
        assert.deepEqual(parseStrictJson(Buffer.from(written)), JSON.parse(written))
      }),
      { numRuns: runs(500) },
    )
  })

  it('finds a duplicate name wherever it is', () => {
    fc.assert(
      fc.property(object, name, value, value, (body, twice, first, second) => {
        const inner = `{${JSON.stringify(twice)}:${JSON.stringify(first)},${JSON.stringify(twice)}:${JSON.stringify(second)}}`
        const written = JSON.stringify({ ...body, deep: ['MARK'] }).replace('"MARK"', () => inner)
        assert.throws(() => parseStrictJson(Buffer.from(written)), { code: 'malformed_json' })
      }),
    )
  })

  it('throws nothing but problems, whatever the bytes', () => {
    const pieces = fc.array(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        '"',
        '\\',
        ':',
        ',',
        '1',
        'e',
        '-',
        'a',
        '\\u',
        'd800',
        '\\"',
        ' ',
        '\u0000',
        'é',
      ),
      { maxLength: 40 },
    )
    fc.assert(
      fc.property(pieces, (parts) => {
        try {
          parseStrictJson(Buffer.from(parts.join('')))
        } catch (error) {
          assert.ok(
            ['malformed_json', 'invalid_input'].includes((error as { code: string }).code),
            String(error),
          )
        }
      }),
      { numRuns: runs(2_000) },
    )
  })
})
