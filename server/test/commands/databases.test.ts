/** Commands work on a database that exists: they create none, and no key, and say where they looked. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { until } from '../harness/wait.ts'
import { createEngine } from '../harness.ts'
import { freePort } from '../postgres-server.ts'

const root = new URL('../../..', import.meta.url).pathname
const bin = join(root, 'server/bin/roster.js')
const folder = mkdtempSync(join(tmpdir(), 'roster-commands-'))
after(() => rmSync(folder, { recursive: true, force: true }))

function run(cwd: string, command: string, { input = '', ...settings }: Record<string, string> = {}) {
  const env = { PATH: process.env['PATH'], ROSTER_PORT: '0', ...settings }
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...command.split(' ')], {
    env,
    cwd,
    input,
  })
  return { code: status, out: String(stdout), err: String(stderr) }
}

const admin = 'admin create --username ada --email ada@example.com --password-stdin'
const password = 'correct horse battery'

describe('a command on SQLite', () => {
  const home = join(folder, 'home')
  mkdirSync(home)

  it('in the wrong folder creates nothing and says where it looked', () => {
    const empty = join(folder, 'empty')
    mkdirSync(empty)
    for (const command of [admin, 'users list', 'backup x.db', 'migrate --check']) {
      const { code, out, err } = run(empty, command, { input: password })
      assert.deepEqual([code, out], [1, ''], command)
      assert.equal(
        err,
        `roster: There is no database at ${empty}/data/roster.db; run this in Roster's folder or set DATABASE_URL (\`roster migrate\` creates a new database)\n`,
      )
    }
    const doctor = run(empty, 'doctor')
    assert.equal(doctor.code, 1)
    assert.match(doctor.out, /^BAD {2}database: There is no database at .*\/empty\/data\/roster\.db; /m)
    assert.deepEqual(readdirSync(empty), [])
  })

  it('names the database that it changed', () => {
    assert.match(run(home, 'migrate').out, /^applied to .*\/home\/data\/roster\.db: 0001/)
    assert.deepEqual(readdirSync(join(home, 'data')).sort(), ['roster.db', 'roster.db.key'])
    const { code, out, err } = run(home, admin, { input: password })
    assert.equal(code, 0, err)
    assert.match(out, /^created the administrator ada \([\w-]+\) in .*\/home\/data\/roster\.db$/m)
  })

  it('on a backup without its key makes no key, and neither does a start', () => {
    const copy = join(folder, 'copy')
    mkdirSync(copy)
    cpSync(join(home, 'data/roster.db'), join(copy, 'roster.db'))
    const before = readFileSync(join(copy, 'roster.db'))
    const settings = { DATABASE_URL: 'sqlite:roster.db' }
    const doctor = run(copy, 'doctor', settings)
    assert.equal(doctor.code, 1)
    assert.match(
      doctor.out,
      /^BAD {2}secret key: There is no secret key at .*\/copy\/roster\.db\.key; put the key/m,
    )
    assert.ok(before.equals(readFileSync(join(copy, 'roster.db'))), 'doctor changed the database')
    for (const command of ['users list', 'serve', 'migrate'])
      assert.match(run(copy, command, settings).err, /^roster: There is no secret key at /, command)
    assert.deepEqual(readdirSync(copy), ['roster.db'])
  })

  it('with another key changes nothing, not even a signing key', () => {
    const other = {
      ROSTER_SECRET_KEY: Buffer.from(Array.from({ length: 32 }, (_, at) => at)).toString('base64'),
    }
    const { code, err } = run(home, 'users list', other)
    assert.equal(code, 1)
    assert.match(err, /^roster: The secret key is not the one of this database/)
  })
})

describe('a command on PostgreSQL', () => {
  const { engine, cleanUp } = createEngine('postgres')
  after(cleanUp)

  it('does not fill an empty database, and names the one that it changed without its password', async () => {
    const url = new URL(await engine.createDatabase())
    url.password = 'secret-word'
    const settings = {
      DATABASE_URL: url.href,
      ROSTER_SECRET_KEY: Buffer.from(Array.from({ length: 32 }, (_, at) => at)).toString('base64'),
    }
    const name = `the PostgreSQL database ${url.pathname.slice(1)} on ${url.hostname}:${url.port}`
    const early = run(folder, 'users list', settings)
    assert.deepEqual(early, {
      code: 1,
      out: '',
      err: `roster: There is no Roster in ${name} yet; correct DATABASE_URL, or run \`roster migrate\` to make it a database of Roster\n`,
    })
    assert.ok(run(folder, 'migrate', settings).out.startsWith(`applied to ${name}: 0001`))
    const made = run(folder, admin, { ...settings, input: password })
    assert.ok(made.out.trim().endsWith(`in ${name}`), made.out + made.err)
    const doctor = run(folder, 'doctor', settings)
    assert.match(doctor.out, /^ok {3}writing: works$/m)
    assert.match(doctor.out, /^ok {3}database: postgres, the PostgreSQL database roster_/m)
    for (const text of [made.out, doctor.out]) assert.doesNotMatch(text, /secret-word/)
  })
})

describe('roster serve without a terminal', { timeout: 240_000 }, () => {
  it('writes nothing but lines of JSON, the link of the first administrator too', async () => {
    const env = { PATH: process.env['PATH'], ROSTER_PORT: '0', DATABASE_URL: 'sqlite::memory:' }
    const child = spawn(process.execPath, [bin, 'serve'], { env, stdio: 'pipe' })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        output += String(chunk)
        if (output.includes('system.ready') && !child.killed) child.kill()
      })
    await once(child, 'close')
    const events = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const link = events.find(({ event }) => event === 'bootstrap.link')
    assert.match(
      link.msg,
      /^There is no administrator yet\. Make one within 30 minutes: http.*#token=[\w-]+$/,
    )
  })
})

describe('npm start', { timeout: 240_000 }, () => {
  it('runs the service with the memory settings of the image', {
    skip: process.platform !== 'linux',
  }, async () => {
    const env = {
      ...{ ...process.env, MALLOC_ARENA_MAX: undefined, MALLOC_MMAP_THRESHOLD_: undefined },
      ...{ ROSTER_PORT: String(await freePort()), DATABASE_URL: 'sqlite::memory:' },
    }
    const child = spawn(process.execPath, ['--max-semi-space-size=2', 'server/bin/start.js'], {
      ...{ cwd: root, env },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      await once(child.stdout, 'data')
      const settings = readFileSync(`/proc/${child.pid}/environ`, 'utf8').split('\0')
      const command = readFileSync(`/proc/${child.pid}/cmdline`, 'utf8').split('\0')
      for (const setting of ['MALLOC_ARENA_MAX=2', 'MALLOC_MMAP_THRESHOLD_=1048576'])
        assert.ok(settings.includes(setting), setting)
      assert.deepEqual(command.slice(1), [
        '--max-semi-space-size=2',
        join(root, 'server/bin/roster.js'),
        'serve',
        '',
      ])
    } finally {
      child.kill('SIGKILL')
    }
  })

  it('ends its server when npm is killed', async () => {
    const port = await freePort()
    const env = { ...process.env, ROSTER_PORT: String(port), DATABASE_URL: 'sqlite::memory:' }
    const npm = spawn('npm', ['start'], { cwd: root, env, stdio: 'ignore', detached: true })
    const answers = async () =>
      (await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined))?.ok === true
    try {
      await until(answers, 'the start')
      process.kill(npm.pid!, 'SIGTERM')
      await until(async () => !(await answers()), 'the end of the server')
    } finally {
      try {
        process.kill(-npm.pid!, 'SIGKILL')
      } catch {}
    }
  })
})
