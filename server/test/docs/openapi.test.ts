/** The OpenAPI document is valid. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
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

  it('has the forms that generators of clients understand', () => {
    const document = JSON.parse(readFileSync(join(root, 'sdk/openapi.json'), 'utf8'))
    const unions: string[] = []
    const walk = (value: unknown, path: string): void => {
      if (typeof value !== 'object' || value === null) return
      if ('anyOf' in value) unions.push(JSON.stringify(value.anyOf))
      assert.ok(!('x-openapi' in value), path)
      for (const [name, member] of Object.entries(value)) walk(member, `${path}/${name}`)
    }
    walk(document, '')
    // A reference or null is all that is left.
    for (const union of unions) assert.match(union, /^\[\{"\$ref":"[^"]+"\},\{"type":"null"\}\]$/)
    const names = Object.keys(document.components.schemas)
    // Go's constructor of `User` is `NewUser`.
    assert.deepEqual(
      names.filter((name) => name.startsWith('New')),
      [],
    )
    const { parameters } = document.paths['/users/{id}'].get
    const { pattern, format } = parameters.find(({ name }: { name: string }) => name === 'id').schema
    assert.equal(format, undefined)
    assert.match('me', new RegExp(pattern))
    assert.match('019a5f0e-7c1b-7d2e-9f3a-4b5c6d7e8f90', new RegExp(pattern))
    assert.doesNotMatch('you', new RegExp(pattern))
    assert.deepEqual(document.components.schemas.UserPatch.properties.status, {
      type: ['string', 'null'],
      enum: ['active', 'disabled', null],
    })
  })
})
