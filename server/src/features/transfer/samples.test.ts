import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { addSamples, type Sample } from './samples.ts'

describe('the samples of a dry run', () => {
  it('show nothing that opens an account: no password, no hash, no secret of an authenticator app', () => {
    const samples: Sample[] = []
    const opening = {
      password: 'plain-words',
      password_hash: '$2b$04$hash',
      totp_secret: 'JBSWY3DPEHPK3PXP',
      totp_factor: 'sealed-app',
    }
    addSamples(samples, [{ row: 2, user: { username: 'ada', ...opening } }], [{ row: 2, result: 'created' }])
    assert.deepEqual(samples, [{ row: 2, username: 'ada', password: 'hash' }])
  })
})
