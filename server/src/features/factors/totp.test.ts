import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { base32 } from '../../encoding/base32.ts'
import { codeAt, matchingStep, stepAt, totpUri } from './totp.ts'

const secret = Buffer.from('12345678901234567890')

describe('TOTP', () => {
  it('gives the values of RFC 6238, appendix B', () => {
    const vectors: [seconds: number, code: string][] = [
      [59, '94287082'],
      [1111111109, '07081804'],
      [1111111111, '14050471'],
      [1234567890, '89005924'],
      [2000000000, '69279037'],
      [20000000000, '65353130'],
    ]
    for (const [seconds, code] of vectors) assert.equal(codeAt(secret, stepAt(seconds * 1000), 8), code)
  })

  it('takes the step before and the step after, and no other', () => {
    const at = 1_700_000_010_000
    for (const distance of [-1, 0, 1])
      assert.equal(matchingStep(secret, codeAt(secret, stepAt(at) + distance), at), stepAt(at) + distance)
    for (const distance of [-2, 2, 10])
      assert.equal(matchingStep(secret, codeAt(secret, stepAt(at) + distance), at), null)
  })

  it('takes a code typed in groups, and nothing but six digits', () => {
    const at = 1_700_000_010_000
    const code = codeAt(secret, stepAt(at))
    assert.equal(matchingStep(secret, `${code.slice(0, 3)} ${code.slice(3)}`, at), stepAt(at))
    for (const wrong of ['', code.slice(1), `${code}0`, 'abcdef', '١٢٣٤٥٦'])
      assert.equal(matchingStep(secret, wrong, at), null)
  })

  it('writes base32 as RFC 4648 §10 has it, without padding', () => {
    for (const [text, encoded] of [
      ['', ''],
      ['f', 'MY'],
      ['fo', 'MZXQ'],
      ['foobar', 'MZXW6YTBOI'],
    ] as const)
      assert.equal(base32(Buffer.from(text)), encoded)
  })

  it('escapes names in the URI', () => {
    const uri = new URL(totpUri({ issuer: 'A & B', account: 'ann@example.com', secret }))
    assert.equal(uri.searchParams.get('issuer'), 'A & B')
    assert.equal(decodeURIComponent(uri.pathname), '/A & B:ann@example.com')
  })
})
