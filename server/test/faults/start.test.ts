/** Faults that must end the start, instead of each later request. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it, type TestContext } from 'node:test'

const bin = new URL('../../bin/roster.js', import.meta.url).pathname

function installation(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'roster-start-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'roster.db')
  /** Ends the service when it is ready. */
  const run = (args: string, settings: Record<string, string> = {}) => {
    const env = { PATH: process.env['PATH'], DATABASE_URL: `sqlite:${file}`, ROSTER_PORT: '0', ...settings }
    const child = spawn(process.execPath, [bin, ...args.split(' ')], { env, stdio: 'pipe' })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        output += String(chunk)
        if (output.includes('system.ready') && !child.killed) child.kill()
      })
    return new Promise<{ code: number | null; output: string }>((resolve) =>
      child.on('close', (code) => resolve({ code, output })),
    )
  }
  return { file, run }
}

describe('a start', () => {
  it('ends when the database belongs to a newer version', { timeout: 240_000 }, async (t) => {
    const { file, run } = installation(t)
    assert.equal((await run('migrate')).code, 0)
    const database = new DatabaseSync(file)
    database.exec(`insert into schema_migrations values ('9999-later', '2026-01-01T00:00:00.000Z')`)
    database.close()
    const { code, output } = await run('serve')
    assert.equal(code, 1)
    assert.match(output, /newer version of Roster \(it has the migration 9999-later\)/)
    assert.doesNotMatch(output, /\n {4}at /)
  })

  it('ends when the database cannot be written, and names the folder, also when the key is given', async (t) => {
    const { file, run } = installation(t)
    // A folder where the file should be, because nothing else stops the superuser.
    mkdirSync(file)
    const { code, output } = await run('serve', { ROSTER_SECRET_KEY: randomBytes(32).toString('base64') })
    assert.equal(code, 1)
    assert.ok(output.startsWith(`roster: The folder ${dirname(file)} must be writable by this user`), output)
    assert.doesNotMatch(output, /\n {4}at /)
  })

  it('ends when the secret key is wrong, and says how to continue without it', async (t) => {
    const { run } = installation(t)
    const other = { ROSTER_SECRET_KEY: randomBytes(32).toString('base64') }
    assert.equal((await run('serve')).code, 0)
    const { code, output } = await run('serve', other)
    assert.equal(code, 1)
    assert.match(output, /^roster: The secret key is not the one of this database/m)
    const examined = await run('doctor', other)
    assert.equal(examined.code, 1)
    assert.match(examined.output, /^BAD {2}secret key: is not the one/m)
    assert.equal((await run('keys rotate --now --yes', other)).code, 0)
    assert.equal((await run('serve', other)).code, 0)
    assert.match((await run('doctor', other)).output, /^ok {3}secret key: opens the signing keys$/m)
  })
})
