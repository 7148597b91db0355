import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import '../../../../test/harness/properties.ts'
import { instantOf } from './instants.ts'

describe('instantOf', () => {
  const cases: [unknown, string][] = [
    ['2023-01-05T10:00:00Z', '2023-01-05T10:00:00.000Z'],
    ['2023-03-15T00:00:00+02:00', '2023-03-14T22:00:00.000Z'],
    ['2023-03-15T00:00:00-0530', '2023-03-15T05:30:00.000Z'],
    ['2023-04-01', '2023-04-01T00:00:00.000Z'],
    ['2023-04-01 10:20', '2023-04-01T10:20:00.000Z'],
    ['2024-01-15 10:30:00.123456+00', '2024-01-15T10:30:00.123Z'],
    ['2024-02-29T23:59:59.9Z', '2024-02-29T23:59:59.900Z'],
    [' 2024-02-29t00:00:00z ', '2024-02-29T00:00:00.000Z'],
    [1_680_560_786_175, '2023-04-03T22:26:26.175Z'],
    [1_680_560_786, '2023-04-03T22:26:26.000Z'],
    [1_705_311_000.5, '2024-01-15T09:30:00.500Z'],
    ['1719000000000', '2024-06-21T20:00:00.000Z'],
    ['1700000000', '2023-11-14T22:13:20.000Z'],
    ['20230401', '2023-04-01T00:00:00.000Z'],
    [20230401, '2023-04-01T00:00:00.000Z'],
    ['20240115101112.0Z', '2024-01-15T10:11:12.000Z'],
    ['20240115101112', '2024-01-15T10:11:12.000Z'],
    ['/Date(1705312800000+0100)/', '2024-01-15T10:00:00.000Z'],
    ['45306.5', '2024-01-15T12:00:00.000Z'],
  ]
  for (const [value, expected] of cases) {
    it(`${value} is ${expected}`, () => assert.equal(instantOf(value), expected))
  }

  const refused = [
    ...[
      'yesterday',
      '',
      '2023-02-30',
      '2023-13-01',
      '2023-00-10',
      '2023-04-01T24:00:00Z',
      '2023-04-01T10:60:00Z',
    ],
    ...[
      '20231301',
      '123456',
      '01/02/2023',
      '0001-01-01T00:00:00Z',
      '2023-02-30T00:00:00.000Z',
      '2023-04-01T10:00:00+24:00',
    ],
    ...[Number.NaN, Number.POSITIVE_INFINITY, 1e20, true, null, undefined, {}],
  ]
  for (const value of refused) {
    it(`${String(value)} is none`, () => assert.equal(instantOf(value), undefined))
  }

  it('keeps every instant that we write', () => {
    const date = fc.date({ min: new Date('1000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    fc.assert(fc.property(date, (each) => assert.equal(instantOf(each.toISOString()), each.toISOString())))
  })
})
