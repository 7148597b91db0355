import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { faultOfExternalId, faultOfName, faultsOfJson } from './profile-fields.ts'

function nested(levels: number): Record<string, unknown> {
  let value: Record<string, unknown> = {}
  for (let level = 1; level < levels; level++) value = { a: value }
  return value
}

function codesOf(value: unknown): string[] {
  return faultsOfJson('metadata', value).map((fault) => `${fault.pointer} ${fault.code}`)
}

describe('faultOfName', () => {
  it('accepts 100 code points, astral ones too', () => assert.equal(faultOfName('😀'.repeat(100)), undefined))
  it('refuses 101', () => assert.equal(faultOfName('a'.repeat(101))?.code, 'too_long'))
  it('refuses nothing at all', () => assert.equal(faultOfName('')?.code, 'too_short'))
  it('refuses a second line', () =>
    assert.equal(faultOfName('Ada\r\nBcc: eve@example.net')?.code, 'control_character'))
  it('refuses surrounding space', () => assert.equal(faultOfName('Ada ')?.code, 'surrounding_space'))
})

describe('faultOfExternalId', () => {
  it('accepts ids of other systems', () => {
    for (const id of ['auth0|5f7c8ec7', '00u1a2b3', 'CN=Ada,OU=People', '12'])
      assert.equal(faultOfExternalId(id), undefined)
  })
  it('refuses nothing and too much', () => {
    assert.equal(faultOfExternalId('')?.code, 'too_short')
    assert.equal(faultOfExternalId('a'.repeat(256))?.code, 'too_long')
  })
})

describe('faultsOfJson', () => {
  it('accepts JSON of every kind', () => {
    assert.deepEqual(
      faultsOfJson('metadata', { a: [1, 'x\ny', true, null], 'b/c': { '': -0.5 }, constructor: 1 }),
      [],
    )
  })

  it('accepts 16 KiB and 16 levels, and no more', () => {
    const full = { a: 'x'.repeat(16 * 1024 - '{"a":""}'.length) }
    assert.deepEqual(faultsOfJson('metadata', full), [])
    assert.deepEqual(codesOf({ a: `${full.a}x` }), ['/metadata too_long'])
    assert.deepEqual(faultsOfJson('metadata', nested(16)), [])
    assert.deepEqual(codesOf(nested(17)), [`/metadata${'/a'.repeat(16)} too_deep`])
  })

  it('counts octets, not characters', () =>
    assert.equal(codesOf({ a: 'é'.repeat(9000) })[0], '/metadata too_long'))

  it('refuses what is no object', () => {
    for (const value of [null, [], 'a', 1, true]) assert.deepEqual(codesOf(value), ['/metadata wrong_type'])
  })

  it('points at what a database cannot keep', () => {
    assert.deepEqual(codesOf({ a: { 'b/~': 'x\u0000' } }), ['/metadata/a/b~1~0 control_character'])
    assert.deepEqual(codesOf({ a: ['\ud800'] }), ['/metadata/a/0 not_well_formed'])
    assert.deepEqual(codesOf({ a: { 'b\u0000': 1 } }), ['/metadata/a control_character'])
    assert.deepEqual(codesOf(JSON.parse('{"a":1e400}')), ['/metadata/a out_of_range'])
  })

  it('refuses __proto__ at any depth', () => {
    assert.deepEqual(codesOf(JSON.parse('{"a":{"__proto__":{"role":"admin"}}}')), [
      '/metadata/a invalid_name',
    ])
    assert.equal(({} as Record<string, unknown>)['role'], undefined)
  })

  it('reports at most 50 faults for 10,000 members, and one for 100,000 levels', () => {
    assert.equal(faultsOfJson('metadata', { a: Array(10_000).fill('\u0000') }).length, 50)
    assert.equal(codesOf(nested(100_000)).length, 1)
  })
})
