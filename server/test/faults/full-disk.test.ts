/** A disk without space, as far as the service can tell: its files may not grow beyond a limit. */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { until } from '../harness/wait.ts'
import { password, send } from '../harness.ts'
import { urlWhenReady } from '../process.ts'

const bin = new URL('../../bin/roster.js', import.meta.url).pathname
const admin = { username: 'admin', password }
/** In blocks of 512 bytes: 4 MiB. */
const limit = 8192

async function start(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'roster-full-'))
  const env = {
    PATH: process.env['PATH'] ?? '',
    DATABASE_URL: `sqlite:${join(folder, 'roster.db')}`,
    ROSTER_SECRET_KEY: randomBytes(32).toString('base64'),
    ROSTER_PORT: '0',
    ROSTER_RATE_LIMITS: 'off',
  }
  execFileSync(process.execPath, [bin, 'migrate'], { env })
  const create = 'admin create --username admin --email admin@example.com --password-stdin'
  execFileSync(process.execPath, [bin, ...create.split(' ')], { env, input: password })
  // A write beyond the limit then fails instead of ending the process.
  const command = `trap '' XFSZ; ulimit -S -f ${limit}; exec "$0" "$@"`
  const child = spawn('sh', ['-c', command, process.execPath, bin, 'serve'], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'exit')
  t.after(async () => {
    child.kill('SIGKILL')
    await ended
    rmSync(folder, { recursive: true })
  })
  const url = await urlWhenReady(child)
  return { url, makeSpace: () => execFileSync('prlimit', [`--pid=${child.pid}`, '--fsize=unlimited']) }
}

describe('a full disk', () => {
  it('refuses writes with 503, answers reads, loses nothing, and works again when there is space', async (t) => {
    const { url, makeSpace } = await start(t)
    const { body } = await send(url, 'POST', '/auth/login', { body: admin })
    const as = body.access_token as string
    const created: string[] = []
    const refused: string[] = []
    const create = async (username: string): Promise<unknown> => {
      const fields = { username, email: `${username}@example.com`, metadata: { text: 'x'.repeat(4000) } }
      const answer = await send(url, 'POST', '/users', { as, body: fields })
      if (answer.body.code === 'overloaded') return void (await create(username))
      if (answer.status === 201) return created.push(username)
      assert.deepEqual([answer.status, answer.body.code], [503, 'dependency_unavailable'])
      assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/)
      return refused.push(username)
    }
    // Concurrent writes share a commit; if the commit fails, all of them fail.
    const client = async (name: string) => {
      for (let at = 0; at < 500 && refused.length < 50; at += 1) await create(`${name}-${at}`)
    }
    await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map(client))
    assert.ok(created.length > 0 && refused.length >= 50, `${created.length} created`)
    for (const path of ['/users/me', '/users?q=adm', '/health/live'])
      assert.equal((await send(url, 'GET', path, { as })).status, 200, path)
    const ready = await send(url, 'GET', '/health/ready', {})
    assert.equal(ready.status, 503)
    assert.match(ready.body.detail, /^The database does not work: .*disk/)

    makeSpace()
    await create('afterwards')
    assert.equal(created.at(-1), 'afterwards')
    await until(async () => (await send(url, 'GET', '/health/ready', {})).status === 200, 'readiness')
    const isThere = async (username: string) => {
      const { body } = await send(url, 'GET', `/users?username=${username}`, { as })
      return body.length === 1
    }
    for (const username of created) assert.ok(await isThere(username), `${username} is lost`)
    for (const username of refused) assert.ok(!(await isThere(username)), `${username} was refused`)
  })
})
