import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, it } from 'node:test'
import { fromNow, now } from '../../src/clock.ts'
import { backupSqlite } from '../../src/database/sqlite/backup.ts'
import { writeManifest } from '../../src/database/sqlite/manifest.ts'
import { registerMachine, tokenRequest } from '../applications/machine.ts'
import { until } from '../harness/wait.ts'
import { createEngine, password } from '../harness.ts'
import { sharedDatabase } from '../shared-database.ts'

const bin = new URL('../../bin/roster.js', import.meta.url).pathname

describe('roster restore', { timeout: 240_000 }, () => {
  const { engine, cleanUp } = createEngine('sqlite')
  after(cleanUp)

  it('restores the data, but no session, key or token', async () => {
    const DATABASE_URL = await sharedDatabase(engine)
    const file = DATABASE_URL.slice('sqlite:'.length)
    const service = await engine.start({ DATABASE_URL })
    const { id, token, refresh, username } = await service.admin()
    const proof = { as: { username, password } }
    const key = await service.call('POST', '/api-keys', {
      ...proof,
      body: { name: 'sync', permissions: ['users:read'] },
    })
    assert.equal(key.status, 201, key.text)
    const machine = await registerMachine(service, ['users:read'])
    const user = await service.createUser()
    await service.roster.database.transaction((tx) =>
      tx
        .insertInto('trusted_browsers')
        .values({
          ...{ id: user.id, user_id: user.id, secret_hash: 'x', user_agent: null },
          ...{ created_at: now(), last_used_at: now(), expires_at: fromNow(3600) },
        })
        .execute(),
    )
    const job = await service.call('POST', '/jobs', {
      as: token,
      body: { kind: 'disable', ids: [user.id] },
    })
    assert.equal(job.status, 201, job.text)
    const stateOf = async () => (await service.call('GET', `/jobs/${job.body.id}`, { as: token })).body.state
    await until(async () => (await stateOf()) === 'done', 'the job, which ends the session of the user')
    const known = (await service.call('GET', '/events', { as: token })).body.next
    await backupSqlite(file, `${file}.backup`, true)
    // The backup was made before the job began.
    const backup = new DatabaseSync(`${file}.backup`)
    backup.exec(
      `update bulk_jobs set state = 'queued', finished_at = null, position = null, changed = 0, leased_by = null,
        caller = json_set(caller, '$.address', '192.0.2.7', '$.userAgent', 'curl')`,
    )
    backup.exec('update users set disabled_at = null')
    backup.close()
    await writeManifest(`${file}.backup`, 'x')
    await service.createUser({ username: 'later' })

    const env = {
      PATH: process.env['PATH'],
      DATABASE_URL,
      ROSTER_SECRET_KEY: service.roster.config.secretKey!.toString('base64'),
    }
    const run = (...more: string[]) =>
      spawnSync(process.execPath, [bin, 'restore', `${file}.backup`, ...more], { env })
    const early = run('--yes')
    assert.equal(early.status, 1)
    assert.match(String(early.stderr), /^roster: .*roster\.db is in use .*; stop the service first/)
    await service.stop()
    const sound = readFileSync(`${file}.backup`)
    appendFileSync(`${file}.backup`, 'x')
    const changed = run('--yes')
    assert.match(String(changed.stderr), /is not what was backed up: its SHA-256 differs/)
    writeFileSync(`${file}.backup`, sound)
    const asked = run()
    assert.equal(asked.status, 3)
    assert.match(
      String(asked.stdout),
      /^\{"needs_confirmation":"Replace .*roster\.db by .*roster\.db\.backup and end every session and API key of it\?"/,
    )
    const done = run('--yes')
    assert.equal(done.status, 0, String(done.stderr))
    assert.match(String(done.stdout), /ended 1 sessions and revoked 1 API keys\n {2}\S+ sync\n/)

    assert.match(
      String(done.stdout),
      /deleted the secrets .*\n {2}\S+ Nightly sync\ncancelled 1 unfinished jobs\n/,
    )

    const again = await engine.start({ DATABASE_URL })
    const { status } = await tokenRequest(again, machine, 'users:read')
    assert.equal(status, 401, 'the secret of a machine')
    const trusted = await again.roster.database.read.selectFrom('trusted_browsers').select('id').execute()
    assert.deepEqual(trusted, [])
    assert.ok(await again.roster.users.get(id))
    await assert.rejects(
      again.roster.database.read
        .selectFrom('users')
        .select('id')
        .where('username', '=', 'later')
        .executeTakeFirstOrThrow(),
    )
    for (const as of [token, key.body.secret])
      assert.equal((await again.call('GET', '/users/me', { as })).status, 401)
    const renewed = await again.call('POST', '/auth/refresh', { body: { refresh_token: refresh } })
    assert.equal(renewed.status, 400)
    const signedIn = await again.call('POST', '/auth/login', { body: { username, password } })
    assert.equal(signedIn.status, 200)
    const shown = await again.call('GET', `/jobs/${job.body.id}`, { as: signedIn.body.access_token })
    assert.deepEqual([shown.body.state, shown.body.changed], ['cancelled', 0])
    const [row] = await again.roster.database.read.selectFrom('bulk_jobs').select('caller').execute()
    const origin = JSON.parse(row?.caller ?? '{}')
    assert.deepEqual([origin.address, origin.userAgent], [null, null])
    const feed = await again.call('GET', `/events?after=${known}`, { as: signedIn.body.access_token })
    assert.deepEqual([feed.status, feed.body.code], [410, 'events_expired'], 'positions are not given twice')
  })
})
