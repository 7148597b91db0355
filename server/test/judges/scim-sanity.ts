/**
 * Starts a service on each engine and has `scim-sanity probe` (PyPI) judge its SCIM:
 *
 *   python3 -m venv /tmp/judges && /tmp/judges/bin/pip install scim-sanity==0.7.4
 *   node server/test/judges/scim-sanity.ts /tmp/judges/bin/scim-sanity
 *
 * No part of `npm test`, which needs nothing but npm. Ends with 1 when the judge finds an error. Further arguments go to it.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { it } from 'node:test'
import { createEngine } from '../harness.ts'

const [program = 'scim-sanity', ...more] = process.argv.slice(2)

for (const name of ['sqlite', 'postgres'] as const)
  it(`scim-sanity finds no error (${name})`, async (t) => {
    const { engine, cleanUp } = createEngine(name)
    t.after(cleanUp)
    const service = await engine.start()
    const admin = await service.admin()
    const key = await service.call('POST', '/api-keys', {
      as: admin.token,
      body: { name: 'judge', permissions: ['scim:read', 'scim:write'] },
    })
    const args = ['probe', `${service.url}/scim/v2`, '--token', key.body.secret, '--i-accept-side-effects']
    const child = spawn(program, [...args, ...more], { stdio: 'inherit' })
    const status = await new Promise((resolve) => child.once('close', resolve))
    assert.equal(status, 0)
  })
