import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { runs } from '../../../../test/harness/properties.ts'
import { codePointLength, compareCodePoints, faultOfText, foldCase } from './text.ts'

const anyText = fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed())

function everyCodePoint(visit: (character: string) => void): void {
  for (let point = 0; point <= 0x10ffff; point++) {
    if (point < 0xd800 || point > 0xdfff) visit(String.fromCodePoint(point))
  }
}

describe('faultOfText', () => {
  const refused: [string, string, string][] = [
    ['half a surrogate pair', 'a\ud800b', 'not_well_formed'],
    ['NUL', 'a\u0000b', 'control_character'],
    ['ESC', 'a\u001b[31m', 'control_character'],
    ['a line feed', 'a\nb', 'control_character'],
    ['DEL', 'a\u007f', 'control_character'],
    ['a C1 control', 'a\u009b', 'control_character'],
    ['a non-character', 'a\uffff', 'noncharacter'],
    ['a non-character beyond U+FFFF', 'a\u{1fffe}', 'noncharacter'],
  ]
  for (const [what, text, code] of refused)
    it(`refuses ${what}`, () => assert.equal(faultOfText(text)?.code, code))

  const refusedWhenShown: [string, string, string][] = [
    ['a line separator', 'a\u2028b', 'control_character'],
    ['a bidi override', 'a\u202eb', 'bidi_control'],
    ['a bidi isolate', 'a\u2066b', 'bidi_control'],
    ['a zero-width space', 'a\u200bb', 'invisible_character'],
    ['a byte order mark', 'a\ufeffb', 'invisible_character'],
    ['space before', ' a', 'surrounding_space'],
    ['space behind', 'a\u3000', 'surrounding_space'],
    ['nothing to see', '\u3164', 'invisible_character'],
    ['a blank Braille cell', '\u2800', 'invisible_character'],
  ]
  for (const [what, text, code] of refusedWhenShown) {
    it(`refuses ${what} in what is shown, and only there`, () => {
      assert.equal(faultOfText(text, { shown: true })?.code, code)
      assert.equal(faultOfText(text), undefined)
    })
  }

  it('accepts the names of people, with joiners, marks and flags', () => {
    for (const name of [
      "Renée O'Hara",
      'می‌خواهم',
      '👨‍👩‍👧',
      '🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}',
      '山田',
      'א\u200fב',
    ]) {
      assert.equal(faultOfText(name, { shown: true }), undefined, name)
    }
  })

  it('counts code points', () => {
    assert.equal(faultOfText('😀'.repeat(64), { max: 64 }), undefined)
    assert.equal(faultOfText('😀'.repeat(65), { max: 64 })?.code, 'too_long')
    assert.equal(faultOfText('', { min: 1 })?.code, 'too_short')
  })

  it('refuses a million characters without reading them', () => {
    const text = 'a'.repeat(1_000_000)
    const start = performance.now()
    assert.equal(faultOfText(text, { max: 100 })?.code, 'too_long')
    assert.ok(performance.now() - start < 20)
  })
})

describe('codePointLength', () => {
  it('is the length of the list of code points', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => codePointLength(text) === [...text].length),
    )
  })
})

describe('foldCase', () => {
  const same: string[][] = [
    ['straße', 'STRASSE', 'STRAẞE', 'strasse'],
    ['ΟΔΥΣΣΕΥΣ', 'οδυσσευς', 'οδυσσευσ'],
    ['Istanbul', 'İstanbul', 'ıstanbul', 'istanbul'],
    ['ｆｕｌｌ', 'full'],
    ['ﬁn', 'FIN'],
    ['e\u0301', 'É'],
    ['\u212a', 'k'],
    ['𝒜', 'a'],
  ]
  for (const texts of same) {
    it(`makes ${texts.join(', ')} equal`, () => assert.equal(new Set(texts.map(foldCase)).size, 1))
  }

  it('keeps a prefix ending in sigma a prefix', () =>
    assert.ok(foldCase('οδυσσευς').startsWith(foldCase('ΟΔΥΣ'))))

  it('changes nothing the second time and ignores case, for every code point', () => {
    const wrong: string[] = []
    everyCodePoint((character) => {
      const folded = foldCase(character)
      const stable = foldCase(folded) === folded
      const caseless =
        foldCase(character.toUpperCase()) === folded && foldCase(character.toLowerCase()) === folded
      if (!stable || !caseless) wrong.push(character.codePointAt(0)!.toString(16))
    })
    assert.deepEqual(wrong, [])
  })

  it('changes nothing the second time, ignores case and normalisation, for any text', () => {
    const letters = fc.string({ unit: fc.constantFrom(...'aıIİißẞςσΣſKÅéǰŉΐﬃᾳᾼ\u0307\u0301\u0323\u0345ꭰᏰ') })
    fc.assert(
      fc.property(fc.oneof(letters, anyText), (text) => {
        const folded = foldCase(text)
        assert.equal(foldCase(folded), folded)
        // Decomposed, as Unicode's caseless matching has it: an iota subscript before an accent becomes a letter before it.
        const normal = text.normalize('NFD')
        assert.equal(foldCase(normal.toUpperCase()), foldCase(normal.toLowerCase()))
        assert.equal(foldCase(text.normalize('NFD')), folded)
      }),
      { numRuns: runs(3000) },
    )
  })
})

describe('compareCodePoints', () => {
  it('orders as UTF-8 bytes do', () => {
    fc.assert(
      fc.property(
        anyText,
        anyText,
        (a, b) => Math.sign(compareCodePoints(a, b)) === Buffer.compare(Buffer.from(a), Buffer.from(b)),
      ),
    )
    assert.ok(compareCodePoints('\uffee', '😀') < 0)
  })
})
