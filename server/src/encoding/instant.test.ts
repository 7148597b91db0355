import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import '../../test/harness/properties.ts'
import { canonicalInstant } from './instant.ts'

describe('canonicalInstant', () => {
  const instants: [string, string][] = [
    ['2026-11-23T03:04:05.678Z', '2026-11-23T03:04:05.678Z'],
    ['2026-11-23T03:04:05Z', '2026-11-23T03:04:05.000Z'],
    ['2026-11-23t03:04:05.6z', '2026-11-23T03:04:05.600Z'],
    ['2026-11-23T03:04:05.678999999Z', '2026-11-23T03:04:05.678Z'],
    ['2026-11-23T03:04:05+02:00', '2026-11-23T01:04:05.000Z'],
    ['2026-12-31T23:30:00-01:00', '2027-01-01T00:30:00.000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ]
  for (const [typed, canonical] of instants)
    it(`reads ${typed}`, () => assert.equal(canonicalInstant(typed), canonical))

  const refused =
    'infinity|now|99999-01-01|99999-01-01T00:00:00Z|2026-02-30T00:00:00Z|2025-02-29T00:00:00Z|1900-02-29T00:00:00Z|2026-13-01T00:00:00Z|2026-00-01T00:00:00Z|2026-04-31T00:00:00Z|2026-01-01|2026-01-01T00:00:00|2026-01-01T00:00Z|2026-01-01 00:00:00Z|2026-01-01T24:00:00Z|2026-01-01T23:60:00Z|2026-01-01T23:59:60Z|2026-01-01T00:00:00+24:00|2026-01-01T00:00:00+0100|1767225600|0000-01-01T00:00:00Z|0001-01-01T00:00:00+01:00|9999-12-31T23:59:59-01:00|2026-01-01T00:00:00Z |'
  for (const typed of refused.split('|'))
    it(`refuses "${typed}"`, () => assert.equal(canonicalInstant(typed), undefined))

  it('gives back every instant the service writes', () => {
    const date = fc.date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    })
    fc.assert(
      fc.property(date, (instant) => canonicalInstant(instant.toISOString()) === instant.toISOString()),
    )
  })
})
