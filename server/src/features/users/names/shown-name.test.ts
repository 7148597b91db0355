import assert from 'node:assert/strict'
import { it } from 'node:test'
import { shownName } from './shown-name.ts'

it('a name loses the invisible characters that no script needs, and keeps the others', () => {
  const stripped = [
    ['Joiners between letters', 'A\u200dd\u200ca'],
    ['a joiner after an emoji without another one', 'Ad\u200da'],
    ['tags', 'Ad\u{e0041}a\u{e007f}'],
    ['variation selectors of letters', 'Ad\ufe0fa\u{e0100}'],
    ['fillers', 'A\u034fd\u115fa\u3164'],
    ['direction marks', 'A\u200ed\u200fa\u061c'],
    ['controls of notes', 'A\u{1d173}da'],
  ] as const
  for (const [what, name] of stripped) assert.equal(shownName(name), 'Ada', what)
  assert.equal(shownName('\u1112\u1161\u11ab'), '한', 'NFC')
  assert.equal(shownName('a\u034f\u0301'), 'á', 'composed after a joiner is gone')
  const kept = [
    'Ada Lovelace',
    'Zoë',
    'می\u200cخواهم',
    'क्\u200dष',
    'ශ්\u200dරී',
    '👩\u200d👧',
    '👩🏽\u200d🚀',
    '❤\ufe0f\u200d🔥',
    '🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}',
    '葛\u{e0100}城',
    '1\ufe0f\u20e3',
    'אדה\u200f!',
  ]
  for (const name of kept) {
    assert.equal(shownName(name), name.normalize('NFC'), name)
    assert.equal(shownName(shownName(name)), shownName(name), name)
  }
})
