import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { runs } from '../../../../test/harness/properties.ts'
import { isAppError } from '../../../errors.ts'
import {
  canonicalFragment,
  canonicalText,
  comparisonOps,
  conjuncts,
  type Filter,
  type FilterComparison,
  type FilterFieldName,
  filterFields,
  filterLimits,
  joined,
  negated,
} from './filter.ts'
import { parseFilter } from './parse.ts'
import { printFilter } from './test-print.ts'

const text = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'aZ@.é"\\/ßİς%_ 😀'), maxLength: 8 }),
  fc.constantFrom('ada', 'Ada@Ü.de', 'a@ü.de'),
)
const instant = fc
  .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString())
const member = fc.string({ unit: fc.constantFrom(...'aZ0_-'), minLength: 1, maxLength: 4 })
const jsonField = fc.record(
  { name: fc.constantFrom('metadata', 'profile'), path: fc.array(member, { minLength: 1, maxLength: 5 }) },
  { noNullPrototype: true },
)
const number = fc
  .oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }))
  .map((value) => value + 0)
const fieldNames = Object.keys(filterFields) as FilterFieldName[]

function comparisonOf(name: FilterFieldName): fc.Arbitrary<Filter> {
  const { kind } = filterFields[name]
  const values = {
    flag: fc.boolean(),
    instant,
    status: fc.constantFrom('active', 'disabled'),
    roles: text,
    exact: text,
    text,
  }
  return fc
    .tuple(fc.constantFrom(...comparisonOps[kind]), values[kind])
    .map(([op, value]): FilterComparison => {
      if (kind === 'flag' || kind === 'instant' || kind === 'status') return { op, field: { name }, value }
      const canonical = ['co', 'sw', 'ew'].includes(op) ? canonicalFragment : canonicalText
      return { op, field: { name }, value: canonical(name, String(value)) }
    })
}

const plain = { noNullPrototype: true } as const
const ofJson: fc.Arbitrary<Filter> = fc.oneof(
  fc.record({ op: fc.constantFrom(...comparisonOps.json), field: jsonField, value: text }, plain),
  fc.record({ op: fc.constantFrom('eq', 'gt', 'ge', 'lt', 'le'), field: jsonField, value: number }, plain),
  fc.record({ op: fc.constant('eq'), field: jsonField, value: fc.boolean() }, plain),
)
const presence: fc.Arbitrary<Filter> = fc
  .oneof(
    jsonField,
    fc.constantFrom(...fieldNames).map((name) => ({ name })),
  )
  .map((field) => ({ op: 'pr', field }))

const { filter } = fc.letrec<{ filter: Filter; leaf: Filter }>((tie) => ({
  leaf: fc.oneof(...fieldNames.map(comparisonOf), ofJson, presence),
  filter: fc.oneof(
    { maxDepth: 3 },
    tie('leaf'),
    tie('filter').map(negated),
    fc
      .tuple(fc.constantFrom('and', 'or'), fc.array(tie('filter'), { minLength: 2, maxLength: 3 }))
      .map(([op, items]) => joined(op, items)),
  ),
}))

function faultOf(source: string): { code: string; detail: string } {
  try {
    parseFilter(source)
  } catch (error) {
    assert.ok(isAppError(error) && error.code === 'invalid_filter', String(error))
    assert.equal(error.errors?.length, 1)
    assert.equal(error.errors[0]!.pointer, '/filter')
    return error.errors[0]!
  }
  return { code: 'none', detail: '' }
}

