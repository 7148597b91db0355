import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readConfig } from '../../src/config.ts'

describe('the delay before a stop', () => {
  const delay = (settings: Record<string, string>) => readConfig(settings).shutdownDelaySeconds

  it('is long enough for a proxy to notice, where there is one', () => {
    assert.equal(delay({}), 0)
    assert.equal(delay({ ROSTER_TRUSTED_PROXIES: '10.0.0.0/8' }), 5)
    assert.equal(delay({ ROSTER_TRUSTED_PROXIES: '10.0.0.0/8', ROSTER_SHUTDOWN_DELAY_SECONDS: '0' }), 0)
    assert.equal(delay({ ROSTER_TRUSTED_PROXY_HOPS: '2' }), 5)
  })
})

describe('proxies', () => {
  it('are named or counted, not both', () => {
    const both = { ROSTER_TRUSTED_PROXIES: '10.0.0.0/8', ROSTER_TRUSTED_PROXY_HOPS: '2' }
    assert.throws(() => readConfig(both), /ROSTER_TRUSTED_PROXY_HOPS and ROSTER_TRUSTED_PROXIES are both set/)
  })
})
