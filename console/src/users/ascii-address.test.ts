import assert from 'node:assert/strict'
import { it } from 'node:test'
import { asciiAddress } from './ascii-address.ts'

it('an address whose domain only looks like a known one is shown in ASCII as well', () => {
  assert.equal(asciiAddress('ceo@аррӏе.com'), 'ceo@xn--80ak6aa92e.com')
  assert.equal(asciiAddress('jo@müller.example'), 'jo@xn--mller-kva.example')
  assert.equal(asciiAddress('jo@example.com'), null)
})
