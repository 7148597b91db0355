/** The OpenAPI document is valid. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'

const root = new URL('../../..', import.meta.url).pathname

describe('sdk/openapi.json', () => {
  it('passes the recommended rules without an error', () => {
    const args = [
      'node_modules/@redocly/cli/bin/cli.js',
      'lint',
      'sdk/openapi.json',
      '--extends',
      'recommended',
      '--format',
      'json',
    ]
    const { status, stdout } = spawnSync(process.execPath, args, {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
    })
    assert.equal(status, 0, stdout)
    assert.equal(JSON.parse(stdout).totals.errors, 0)
  })
})
