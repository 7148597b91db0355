/** The OpenAPI document is valid, and the client typed by it drives a real service. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { createClient } from '../../../sdk/src/index.ts'
import { onBothEngines, password } from '../harness.ts'

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

onBothEngines('the client of the sdk', (engine) => {
  it('creates, reads, lists and deletes', async () => {
    const service = await engine.start()
    const admin = await service.admin()
    const client = createClient(service.url, () => admin.token)
    const created = await client.POST('/users', {
      body: { username: 'sdk', email: 'sdk@example.com', password },
    })
    assert.equal(created.response.status, 201)
    const path = { id: created.data?.id ?? '' }
    const read = await client.GET('/users/{id}', { params: { path } })
    assert.equal(read.data?.username, 'sdk')
    const list = await client.GET('/users', { params: { query: { q: 'sdk' } } })
    assert.equal(list.data?.length, 1)
    const deleted = await client.DELETE('/users/{id}', { params: { path } })
    assert.equal(deleted.response.status, 204)
    const gone = await client.GET('/users/{id}', { params: { path } })
    assert.equal(gone.error?.code, 'not_found')
  })
})
