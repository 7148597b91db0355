/** Health checks report what requests would get. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it, type TestContext } from 'node:test'
import { passTime } from '../../src/clock.ts'
import { createEngine, onBothEngines, type Service } from '../harness.ts'
import { outsider, sharedDatabase } from '../shared-database.ts'

const bin = new URL('../../bin/roster.js', import.meta.url).pathname

/** A successful check is valid for a shorter time. */
const untilStale = () => passTime(1)

const ready = (service: Service) => service.call('GET', '/health/ready')

onBothEngines('a database that takes no writes', (engine) => {
  it('makes the service not ready; its loss and its return are logged once each', async () => {
    const url = await sharedDatabase(engine)
    const service = await engine.start({ DATABASE_URL: url })
    assert.equal((await ready(service)).status, 200)
    const intruder = await outsider(url)
    const [refuse, allow] =
      engine.name === 'sqlite'
        ? [
            `create trigger no_probes before update on probes begin select raise(abort, 'no'); end`,
            'drop trigger no_probes',
          ]
        : ['alter table probes rename to probes_away', 'alter table probes_away rename to probes']
    await intruder.run(refuse)
    untilStale()
    for (let turn = 0; turn < 2; turn += 1) {
      const { status, body } = await ready(service)
      assert.deepEqual([status, body.code], [503, 'dependency_unavailable'])
    }
    assert.equal((await service.call('GET', '/health/live')).status, 200)
    await intruder.run(allow)
    await intruder.close()
    assert.equal((await ready(service)).status, 200)
    const events = service.logs().map(({ event }) => event)
    assert.deepEqual(
      events.filter((event) => event === 'db.lost' || event === 'db.back'),
      ['db.lost', 'db.back'],
    )
  })

  it('health checks look at no credentials', async () => {
    const service = await engine.start()
    for (const path of ['/health/live', '/health/ready'])
      for (const authorization of ['Bearer nonsense', 'Basic !!!', 'Nonsense'])
        assert.equal((await service.call('GET', path, { headers: { authorization } })).status, 200, path)
  })
})

function installation(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'roster-health-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'roster.db')
  const run = (command: string) => {
    const env = { PATH: process.env['PATH'], DATABASE_URL: `sqlite:${file}`, ROSTER_PORT: '0' }
    const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...command.split(' ')], {
      env,
      input: 'correct horse battery',
    })
    return { status, output: `${stdout}${stderr}` }
  }
  return { file, run }
}

describe('files of SQLite that go while the service runs', () => {
  const { engine, cleanUp } = createEngine('sqlite')
  after(cleanUp)

  it('a removed log is noticed, and what it held is moved into the file', async () => {
    const DATABASE_URL = await sharedDatabase(engine)
    const file = DATABASE_URL.slice('sqlite:'.length)
    const service = await engine.start({ DATABASE_URL })
    const { id } = await service.createUser({ username: 'kept' })
    assert.equal((await ready(service)).status, 200)
    rmSync(`${file}-wal`)
    untilStale()
    const { status, body } = await ready(service)
    assert.equal(status, 503)
    assert.match(body.detail, /-wal file .* was removed/)
    // A copy of the file alone, as after the death of the process.
    const copy = `${file}.copy`
    copyFileSync(file, copy)
    const later = await engine.start({ DATABASE_URL: `sqlite:${copy}` })
    assert.ok(await later.roster.users.get(id))
  })

  it('a file that is not the open one is noticed', async () => {
    const DATABASE_URL = await sharedDatabase(engine)
    const service = await engine.start({ DATABASE_URL })
    assert.equal((await ready(service)).status, 200)
    rmSync(DATABASE_URL.slice('sqlite:'.length))
    untilStale()
    const { status, body } = await ready(service)
    assert.equal(status, 503)
    assert.match(body.detail, /was removed or replaced/)
  })
})

describe('an empty database beside a secret key', () => {
  it('is refused, because the database of the key was lost', (t) => {
    const { file, run } = installation(t)
    assert.equal(run('migrate').status, 0)
    for (const each of [file, `${file}-wal`, `${file}-shm`]) rmSync(each, { force: true })
    const hourAgo = Date.now() / 1000 - 3600
    utimesSync(`${file}.key`, hourAgo, hourAgo)
    const { status, output } = run('serve')
    assert.equal(status, 1)
    assert.match(output, /^roster: The database for .*roster\.db\.key is missing or empty/)
    assert.doesNotMatch(output, /administrator yet/)
  })
})

describe('roster doctor', () => {
  it('writes a row, and reports disk space, clock and file permissions', (t) => {
    const { run } = installation(t)
    assert.equal(run('migrate').status, 0)
    const { output } = run('doctor')
    assert.match(output, /^ok {3}writing: works$/m)
    assert.match(output, /^ok {3}space: \d+ MB free$/m)
    assert.match(output, /^ok {3}clock: 0 s/m)
    assert.match(output, /^ok {3}files: for this user only$/m)
  })
})
