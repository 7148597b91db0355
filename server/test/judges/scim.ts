/**
 * Starts a service on each engine and has `scim2 test` (scim2-tester and scim2-cli from PyPI) judge its SCIM:
 *
 *   python3 -m venv /tmp/judges && /tmp/judges/bin/pip install scim2-tester==0.5.2 scim2-cli==0.6.0
 *   node server/test/judges/scim.ts /tmp/judges/bin/scim2
 *
 * No part of `npm test`, which needs nothing but npm. Ends with 1 when a judge finds an error.
 */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { it } from 'node:test'
import { createEngine } from '../harness.ts'

const [program = 'scim2'] = process.argv.slice(2)
const errorLine = /\bERROR\b/

for (const name of ['sqlite', 'postgres'] as const)
  it(`scim2 test finds no error (${name})`, async (t) => {
    const { engine, cleanUp } = createEngine(name)
    t.after(cleanUp)
    const port = await freePort()
    // The addresses of resources have to lead back here.
    const service = await engine.start({
      ROSTER_PORT: String(port),
      ROSTER_PUBLIC_URL: `http://127.0.0.1:${port}`,
    })
    const admin = await service.admin()
    const key = await service.call('POST', '/api-keys', {
      as: admin.token,
      body: { name: 'judge', permissions: ['scim:read', 'scim:write'] },
    })
    const { output, status } = await run(
      ['--url', `http://127.0.0.1:${port}/scim/v2`, 'test', '--verbose'],
      `Authorization: Bearer ${key.body.secret}`,
    )
    console.log(output)
    assert.equal(status, 0)
    assert.match(output, /SUCCESS/)
    assert.doesNotMatch(output, errorLine)
  })

function run(args: string[], header: string) {
  return new Promise<{ output: string; status: number | null }>((resolve, reject) => {
    const child = spawn(program, args, { env: { ...process.env, SCIM_CLI_HEADERS: header } })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    child.once('error', reject)
    child.once('close', (status) => resolve({ output, status }))
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
