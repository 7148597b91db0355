/** A request that was abandoned with 503 changes nothing, also if its transaction could continue afterwards. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import pg from 'pg'
import { createRoster, type Roster } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { defaultTimeouts } from '../../src/http/connection/deadlines.ts'
import { closeServer } from '../../src/http/connection/drain.ts'
import { createLog } from '../../src/log/log.ts'
import { onBothEngines, send } from '../harness.ts'

onBothEngines('a request that exceeds its deadline', (engine) => {
  const work = mkdtempSync(join(tmpdir(), 'roster-given-up-'))
  let roster: Roster
  let url: string
  let database: string

  before(async () => {
    database = engine.name === 'sqlite' ? `sqlite:${join(work, 'roster.db')}` : await engine.createDatabase()
    const config = readConfig({
      DATABASE_URL: database,
      ROSTER_PORT: '0',
      ROSTER_PUBLIC_URL: 'http://roster.test',
      ROSTER_SECRET_KEY: randomBytes(32).toString('base64'),
      ROSTER_RATE_LIMITS: 'off',
    })
    const patient = { ...config, timeouts: { ...defaultTimeouts, handlerMs: 300 } }
    roster = createRoster(patient, createLog('silent', { write: () => true }))
    await roster.app.listen({ host: '127.0.0.1', port: 0 })
    await roster.prepare()
    await roster.start()
    url = `http://127.0.0.1:${(roster.app.server.address() as { port: number }).port}`
  })
  after(async () => {
    await closeServer(roster.app, 1000)
    await roster.stop()
    rmSync(work, { recursive: true })
  })

  /** Blocks all writes to users. @returns a function that ends this */
  const holdUsers = async (): Promise<() => Promise<void>> => {
    if (engine.name === 'sqlite') {
      const other = new DatabaseSync(database.slice('sqlite:'.length))
      while (!other.isTransaction) {
        try {
          other.exec('begin immediate')
        } catch {
          await turn()
        }
      }
      return async () => {
        other.exec('rollback')
        other.close()
      }
    }
    const other = new pg.Client({ connectionString: database })
    await other.connect()
    await other.query('begin; lock table users in exclusive mode')
    return async () => {
      await other.query('rollback')
      await other.end()
    }
  }

  it('has changed nothing, so that it can be repeated', async () => {
    const body = { username: 'repeated', email: 'repeated@example.com' }
    const signUp = () => send(url, 'POST', '/users', { body })
    const release = await holdUsers()
    const first = await signUp()
    await release()
    assert.equal(first.status, 503)
    assert.match(first.body.detail, /abandoned/)
    let again = await signUp()
    while (again.status === 503) again = await signUp()
    assert.equal(again.status, 201, again.text)
  })
})
