/** The files on the disk: without data of erased users, unreadable for others, and a locked file is not reported as damaged. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, watch } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, it } from 'node:test'
import { backupSqlite } from '../../src/database/sqlite/backup.ts'
import { until } from '../harness/wait.ts'
import { createEngine } from '../harness.ts'
import { sharedDatabase } from '../shared-database.ts'

const bin = new URL('../../bin/roster.js', import.meta.url).pathname

describe('an erased user', () => {
  const { engine, cleanUp } = createEngine('sqlite')
  after(cleanUp)

  it('is not in the files of SQLite after a minute', async () => {
    const DATABASE_URL = await sharedDatabase(engine)
    const file = DATABASE_URL.slice('sqlite:'.length)
    const service = await engine.start({ DATABASE_URL })
    const { token } = await service.admin()
    const secret = 'quillwort-and-marram'
    const body = { username: 'passing', email: `${secret}@example.com`, metadata: { note: secret } }
    const headers = { 'idempotency-key': 'passing' }
    const { body: user } = await service.call('POST', '/users', { as: token, body, headers })
    const isThere = () =>
      [file, `${file}-wal`].some((path) => existsSync(path) && readFileSync(path).includes(secret))
    assert.ok(isThere())
    assert.equal((await service.call('DELETE', `/users/${user.id}?purge=true`, { as: token })).status, 204)
    // If a reader holds an older state, the rest is deleted a minute later.
    await until(async () => {
      await service.roster.database.tend()
      return !isThere()
    }, 'the end of the text in the files')
    await service.stop()
  })
})

describe('files of SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'roster-at-rest-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'roster.db')
  const run = (command: string, settings: Record<string, string> = {}) => {
    const env = { PATH: process.env['PATH'], DATABASE_URL: `sqlite:${file}`, ROSTER_PORT: '0', ...settings }
    const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...command.split(' ')], { env })
    return { status, output: `${stdout}${stderr}` }
  }

  it('a backup is for its owner only from the first byte on', async () => {
    assert.equal(run('migrate').status, 0)
    const modes = new Set<number>()
    const before = process.umask(0)
    const watcher = watch(folder, (_, name) => {
      const path = join(folder, String(name))
      if (name?.startsWith('copy') && existsSync(path)) modes.add(statSync(path).mode & 0o777)
    })
    await backupSqlite(file, join(folder, 'copy'), true)
    watcher.close()
    process.umask(before)
    modes.add(statSync(join(folder, 'copy')).mode & 0o777)
    assert.deepEqual([...modes], [0o600])
  })

  it('that everybody can write are refused in production, and doctor names them', () => {
    chmodSync(folder, 0o777)
    chmodSync(file, 0o666)
    const { status, output } = run('serve', {
      NODE_ENV: 'production',
      ROSTER_PUBLIC_URL: 'https://users.example.com',
    })
    assert.equal(status, 1)
    assert.match(output, /^roster: Every user of this machine can replace files in .*; run chmod 700/m)
    chmodSync(folder, 0o755)
    assert.match(
      run('doctor').output,
      /^BAD {2}files: Every user of this machine can write .*; run chmod 600/m,
    )
    chmodSync(file, 0o600)
    chmodSync(folder, 0o700)
    assert.match(run('doctor').output, /^ok {3}files:/m)
  })

  it('that another process has locked are not called damaged', () => {
    const holder = new DatabaseSync(file)
    holder.exec('pragma locking_mode = exclusive; begin exclusive; create table held (a)')
    const { status, output } = run('serve')
    holder.exec('rollback')
    holder.close()
    assert.equal(status, 1)
    assert.match(output, /^roster: .*roster\.db is locked by another process/m)
  })
})
