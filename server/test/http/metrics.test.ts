import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { createEngine } from '../harness.ts'
import { freePort, startPostgres } from '../postgres-server.ts'
import { sharedDatabase } from '../shared-database.ts'

const root = join(import.meta.dirname, '../../..')
const monitoring = (file: string) => readFileSync(join(root, 'deploy/monitoring', file), 'utf8')

/** Prometheus's own judge of rules and metrics, where it is installed (Debian: the package prometheus). */
function checkWithPromtool(metrics: string): void {
  const run = (args: string[], input = '') => {
    const { error, status, stdout, stderr } = spawnSync('promtool', args, {
      ...{ input, cwd: join(root, 'deploy/monitoring'), encoding: 'utf8' },
    })
    if (!error) assert.equal(status, 0, `promtool ${args.join(' ')}: ${stdout}${stderr}`)
  }
  run(['check', 'metrics'], metrics)
  run(['check', 'rules', 'roster-alerts.yml'])
  run(['test', 'rules', 'roster-alerts.test.yml'])
}

async function scrape(port: number): Promise<Map<string, string>> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`)
  assert.equal(response.status, 200)
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(lines.map((line) => [line.replace(/ \S+$/, ''), line.replace(/^.* /, '')]))
}

const ready = 'roster_http_request_duration_seconds_count{method="GET",route="/health/ready",status="200"}'
const away = 'roster_http_request_duration_seconds_count{method="GET",route="/health/ready",status="503"}'

describe('GET /metrics', () => {
  it('counts requests by route, on a port of its own', async (t) => {
    const { engine, cleanUp } = createEngine('sqlite')
    t.after(cleanUp)
    const port = await freePort()
    const service = await engine.start({ ROSTER_METRICS_PORT: String(port) })
    await service.call('GET', '/health/ready')
    await service.call('GET', '/users/0190c0de-0000-7000-8000-000000000000')
    const metrics = await scrape(port)
    assert.equal(metrics.get(ready), '1')
    const user = [...metrics.keys()].filter((name) => name.includes('0190c0de'))
    assert.deepEqual(user, [])
    for (const name of ['roster_hashes_running', 'roster_hashes_waiting', 'roster_mail_queued'])
      assert.equal(metrics.get(name), '0', name)
    assert.equal(metrics.get('roster_database_outlives_server'), '1')
    assert.equal((await service.call('GET', '/metrics')).status, 404)
  })

  it('has every metric that the alerts and the dashboard read', async (t) => {
    const { engine, cleanUp } = createEngine('sqlite')
    t.after(cleanUp)
    const port = await freePort()
    const DATABASE_URL = await sharedDatabase(engine)
    const ROSTER_BACKUP_TO = join(DATABASE_URL.slice('sqlite:'.length), '../backups')
    const service = await engine.start({ ROSTER_METRICS_PORT: String(port), DATABASE_URL, ROSTER_BACKUP_TO })
    await service.call('GET', '/health/ready')
    await service.roster.housekeeping.runDue()
    const formerly = { name: 'of an earlier version', finished_at: '2026-01-01T00:00:00.000Z' }
    await service.roster.database.transaction((tx) =>
      tx
        .insertInto('jobs')
        .values({ ...formerly, leased_by: null, leased_until: null })
        .execute(),
    )
    const metrics = await scrape(port)
    assert.equal(metrics.get('roster_backup_age_seconds'), '+Inf', 'no backup yet')
    assert.ok(Number(metrics.get('roster_job_age_seconds{task="sessions"}')) >= 0)
    assert.ok(!metrics.has('roster_job_age_seconds{task="of an earlier version"}'))
    const given = new Set([...metrics.keys()].map((name) => name.replace(/\{.*/, '')))
    for (const file of ['roster-alerts.yml', 'roster-dashboard.json']) {
      const read = new Set(monitoring(file).match(/\broster_[a-z0-9_]+/g))
      assert.ok(read.size > 10)
      assert.deepEqual(
        [...read].filter((name) => !given.has(name)),
        [],
        file,
      )
    }
    checkWithPromtool(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text())
  })

  it('has a runbook for each alert, and no other', () => {
    const alerts = [...monitoring('roster-alerts.yml').matchAll(/- alert: (\w+)/g)].map(([, name]) => name)
    const page = readFileSync(join(root, 'docs/operations/alerts.md'), 'utf8')
    const headings = [...page.matchAll(/^## (\w+)$/gm)].map(([, name]) => name)
    assert.deepEqual(headings, alerts)
  })

  it('answers while the database does not', async (t) => {
    const { engine, cleanUp } = createEngine('postgres')
    const data = join(tmpdir(), `roster-data-${randomBytes(6).toString('hex')}`)
    t.after(() => rmSync(data, { recursive: true, force: true }))
    const server = await startPostgres({ data, settings: ['fsync=on'] })
    t.after(() => server.stop())
    t.after(cleanUp)
    const port = await freePort()
    const service = await engine.start({ DATABASE_URL: server.url, ROSTER_METRICS_PORT: String(port) })
    assert.equal((await scrape(port)).get('roster_database_outlives_server'), '0')
    await server.stop()
    assert.equal((await service.call('GET', '/health/ready')).status, 503)
    const metrics = await scrape(port)
    assert.equal(metrics.get(away), '1')
    assert.equal(metrics.get('roster_mail_queued'), 'Nan')
    assert.equal(metrics.get('roster_hashes_running'), '0')
  })
})
