/** Replicas with clocks that differ agree on what has expired, because the clock of the database counts. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { after, describe, it } from 'node:test'
import { createEngine, password, type Service, send } from '../harness.ts'
import { freePort } from '../postgres-server.ts'
import { urlWhenReady } from '../process.ts'

const bin = new URL('../../bin/roster.js', import.meta.url).pathname
const clock = new URL('./sets-clock.mjs', import.meta.url).pathname

async function replica(service: Service, aheadSeconds: number, settings: Record<string, string> = {}) {
  const { databaseUrl, publicUrl, secretKey } = service.roster.config
  const env = {
    PATH: process.env['PATH'],
    DATABASE_URL: databaseUrl,
    ROSTER_PORT: '0',
    ROSTER_PUBLIC_URL: publicUrl,
    ROSTER_SECRET_KEY: secretKey!.toString('base64'),
    CLOCK_AHEAD_SECONDS: String(aheadSeconds),
    ...settings,
  }
  const child = spawn(process.execPath, ['--import', clock, bin, 'serve'], { env, stdio: 'pipe' })
  let log = ''
  child.stdout.on('data', (chunk) => {
    log += String(chunk)
  })
  return { url: await urlWhenReady(child), stop: () => child.kill('SIGKILL'), log: () => log }
}

describe('a replica whose clock is an hour off', { timeout: 240_000 }, () => {
  const { engine, cleanUp } = createEngine('postgres')
  after(cleanUp)

  for (const aheadSeconds of [3600, -3600])
    it(`shares tokens, attempts and keys with the others (${aheadSeconds} s)`, async (t) => {
      const service = await engine.start({ ROSTER_RATE_LIMITS: 'on' })
      const metricsPort = await freePort()
      const other = await replica(service, aheadSeconds, { ROSTER_METRICS_PORT: String(metricsPort) })
      t.after(other.stop)
      const { username, token } = await service.createUser({ roles: ['admin', 'user'] })
      const signedIn = await send(other.url, 'POST', '/auth/login', { body: { username, password } })
      assert.equal(signedIn.status, 200)

      const mine = await service.call('GET', '/users/me', { as: signedIn.body.access_token })
      const theirs = await send(other.url, 'GET', '/users/me', { as: token })
      assert.deepEqual([mine.status, theirs.status], [200, 200])
      const refresh_token = signedIn.body.refresh_token
      assert.equal((await service.call('POST', '/auth/refresh', { body: { refresh_token } })).status, 200)

      const keyed = {
        as: token,
        body: { name: 'key', permissions: ['users:read'] },
        headers: { 'idempotency-key': 'both' },
      }
      const answers = await Promise.all([
        service.call('POST', '/api-keys', keyed),
        send(other.url, 'POST', '/api-keys', keyed),
      ])
      const made = answers.filter(({ status }) => status === 201)
      assert.ok(made.length >= 1 && new Set(made.map(({ body }) => body.id)).size === 1)

      const guess = { body: { username: 'somebody', password: 'a wrong password' } }
      for (let attempt = 0; attempt < 5; attempt += 1)
        await send(attempt % 2 ? other.url : service.url, 'POST', '/auth/login', guess)
      for (const url of [other.url, service.url])
        assert.equal((await send(url, 'POST', '/auth/login', guess)).status, 429, 'the sixth guess waits')

      const ready = await send(other.url, 'GET', '/health/ready', {})
      assert.equal(ready.status, 503)
      assert.match(
        ready.body.detail,
        /clock of this machine differs from that of the database by 3[56]\d\d seconds/,
      )
      assert.match(other.log(), /"clock\.skew"/)
      const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
      const skew = Number(/^roster_clock_skew_seconds (\S+)$/m.exec(metrics)?.[1])
      assert.ok(Math.abs(skew - aheadSeconds) < 5, `${skew}`)
      assert.equal((await service.call('GET', '/health/ready')).status, 200)
    })
})
