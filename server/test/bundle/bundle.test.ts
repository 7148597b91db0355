/** The production bundle: built into a folder with no packages around it, then run. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { urlWhenReady } from '../process.ts'

const folder = mkdtempSync(join(tmpdir(), 'roster-bundle-'))
const bundle = join(folder, 'bundle')
const env = {
  PATH: process.env['PATH'],
  DATABASE_URL: `sqlite:${join(folder, 'roster.db')}`,
  ROSTER_PORT: '0',
  ROSTER_METRICS_PORT: '0',
}
const json = { 'content-type': 'application/json' }

describe('the bundle', () => {
  let service: ChildProcess | undefined
  let url = ''
  before(async () => {
    execFileSync(process.execPath, [join(import.meta.dirname, '../../tools/bundle/build.ts'), bundle])
    service = spawn(process.execPath, [join(bundle, 'roster.cjs'), 'serve'], { env, stdio: 'pipe' })
    url = await urlWhenReady(service)
  })
  after(async () => {
    if (service?.exitCode === null) {
      service.kill('SIGTERM')
      assert.deepEqual(await once(service, 'exit'), [0, null])
    }
    rmSync(folder, { recursive: true, force: true })
  })

  it('creates a user with a password that is not common, and signs it in', async () => {
    const create = (username: string, password: string) =>
      fetch(`${url}/users`, {
        method: 'POST',
        headers: json,
        body: JSON.stringify({ username, email: `${username}@example.com`, password }),
      })
    assert.equal((await create('alice', 'bundled copper lantern')).status, 201)
    const common = await create('bob', 'password123')
    assert.equal(common.status, 400)
    assert.match(await common.text(), /password_blocklisted/)
    const signedIn = await fetch(`${url}/auth/login`, {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ username: 'alice', password: 'bundled copper lantern' }),
    })
    assert.equal(signedIn.status, 200)
  })

  it('searches in a thread', async () => {
    const env2 = { ...env, ROSTER_LOG_LEVEL: 'silent' }
    const args = [join(bundle, 'roster.cjs'), 'users', 'list', '--json', '--filter', 'username co "lic"']
    const { stdout, stderr } = spawnSync(process.execPath, args, { env: env2, encoding: 'utf8' })
    assert.match(stdout, /"alice"/, stderr)
  })

  it('has the files of pages, of the reference and of applications', async () => {
    for (const [path, type] of [
      ['/sign-in', /^text\/html/],
      ['/account/forgot?lang=ja', /^text\/html/],
      ['/pages/pages.css', /^text\/css/],
      ['/favicon.svg', /^image\/svg/],
      ['/docs/reference.js', /^text\/javascript/],
      ['/openapi.json', /^application\/json/],
      ['/.well-known/openid-configuration', /^application\/json/],
    ] as const) {
      const answer = await fetch(url + path)
      assert.equal(answer.status, 200, path)
      assert.match(answer.headers.get('content-type') ?? '', type)
      assert.ok((await answer.arrayBuffer()).byteLength > 100, path)
    }
  })

  it('names the licences of what it contains, and has its source maps', () => {
    const licences = readFileSync(join(bundle, 'LICENCES.txt'), 'utf8')
    for (const name of ['fastify', 'kysely', 'oidc-provider', '@node-rs/argon2', 'react'])
      assert.match(licences, new RegExp(`^${name} \\d`, 'm'))
    assert.doesNotMatch(licences, /: see below\n\n\n/)
    const { sources } = JSON.parse(readFileSync(join(bundle, 'server.cjs.map'), 'utf8'))
    assert.ok(sources.some((source: string) => source.endsWith('server/src/app.ts')))
  })

  it('says which native part is missing', () => {
    const broken = join(folder, 'broken')
    cpSync(bundle, broken, { recursive: true })
    const [missing = ''] = readdirSync(join(broken, 'native')).filter((name) => name.startsWith('argon2'))
    rmSync(join(broken, 'native', missing))
    const { status, stderr } = spawnSync(process.execPath, [join(broken, 'roster.cjs'), 'serve'], {
      env: { ...env, DATABASE_URL: `sqlite:${join(folder, 'other.db')}` },
      encoding: 'utf8',
    })
    assert.equal(status, 1)
    assert.match(stderr, /^roster: This bundle lacks its native part .*\/native\/argon2\.[^ ]+\.node\n$/)
  })
})
