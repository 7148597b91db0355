import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { evaluateFilter, type FilteredUser } from './evaluate.ts'
import { negated } from './filter.ts'
import { parseFilter } from './parse.ts'

const ada: FilteredUser = {
  id: '018f5c3a-7b1e-7cc0-8a1b-0123456789ab',
  username: 'Ada',
  email: 'Ada@ü.de',
  email_verified: true,
  first_name: 'Ada',
  last_name: null,
  status: 'active',
  roles: ['admin', 'user'],
  external_id: 'X-1',
  metadata: {
    n: 3,
    s: 'Blue',
    t: true,
    deep: { a: { b: 'x' } },
    list: ['Blue', 3, true, null],
    empties: [[]],
    nulls: [null, ''],
    none: null,
    empty: '',
  },
  profile: { theme: 'dark' },
  created_at: '2026-01-02T03:04:05.678Z',
  updated_at: '2026-01-02T03:04:05.678Z',
  last_login_at: null,
}

function fits(source: string, user: FilteredUser = ada): boolean {
  return evaluateFilter(parseFilter(source), user)
}

describe('evaluateFilter', () => {
  const cases: [string, boolean][] = [
    ['username eq "ADA"', true],
    ['username eq "ad"', false],
    ['email eq "ada@xn--tda.de"', true],
    ['email ew "Ü.de"', false],
    ['email ew "XN--TDA.de"', true],
    ['first_name co "D"', true],
    ['first_name co ""', true],
    ['first_name co "%"', false],
    ['first_name co "_"', false],
    ['last_name co ""', false],
    ['last_name eq "x"', false],
    ['last_name ne "x"', true],
    ['last_name gt ""', false],
    ['not (last_name gt "")', true],
    ['last_name pr', false],
    ['last_name eq null', true],
    ['external_id eq "x-1"', false],
    ['external_id eq "X-1"', true],
    ['id sw "018F"', true],
    ['email_verified eq true', true],
    ['email_verified ne true', false],
    ['active eq true', true],
    ['status eq "disabled"', false],
    ['roles eq "admin"', true],
    ['roles ne "admin"', false],
    ['roles ne "other"', true],
    ['roles sw "us"', true],
    ['roles pr', true],
    ['created_at ge "2026-01-02T03:04:05.678Z"', true],
    ['created_at gt "2026-01-02T04:04:05.677+01:00"', true],
    ['created_at lt "2026-01-02T03:04:05.678Z"', false],
    ['last_login_at lt "2099-01-01T00:00:00Z"', false],
    ['profile.theme eq "dark" and Profile.theme sw "d"', true],
    ['metadata.theme pr or profile.n pr', false],
    ['metadata.n eq 3.0', true],
    ['metadata.n eq "3"', false],
    ['metadata.n gt 2', true],
    ['metadata.n le 2', false],
    ['metadata.s eq "blue"', false],
    ['metadata.s co "lu"', true],
    ['metadata.s gt 1', false],
    ['metadata.t eq true', true],
    ['metadata.t ne false', true],
    ['metadata.deep.a.b eq "x"', true],
    ['metadata.deep.a.b.length pr', false],
    ['metadata.deep pr', true],
    ['metadata.list pr', true],
    ['metadata.list eq "Blue"', true],
    ['metadata.list eq "Green"', false],
    ['metadata.list ne "Blue"', false],
    ['metadata.list co "lu"', true],
    ['metadata.list sw "B" and metadata.list ew "e"', true],
    ['metadata.list ge 3 and metadata.list eq true', true],
    ['metadata.list eq false', false],
    ['metadata.empties pr', true],
    ['metadata.empties eq ""', false],
    ['metadata.nulls pr', false],
    ['metadata.list.0 pr', false],
    ['metadata.none pr', false],
    ['metadata.none eq null', true],
    ['metadata.empty pr', false],
    ['metadata.empty eq ""', true],
    ['metadata.toString pr', false],
    ['metadata.__proto__ pr', false],
    ['id pr and last_name pr or email pr', true],
    ['id pr and (last_name pr or external_id eq null)', false],
  ]
  for (const [source, expected] of cases)
    it(`${source} is ${expected}`, () => assert.equal(fits(source), expected))

  it('finds no role in none', () => assert.equal(fits('roles pr', { ...ada, roles: [] }), false))

  it('orders text by code point', () => {
    const user = { ...ada, external_id: '😀' }
    assert.equal(fits('external_id gt "\\uffee"', user), true)
  })

  it('is true or false: the negation of each of these is the opposite', () => {
    for (const [source, expected] of cases) {
      assert.equal(evaluateFilter(negated(parseFilter(source)), ada), !expected, source)
    }
  })
})
