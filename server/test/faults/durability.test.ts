/** What the service says at its start about what may be lost with the database. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { describe, it, type TestContext } from 'node:test'
import { openDatabase } from '../../src/database/open.ts'
import { startPostgres } from '../postgres-server.ts'

const bin = new URL('../../bin/roster.js', import.meta.url).pathname

async function postgres(t: TestContext, ...settings: string[]): Promise<string> {
  const server = await startPostgres({ settings })
  t.after(() => server.stop())
  return server.url
}

/** The warnings of a start, until the service is ready. */
async function warningsOf(t: TestContext, url: string, more: Record<string, string>): Promise<string[]> {
  const env = {
    PATH: process.env['PATH'] ?? '',
    DATABASE_URL: url,
    ROSTER_PORT: '0',
    ROSTER_SECRET_KEY: randomBytes(32).toString('base64'),
    ROSTER_MAIL_URL: 'smtp://127.0.0.1:9',
    ...more,
  }
  const child = spawn(process.execPath, [bin, 'serve'], { env, stdio: ['ignore', 'pipe', 'ignore'] })
  t.after(() => child.kill())
  const warnings: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    const { level, event, msg } = JSON.parse(line)
    if (event === 'system.ready') break
    if (level === 'warn') warnings.push(`${event}: ${msg}`)
  }
  return warnings
}

const noStandby = 'no synchronous standby: losing the server may lose the last writes'

describe('durability', () => {
  it('warns of a PostgreSQL that may lose what it acknowledged', async (t) => {
    const url = await postgres(t)
    assert.deepEqual(await warningsOf(t, url, {}), [
      `db.at_risk: synchronous_commit on, fsync off, ${noStandby}`,
    ])
  })

  it('warns of a missing synchronous standby, in production only', async (t) => {
    const url = await postgres(t, 'fsync=on')
    assert.deepEqual(await warningsOf(t, url, { NODE_ENV: 'production' }), [
      `db.at_risk: synchronous_commit on, fsync on, ${noStandby}`,
    ])
    assert.deepEqual(await warningsOf(t, url, {}), [])
  })

  it('does not warn if there is a synchronous standby, unless commits do not wait for it', async (t) => {
    for (const [commit, outlivesServer] of [
      ['on', true],
      ['local', false],
    ] as const) {
      const settings = ['fsync=on', 'synchronous_standby_names=standby', `synchronous_commit=${commit}`]
      const database = openDatabase({ url: await postgres(t, ...settings), poolSize: 1 })
      const found = await database.dialect.durability(database.read)
      await database.close()
      assert.deepEqual([found.ok, found.outlivesServer], [true, outlivesServer])
    }
  })

  it('has nothing to warn of on SQLite', async (t) => {
    assert.deepEqual(await warningsOf(t, 'sqlite::memory:', { NODE_ENV: 'production' }), [])
  })
})
