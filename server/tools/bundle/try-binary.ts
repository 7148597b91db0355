/**
 * Tries the executable `dist/bin/roster` on Linux in a root that has nothing but it and the libraries of C and C++: the first
 * administrator, an import, the service with a sign-up, a sign-in, a page and traces, and a backup. Needs root, or user namespaces.
 */
import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, globSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { urlWhenReady } from '../../test/process.ts'

const dist = join(import.meta.dirname, '../../../dist')
const root = mkdtempSync(join(tmpdir(), 'roster-root-'))
const enter = process.getuid?.() === 0 ? ['chroot'] : ['unshare', '--user', '--map-root-user', 'chroot']
const [program = '', ...inRoot] = [...enter, root, '/roster']
const env = { PATH: process.env['PATH'] ?? '', ROSTER_PORT: '0' }

function roster(args: readonly string[], input = ''): string {
  const { status, stdout, stderr } = spawnSync(program, [...inRoot, ...args], {
    env,
    input,
    encoding: 'utf8',
  })
  assert.equal(status, 0, `roster ${args.join(' ')} ended with ${status}: ${stderr}`)
  return stdout
}

try {
  const parts = globSync(join(dist, 'roster/native/*-gnu.node'))
  const libraries = execFileSync('ldd', [process.execPath, ...parts], { encoding: 'utf8' })
  for (const [, path = ''] of libraries.matchAll(/(\/\S+) \(/g)) {
    mkdirSync(join(root, dirname(path)), { recursive: true })
    copyFileSync(path, join(root, path))
  }
  copyFileSync(join(dist, 'bin/roster'), join(root, 'roster'))
  copyFileSync(join(dist, '../docs/examples/people.csv'), join(root, 'people.csv'))

  assert.match(roster(['--version']), /^\d+\.\d+\.\d+\n$/)
  roster(['migrate'])
  const administrator = [
    'admin',
    'create',
    '--username',
    'ada',
    '--email',
    'ada@example.com',
    '--password-stdin',
  ]
  roster(administrator, 'copper lantern in an empty root')
  assert.match(roster(['users', 'import', 'people.csv']), /2 created/)

  const traced: string[] = []
  const collector = createServer((request, response) => {
    traced.push(`${request.method} ${request.url}`)
    request.resume().on('end', () => response.end())
  })
  await once(collector.listen(0, '127.0.0.1'), 'listening')
  const { port } = collector.address() as AddressInfo
  const service = spawn(program, [...inRoot, 'serve'], {
    env: { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` },
    stdio: 'pipe',
  })
  const url = await urlWhenReady(service)
  const post = (path: string, body: object) =>
    fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const newcomer = { username: 'grace', email: 'grace@example.com', password: 'a hopper of compilers' }
  assert.equal((await post('/users', newcomer)).status, 201)
  const signIn = await post('/auth/login', { username: 'ada', password: 'copper lantern in an empty root' })
  const { access_token: token } = (await signIn.json()) as { access_token: string }
  const headers = { authorization: `Bearer ${token}` }
  const found = await fetch(`${url}/users?filter=${encodeURIComponent('username co "rac"')}`, { headers })
  assert.match(await found.text(), /"grace"/)
  for (const path of ['/sign-in', '/console', '/docs/reference.js', '/.well-known/openid-configuration'])
    assert.equal((await fetch(url + path)).status, 200, path)
  assert.match(roster(['backup', 'copy.db']), /^wrote copy\.db/)
  assert.ok(existsSync(join(root, 'copy.db')))
  service.kill('SIGTERM')
  assert.deepEqual(await once(service, 'exit'), [0, null])
  // What is left is sent at the end.
  assert.ok(traced.includes('POST /v1/traces'), 'no trace has arrived')
  collector.close()
  assert.match(roster(['users', 'list']), /grace/)
  console.log('the executable: ok')
} finally {
  rmSync(root, { recursive: true, force: true })
}
