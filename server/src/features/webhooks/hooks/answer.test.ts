import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readAnswer } from './answer.ts'

const read = (answer: unknown) => readAnswer(JSON.stringify(answer))

describe('the answer of a hook', () => {
  it('allows, with claims that mean nothing elsewhere', () => {
    assert.deepEqual(read({ decision: 'allow' }), { decision: 'allow', claims: {} })
    const claims = { 'https://example.com/plan': 'gold', 'urn:example:seats': [1, { a: null }] }
    assert.deepEqual(read({ decision: 'allow', claims, more: 1 }), { decision: 'allow', claims })
    for (const wrong of [
      ...[{ sub: 'a' }, { roles: ['admin'] }, { exp: 9e9 }, { plan: 'gold' }, { 'a:b': 1 }],
      ...[
        { 'http://example.com/plain': 1 },
        { 'https://example.com/long': 'x'.repeat(2048) },
        ['a'],
        'a',
        null,
      ],
      Object.fromEntries(Array.from({ length: 21 }, (_, at) => [`urn:example:${at}`, at])),
    ])
      assert.equal(read({ decision: 'allow', claims: wrong }), 'wrong_claims', JSON.stringify(wrong))
    const polluting = '{"decision":"allow","claims":{"__proto__":{"polluted":true}}}'
    assert.equal(readAnswer(polluting), 'wrong_claims')
  })

  it('denies, with a reason that is one line of text', () => {
    const reason = 'The office is closed.'
    assert.deepEqual(read({ decision: 'deny', reason, claims: 7 }), { decision: 'deny', reason })
    for (const wrong of ['a\nb', 'x'.repeat(201), '\u202eabc', ' ', '', 7, null, { text: 'a' }, '\ud800'])
      assert.deepEqual(read({ decision: 'deny', reason: wrong }), { decision: 'deny', reason: null })
  })

  it('is nothing else', () => {
    for (const text of ['', '{"decision":"allow"', 'allow']) assert.equal(readAnswer(text), 'not_json')
    for (const wrong of [
      null,
      [],
      [{ decision: 'allow' }],
      'allow',
      {},
      { decision: 'ALLOW' },
      { decision: true },
    ])
      assert.equal(read(wrong), 'wrong_form', JSON.stringify(wrong))
  })
})
