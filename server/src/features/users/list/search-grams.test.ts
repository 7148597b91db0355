import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { runs } from '../../../../test/harness/properties.ts'
import { queryGrams, searchGrams } from './search-grams.ts'

const text = fc.string({ unit: fc.constantFrom(...'abc\né山😀𝒜'), maxLength: 40 })

/** The same by way of a Set. */
function simpleGrams(from: string): Set<string> {
  const grams = from.split('\n').flatMap((line) => {
    const points = [...line]
    return points.flatMap((_, i) =>
      [1, 2, 3].filter((n) => i + n <= points.length).map((n) => points.slice(i, i + n).join('')),
    )
  })
  return new Set(grams)
}

describe('searchGrams', () => {
  it('has every run of one, two and three code points once', () => {
    assert.deepEqual(searchGrams('aba').sort(), ['a', 'ab', 'aba', 'b', 'ba'])
    assert.deepEqual(searchGrams('😀é').sort(), ['é', '😀', '😀é'].sort())
  })

  it('does not reach over line ends', () => assert.deepEqual(searchGrams('a\nb').sort(), ['a', 'b']))

  it('is nothing for nothing', () => assert.deepEqual(searchGrams(''), []))

  it('agrees with a Set, for short and long texts in turn', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          fc.string({ unit: 'binary', maxLength: 200 }),
          fc.string({ minLength: 600, maxLength: 3000 }),
        ),
        (from) => {
          const grams = searchGrams(from)
          assert.equal(new Set(grams).size, grams.length)
          assert.deepEqual(new Set(grams), simpleGrams(from))
        },
      ),
      { numRuns: runs(500) },
    )
  })
})

describe('queryGrams', () => {
  it('is the query up to two code points, and its threes beyond', () => {
    assert.deepEqual(queryGrams(['a']), ['a'])
    assert.deepEqual(queryGrams(['😀b']), ['😀b'])
    assert.deepEqual(queryGrams(['abcd']), ['abc', 'bcd'])
    assert.deepEqual(queryGrams(['a', 'abc', 'de', 'xyz']), ['abc', 'xyz'])
  })

  it('is in the grams of every text that contains the query', () => {
    fc.assert(
      fc.property(text, text, text, (before, query, after) => {
        const grams = new Set(searchGrams(before + query + after))
        assert.ok(queryGrams(query.split('\n').filter(Boolean)).every((gram) => grams.has(gram)))
      }),
    )
  })
})