describe('parseFilter', () => {
  const canonical: [string, string][] = [
    ['userName Eq "ADA"', 'username eq "ada"'],
    ['EMAIL eq "Ada@Ü.de"', 'email eq "ada@xn--tda.de"'],
    ['email co "@Ü"', 'email co "@ü"'],
    ['externalId ne "A"', 'external_id ne "A"'],
    ['active eq true', 'status eq "active"'],
    ['active ne true', 'status ne "active"'],
    ['active eq False', 'status eq "disabled"'],
    ['last_login_at eq null', 'last_login_at eq null'],
    ['not (last_login_at pr)', 'last_login_at eq null'],
    ['last_login_at ne null', 'last_login_at pr'],
    ['created_at gt "2026-01-01T01:00:00+01:00"', 'created_at gt "2026-01-01T00:00:00.000Z"'],
    ['id eq "018F5C3A-7B1E-7CC0-8A1B-0123456789AB"', 'id eq "018f5c3a-7b1e-7cc0-8a1b-0123456789ab"'],
    ['Metadata.Plan-x.0 ge -1.50e1', 'metadata.Plan-x.0 ge -15'],
    ['metadata.n eq -0', 'metadata.n eq 0'],
    ['first_name sw "\\u00c9"', 'first_name sw "é"'],
    ['not(not (roles eq "a"))', 'roles eq "a"'],
    ['((username pr))and(email pr AND id pr)', 'username pr and email pr and id pr'],
    ['id pr or id pr and (id pr or id pr)', 'id pr or id pr and (id pr or id pr)'],
  ]
  for (const [typed, printed] of canonical)
    it(`reads ${typed}`, () => assert.equal(printFilter(parseFilter(typed)), printed))

  it('binds "and" closer than "or"', () => {
    const parsed = parseFilter('id pr or email pr and roles pr')
    assert.equal(parsed.op, 'or')
    assert.deepEqual(parsed, parseFilter('id pr or (email pr and roles pr)'))
  })

  const refused: [string, string, number | undefined][] = [
    ['', 'invalid_syntax', 1],
    ['   ', 'invalid_syntax', 4],
    ['username', 'invalid_syntax', 9],
    ['username eq', 'invalid_syntax', 12],
    ['username eq ada', 'invalid_syntax', 13],
    ["username eq 'ada'", 'invalid_syntax', 13],
    ['username eq "ada', 'invalid_syntax', 13],
    ['username eq "a" x', 'invalid_syntax', 17],
    ['username eq "😀" x', 'invalid_syntax', 17],
    ['username eq "a" and', 'invalid_syntax', 20],
    ['(username pr', 'invalid_syntax', 13],
    ['username pr)', 'invalid_syntax', 12],
    ['not username pr', 'invalid_syntax', 5],
    ['emails[type eq "work"]', 'invalid_syntax', 7],
    ['metadata.n eq 01', 'invalid_syntax', 15],
    ['metadata.n eq 0x10', 'invalid_syntax', 15],
    ['metadata.n eq NaN', 'invalid_syntax', 15],
    ['password pr', 'unknown_attribute', 1],
    ['password_hash sw "a"', 'unknown_attribute', 1],
    ['__proto__ pr', 'invalid_syntax', 1],
    ['constructor pr', 'unknown_attribute', 1],
    ['username.x pr', 'unknown_attribute', 1],
    ['metadata pr', 'unknown_attribute', 1],
    ['profile pr', 'unknown_attribute', 1],
    ['metadata..a pr', 'unknown_attribute', 1],
    ['metadata.a.b.c.d.e.f pr', 'unknown_attribute', 1],
    ['id pr and metadata.a:b pr', 'unknown_attribute', 11],
    ['username matches "a.*"', 'invalid_operator', 10],
    ['username =~ "a.*"', 'invalid_operator', 10],
    ['email_verified gt true', 'invalid_operator', 16],
    ['created_at co "2026"', 'invalid_operator', 12],
    ['status sw "act"', 'invalid_operator', 8],
    ['roles gt "a"', 'invalid_operator', 7],
    ['email_verified eq "true"', 'invalid_value', 19],
    ['active eq "true"', 'invalid_value', 11],
    ['username eq 5', 'invalid_value', 13],
    ['username eq true', 'invalid_value', 13],
    ['username co null', 'invalid_value', 13],
    ['status eq "locked"', 'invalid_value', 11],
    ['created_at gt "2026-01-01"', 'invalid_value', 15],
    ['created_at gt "infinity"', 'invalid_value', 15],
    ['created_at gt 1767225600', 'invalid_value', 15],
    ['metadata.n co 5', 'invalid_value', 15],
    ['metadata.n gt true', 'invalid_value', 15],
    ['metadata.n eq 1e400', 'invalid_value', 15],
    ['username eq "a\\u0000b"', 'invalid_value', 13],
    ['username eq "\\ud800"', 'invalid_value', 13],
    ['username eq "\\x"', 'invalid_value', 13],
    ['username eq "a\u0000b"', 'invalid_value', undefined],
    ['username eq "a\nb"', 'invalid_value', undefined],
  ]
  for (const [source, code, position] of refused) {
    it(`${code}: ${JSON.stringify(source)}`, () => {
      const fault = faultOf(source)
      assert.equal(fault.code, code)
      if (position !== undefined) assert.match(fault.detail, new RegExp(`\\(at character ${position}\\)\\.$`))
    })
  }

  it('allows 10 levels, 50 expressions and 2,000 characters, and no more', () => {
    const levels = (n: number) => `${'('.repeat(n)}id pr${')'.repeat(n)}`
    const expressions = (n: number) => Array(n).fill('id pr').join(' and ')
    const characters = (n: number) => `username eq "${'a'.repeat(n - 'username eq ""'.length)}"`
    for (const source of [levels(10), expressions(50), characters(2000)])
      assert.equal(faultOf(source).code, 'none')
    assert.equal(faultOf(levels(11)).code, 'too_complex')
    assert.equal(faultOf(expressions(51)).code, 'too_complex')
    assert.equal(faultOf(characters(2001)).code, 'too_long')
  })

  it('refuses what is enormous within 20 ms', () => {
    const enormous = [
      '('.repeat(1000),
      `${'('.repeat(990)}id pr`,
      '('.repeat(1e6),
      'not ('.repeat(399),
      'id pr and '.repeat(199),
      'a'.repeat(1e6),
      `username eq "${'\\'.repeat(1900)}`,
    ]
    for (const source of enormous) {
      const start = performance.now()
      assert.notEqual(faultOf(source).code, 'none')
      assert.ok(performance.now() - start < 20)
    }
  })

  it('throws nothing but invalid_filter, whatever it reads', () => {
    const words = [
      'username',
      'metadata.a',
      'active',
      ' ',
      'eq',
      'ne',
      'pr',
      'co',
      'not',
      'and',
      'or',
      '(',
      ')',
      '"',
      '\\',
      '"a"',
      '1',
      '-',
      'true',
      'null',
      '[',
      '.',
      '\u0000',
      '\ud800',
    ]
    const wild = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...words), maxLength: 30 }),
    )
    fc.assert(
      fc.property(wild, (source) => {
        if (faultOf(source).code !== 'none') return
        const parsed = parseFilter(source)
        assert.deepEqual(parseFilter(printFilter(parsed)), parsed)
      }),
      { numRuns: runs(5000) },
    )
  })
})

describe('printFilter', () => {
  it('gives text that parses to the same filter', () => {
    fc.assert(
      fc.property(filter, (tree) => {
        const printed = printFilter(tree)
        if (printed.length <= filterLimits.characters) assert.deepEqual(parseFilter(printed), tree)
      }),
      { numRuns: runs(2000) },
    )
  })
})

describe('conjuncts', () => {
  it('are the parts that must all hold', () => {
    assert.equal(conjuncts(parseFilter('id pr and (email pr and (roles pr or id pr))')).length, 3)
    assert.equal(conjuncts(parseFilter('id pr or email pr')).length, 1)
  })
})
