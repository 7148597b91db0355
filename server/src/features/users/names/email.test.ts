import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { runs } from '../../../../test/harness/properties.ts'
import { checkEmail, emailKey, inboxOf } from './email.ts'

type Verdict = { email: string; valid: boolean; why: string }

const verdicts = readFileSync(new URL('../fixtures/emails.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Verdict)

function checked(value: string) {
  const check = checkEmail(value)
  assert.ok(check.ok, value)
  return check
}

describe('inboxOf', () => {
  it('drops plus tags and dots, for counting', () => {
    for (const same of ['Vic.Tim+tag@Example.com', 'victim@example.com', 'v.i.c.t.i.m+a+b@example.com'])
      assert.equal(inboxOf(same), 'victim@example.com')
    assert.equal(inboxOf('a.b@googlemail.com'), inboxOf('ab@gmail.com'))
    assert.equal(inboxOf('+x@example.com'), '+x@example.com')
  })
})

describe('checkEmail', () => {
  for (const why of new Set(verdicts.map((verdict) => verdict.why))) {
    it(`verdicts: ${why}`, () => {
      for (const { email, valid } of verdicts.filter((verdict) => verdict.why === why)) {
        assert.equal(checkEmail(email).ok, valid, JSON.stringify(email))
      }
    })
  }

  it('compares local parts in any case and normalisation', () => {
    assert.equal(checked('José@Example.ORG').key, checked('JOSE\u0301@example.org').key)
  })

  it('keeps plus tags and dots apart', () => {
    assert.notEqual(checked('a.b@example.org').key, checked('ab@example.org').key)
    assert.notEqual(checked('a+x@example.org').key, checked('a@example.org').key)
  })

  it('takes both spellings of an international domain as one', () => {
    const keys = ['u@ü.de', 'u@Ü.DE', 'u@xn--tda.de', 'U@XN--TDA.DE', 'u@u\u0308.de'].map(
      (email) => checked(email).key,
    )
    assert.deepEqual(new Set(keys), new Set(['u@xn--tda.de']))
    assert.notEqual(checked('u@straße.de').key, checked('u@strasse.de').key)
  })

  it('sends to the local part as typed and to the domain in ASCII', () => {
    assert.equal(checked('Ada.Lovelace@Bücher.Example').ascii, 'Ada.Lovelace@xn--bcher-kva.example')
  })

  it('names the length as the reason', () => {
    for (const email of [
      `${'a'.repeat(65)}@example.org`,
      `${'a'.repeat(64)}@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(62)}`,
    ]) {
      const check = checkEmail(email)
      assert.equal(check.ok ? 'ok' : check.code, 'too_long')
    }
  })

  it('takes no longer for hostile text', () => {
    const hostile = [
      `${'a'.repeat(63)}(@example.org`,
      `${'a.'.repeat(31)}(@example.org`,
      `a@${'a'.repeat(900)}(.de`,
      `a@${'xn--'.repeat(240)}.de`,
      'ü'.repeat(1000),
    ]
    const start = performance.now()
    for (const email of hostile) assert.equal(checkEmail(email).ok, false)
    assert.ok(performance.now() - start < 50)
  })

  it('never throws, and its key and its address are valid and have the same key', () => {
    const unit = fc.constantFrom(...'aZ0.@-_+ßİςéü＠．Ａ山א1%:/[]"\u200d\u0301', 'xn--')
    const shaped = fc
      .tuple(fc.string({ unit }), fc.string({ unit }))
      .map(([local, domain]) => `${local}@${domain}.de`)
    fc.assert(
      fc.property(fc.oneof(shaped, fc.emailAddress(), fc.string({ unit: 'binary' })), (value) => {
        const check = checkEmail(value)
        if (!check.ok) return
        assert.equal(checked(check.ascii).key, check.key)
        assert.match(check.key, /^[^@]+@[a-z0-9.-]+$/)
        assert.equal(emailKey(value), check.key)
      }),
      { numRuns: runs(2000) },
    )
  })
})

describe('emailKey', () => {
  it('is total and changes nothing the second time', () => {
    const unit = fc.constantFrom(...'aZ0.@-ßİςü＠．Ａ\u0301')
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit }), fc.string({ unit: 'binary' })), (value) => {
        assert.equal(emailKey(emailKey(value)), emailKey(value))
      }),
      { numRuns: runs(2000) },
    )
  })
})
